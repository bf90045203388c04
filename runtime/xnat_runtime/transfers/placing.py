"""One file written under a temporary name, compared, and renamed: what stands under a final name is complete."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ..errors import TargetExistsError
from ..partial import new_file_mode, sync_folder
from .digest import Digest

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
PREFIX: Final = ".xnat-"
SUFFIX: Final = ".part"
"""What unfinished files are called, so that a rerun knows them after a kill."""


class Placing:
    """A file on its way to its final name; lighter than `PartialFile`, for thousands of them.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self, target: Path, *, overwrite: bool, durable: bool = False, mark: str = "") -> None:
        """Begin; the temporary file is made on entering.

        Args:
            target: The final name; its folder exists.
            overwrite: Whether a file that exists may be replaced.
            durable: Whether it is to be on the disk before it gets its name.
            mark: Stands in the temporary name, so that a rerun of the same transfer knows it.
        """
        self.target = target
        self.size = 0
        self._overwrite = overwrite
        self._durable = durable
        # Text and os functions: for thousands of small files, paths as objects cost as much as the files.
        self._name = os.fspath(target)
        self._path = os.path.join(os.path.dirname(self._name), f"{PREFIX}{mark}{os.urandom(8).hex()}{SUFFIX}")  # noqa: PTH118, PTH120 - see above
        self._handle = -1
        self._digest = Digest()
        self._md5: str | None = None

    def __enter__(self) -> Self:
        self._handle = os.open(self._path, _FLAGS, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._digest.__exit__(kind, error, trace)
        if self._handle >= 0:
            self._close()
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as above

    @property
    def md5(self) -> str:
        """MD5 of all bytes, as lower-case hex; to be asked for when all have been added."""
        if self._md5 is None:
            self._md5 = self._digest.hexdigest()
        return self._md5

    def write(self, piece: bytes | memoryview) -> None:
        """Add bytes."""
        self._digest.update(piece)
        self.size += len(piece)
        written = os.write(self._handle, piece)
        while written < len(piece):
            written += os.write(self._handle, memoryview(piece)[written:])

    def restart(self) -> None:
        """Forget all bytes: the file is written once more from its beginning."""
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        self._digest.__exit__(None, None, None)
        self.size, self._digest, self._md5 = 0, Digest(), None

    def write_all(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Add all bytes that an iterable gives."""
        for piece in pieces:
            self.write(piece)

    def finish(self) -> None:
        """Give the file its final name.

        Raises:
            TargetExistsError: The target came to be meanwhile and may not be replaced.
        """
        if self._durable:
            os.fsync(self._handle)
        self._close()
        mode = new_file_mode(self.target if self._overwrite else None)
        os.chmod(self._path, mode)  # noqa: PTH101 - as above
        try:
            self._rename()
        except BaseException:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as above
            raise
        if self._durable:
            sync_folder(self.target.parent)

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        os.close(handle)

    def _rename(self) -> None:
        if self._overwrite:
            os.replace(self._path, self._name)  # noqa: PTH105 - as above
            return
        try:
            # A hard link is the one way to rename that fails, everywhere on POSIX, when the name is taken.
            os.link(self._path, self._name)
        except FileExistsError:
            raise self._exists() from None
        except OSError:
            if os.path.lexists(self._name):
                raise self._exists() from None
            os.replace(self._path, self._name)  # noqa: PTH105 - as above
        else:
            os.unlink(self._path)  # noqa: PTH108 - as above

    def _exists(self) -> TargetExistsError:
        told = f"{self.target} exists already; pass overwrite=True to replace it."
        return TargetExistsError(told, path=str(self.target))
