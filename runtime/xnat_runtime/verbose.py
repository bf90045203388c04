"""``verbose=``: how far a transfer is, told on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TextIO

from .progress import Tally
from .sizes import size_text
from .transfers.events import Advanced, Observer, TransferEvent

_PAUSE: Final = 0.1


@contextmanager
def shown(
    verbose: bool,
    progress: Observer | None,
    what: str,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Observer | None, None, None]:
    """Yield the observer that a transfer tells its events to.

    On a terminal one line is written over and over; elsewhere one line is written when the transfer has ended well.

    Args:
        verbose: Whether to tell anything; otherwise `progress` is yielded as it is.
        progress: An observer of the caller's own, which is called too.
        what: What is transferred, such as the name of a file.
        stream: Where to, stderr by default.
        clock: What tells the time, in seconds.
    """
    if not verbose:
        yield progress
        return
    line = _Line(what, stream or sys.stderr, clock)

    def told(event: TransferEvent, /) -> None:
        line.tell(event)
        if progress is not None:
            progress(event)

    try:
        yield told
    except BaseException:
        line.leave()
        raise
    line.finish()


class _Line:
    """One line for all units of a transfer: bytes so far, and of how many where every unit told."""

    def __init__(self, what: str, stream: TextIO, clock: Callable[[], float]) -> None:
        self._what = what
        self._stream = stream
        self._clock = clock
        self._is_terminal = stream.isatty()
        self._width = 0
        self._next = -float("inf")
        self._tally = Tally()

    def tell(self, event: TransferEvent) -> None:
        self._tally.take(event)
        if isinstance(event, Advanced):
            self._show()

    def _show(self) -> None:
        if self._is_terminal and self._clock() >= self._next:
            self._next = self._clock() + _PAUSE
            self._write("\r")

    def finish(self) -> None:
        self._write("\r" if self._is_terminal else "")
        self.leave()

    def leave(self) -> None:
        """End the line, so that what follows begins on one of its own."""
        if self._width:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, start: str) -> None:
        total = self._tally.total
        of = "" if total is None else f" of {size_text(total)}"
        text = f"{self._what}: {size_text(self._tally.done)}{of}"
        self._stream.write(start + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)
