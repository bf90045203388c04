"""A file that is written here and travels as a whole when it is closed: a server has no other way to take it."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Final, cast

_IN_MEMORY: Final = 8 << 20


class NewFile(io.BufferedIOBase):
    """What `open` for writing returns; up to 8 MiB are kept in memory, more in a private temporary file.

    It is sent by `close`, unless an error is on its way through the program: what was not written to its end is not
    sent, neither is a file that is forgotten instead of closed.
    """

    def __init__(self, send: Callable[[BinaryIO], object], *, autocommit: bool = True) -> None:
        """Begin.

        Args:
            send: Takes the content, from its beginning.
            autocommit: Whether closing sends it; else `commit` does.
        """
        super().__init__()
        self._send = send
        self._autocommit = autocommit
        self._around = sys.exc_info()[1]
        # cast: what is used of it is that of any binary stream.
        self._content = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - close() closes it
        self._is_over = False

    def writable(self) -> bool:
        """Return True."""
        return True

    # Any: whatever has bytes, which has no name before Python 3.12.
    def write(self, piece: Any, /) -> int:
        """Add bytes and return their number."""
        if self.closed:
            msg = "write to a closed file"
            raise ValueError(msg)
        return self._content.write(piece)

    def tell(self) -> int:
        """Return the number of bytes so far."""
        return self._content.tell()

    def close(self) -> None:
        """Send the file, unless an error has ended the writing.

        Raises:
            TargetExistsError: There is such a file by now.
            XnatError: It did not arrive.
        """
        if self.closed:
            return
        # Wrappers and libraries close what they have opened without a word about the error that they close it for.
        error = sys.exc_info()[1]
        if error is not None and error is not self._around:
            self.discard()
            return
        super().close()
        if self._autocommit:
            self.commit()

    def commit(self) -> None:
        """Send the file, once."""
        if self._is_over:
            return
        self._is_over = True
        try:
            self._content.seek(0)
            self._send(self._content)
        finally:
            self._content.close()

    def discard(self) -> None:
        """Close the file and send nothing."""
        self._is_over = True
        super().close()
        self._content.close()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        else:
            self.close()

    def __del__(self) -> None:
        # The base class would close it, and so send what nobody has called complete.
        with suppress(AttributeError):  # of one that was never made
            self.discard()
