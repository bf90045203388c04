"""The events of one unit that moves in one piece: a file, a stream, an archive."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from .events import Advanced, Events, Finished, Observer, Retried, Started


class Meter:
    """Tells an observer of one unit; made by `metered`, which tells how it ended."""

    def __init__(self, observer: Observer | None, unit: str) -> None:
        self._tell = Events(observer)
        self._unit = unit
        self._starts = 0
        self._is_awaited = False

    def start(self, total: int | None) -> None:
        """Tell that the bytes begin, or begin again, as they do after a new login.

        Args:
            total: All bytes, None when the number is not known.
        """
        if self._starts and not self._is_awaited:
            self._tell(Retried(self._unit, self._starts, 0.0, "it is sent again"))
        else:
            self._tell(Started(self._unit, total))
        self._starts += 1
        self._is_awaited = False

    def retry(self, failures: int, pause: float, reason: str) -> None:
        """Tell that the unit failed and is going to be moved again.

        Args:
            failures: Attempts that failed so far.
            pause: Seconds until the next one.
            reason: What went wrong.
        """
        self._tell(Retried(self._unit, failures, pause, reason))
        self._starts = max(self._starts, 1)
        self._is_awaited = True

    def advance(self, count: int) -> None:
        """Tell of further bytes."""
        if not count:
            return
        self._tell(Advanced(self._unit, count))

    def finish(self, reason: str = "") -> None:
        """Tell how it ended; with a reason, it failed."""
        if self._starts:
            self._tell(Finished(self._unit, "failed" if reason else "moved", reason))


@contextmanager
def metered(observer: Observer | None, unit: str) -> Generator[Meter, None, None]:
    """Yield the meter of a unit, which ended well or badly as the block does.

    A unit whose bytes never began to move is not told of.
    """
    meter = Meter(observer, unit)
    try:
        yield meter
    except Exception as error:
        meter.finish(str(error) or type(error).__name__)
        raise
    meter.finish()
