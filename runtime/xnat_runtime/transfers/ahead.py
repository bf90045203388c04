"""An answer received by a second thread, ahead of who works on it: the network does not wait for the disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from ..transport import MIB

_AHEAD: Final = 4
_LOOK_UP_SECONDS: Final = 0.2


class Ahead:
    """Reads an answer; from the second piece on, a thread of its own does, at most 4 pieces of 1 MiB ahead.

    Receiving releases the interpreter, so that files are written meanwhile. Leaving the ``with`` block ends the thread,
    whatever it waits for.
    """

    def __init__(self, read: Callable[[int], bytes], abort: Callable[[], None]) -> None:
        """Prepare; the thread begins when it is known that there is more than one piece.

        Args:
            read: Returns up to so many bytes of the answer, b"" at the end.
            abort: Wakes who waits in `read`, with an error.
        """
        self._read = read
        self._abort = abort
        self._pieces: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        # A thread costs more than a small answer: it is made when a large one needs it.
        self._thread: threading.Thread | None = None
        self._room = threading.Semaphore(_AHEAD)
        self._is_over = False
        self._is_left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread, self._is_left = self._thread, True
        if thread is not None and thread.is_alive():
            if not self._is_over:
                self._abort()
            self._room.release()
            thread.join()

    def read(self, size: int) -> bytes:
        """Return the next bytes, b"" at the end; `size` counts for the first piece only.

        Raises:
            ConnectionFailedError: The connection broke.
            RequestTimeoutError: Nothing arrived in time.
        """
        if self._is_over:
            return b""
        if self._thread is not None:
            return self._next()
        piece = self._read(size)
        if len(piece) >= size:
            self._thread = threading.Thread(target=self._work, name="xnat-ahead", daemon=True)
            self._thread.start()
        return piece

    def _next(self) -> bytes:
        while True:
            try:
                # A wait without end cannot be interrupted on Windows.
                found = self._pieces.get(timeout=_LOOK_UP_SECONDS)
            except queue.Empty:
                continue
            self._room.release()
            if isinstance(found, Exception):
                self._is_over = True
                raise found
            self._is_over = not found
            return found

    def _work(self) -> None:
        piece: bytes | Exception = b"-"
        while piece and not isinstance(piece, Exception):
            self._room.acquire()
            if self._is_left:
                return
            try:
                piece = self._read(MIB)
            except Exception as error:  # noqa: BLE001 - it is raised by who reads
                piece = error
            self._pieces.put(piece)
