"""The MD5 of bytes that pass by, worked out beside the network for large files."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ..transport import MIB

_INLINE_BYTES: Final = 32 << 20
_AHEAD: Final = 4


class Digest:
    """An MD5 that takes pieces; from 32 MiB on a thread of its own does the work, at most 4 pieces behind.

    Hashing releases the interpreter, so that receiving goes on meanwhile. Leaving the ``with`` block ends the thread.
    """

    def __init__(self) -> None:
        self._digest = hashlib.md5(usedforsecurity=False)
        self._size = 0
        # A thread and its queue cost more than a small file: they are made when a large one needs them.
        self._behind: _Behind | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()

    def update(self, piece: bytes | memoryview) -> None:
        """Add bytes, which must not change afterwards."""
        self._size += len(piece)
        if self._behind is not None:
            self._behind.pieces.put(piece)
        elif self._size <= _INLINE_BYTES:
            self._digest.update(piece)
        else:
            self._behind = _Behind(self._digest.update)
            self._behind.pieces.put(piece)

    def so_far(self) -> str:
        """Return the MD5 of the bytes until now as lower-case hex; more may be added afterwards."""
        self._finish()
        self._size = 0
        return self._digest.copy().hexdigest()

    def hexdigest(self) -> str:
        """Return the MD5 of all bytes as lower-case hex; none may be added afterwards."""
        self._finish()
        return self._digest.hexdigest()

    def _finish(self) -> None:
        behind, self._behind = self._behind, None
        if behind is not None:
            behind.finish()


def md5_of(path: Path) -> str:
    """Return the MD5 of a file as lower-case hex."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(MIB):
            digest.update(piece)
    return digest.hexdigest()


class _Behind:
    """A thread that takes pieces from a queue."""

    def __init__(self, take: Callable[[bytes | memoryview], None]) -> None:
        self.pieces: queue.Queue[bytes | memoryview | None] = queue.Queue(_AHEAD)
        self._take = take
        self._thread = threading.Thread(target=self._work, name="xnat-digest", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """End when all pieces are taken."""
        self.pieces.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (piece := self.pieces.get()) is not None:
            self._take(piece)
