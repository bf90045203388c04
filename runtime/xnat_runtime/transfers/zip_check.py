"""A zip archive looked at while it is written to a file: a second thread compares what the first receives."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .places import Places
from .unzip import UnendedMemberError, ZipStream

_AHEAD: Final = 4


class ZipCheck:
    """Takes the pieces of an archive; `finish` returns when it is whole and none of its names is harmful.

    Attributes:
        is_open: Whether a member has no end that can be seen while it arrives: the file must be looked at once more.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._pieces: queue.Queue[bytes] = queue.Queue(_AHEAD)
        self._error: Exception | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="xnat-zip", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_over:
            self._end()

    def add(self, piece: bytes) -> None:
        """Hand on the next bytes.

        Raises:
            TransferError: The archive is damaged or harmful already.
        """
        if self._error is not None:
            raise self._error
        self._pieces.put(piece)

    def finish(self) -> None:
        """Wait until all is looked at.

        Raises:
            CorruptArchiveError: The archive is cut off or damaged, or its table of contents contradicts what came.
            UnsafeNameError: A member would be unpacked outside of a folder, or cannot be a file.
        """
        self._end()
        if self._error is not None:
            raise self._error

    def _end(self) -> None:
        self._is_over = True
        self._pieces.put(b"")
        self._thread.join()

    def _work(self) -> None:
        is_over = False

        def read(_size: int) -> bytes:
            nonlocal is_over
            piece = b"" if is_over else self._pieces.get()
            is_over = not piece
            return piece

        try:
            _look_through(ZipStream(read))
        except UnendedMemberError:
            self.is_open = True
        except Exception as error:  # noqa: BLE001 - it is raised by who adds pieces
            self._error = error
        while not is_over:
            read(1)


def _look_through(stream: ZipStream) -> None:
    places = Places(Path("archive"))
    for member in stream:
        if not member.is_folder:
            places.place(member.name)
        for _ in member.pieces():
            pass
