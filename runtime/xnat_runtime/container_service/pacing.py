"""How many jobs at a time, and how often they are asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import attrs

from ..errors import InvalidValueError

_FIRST = 0.25
_GROWTH = 1.5


@attrs.frozen
class Pace:
    """How many launches go at a time.

    Attributes:
        limit: Most jobs of this run that wait or run on the server at a time.
        interval: Longest pause between two rounds of questions, in seconds; after a change pauses are shorter.
        timeout: Seconds until the run stops waiting; the server goes on with what was launched.
        sleep: What pauses.
        clock: What tells the time, in seconds.
    """

    limit: int = 20
    interval: float = 10.0
    timeout: float = math.inf
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __attrs_post_init__(self) -> None:
        if not self.limit >= 1 or not self.interval > 0 or not self.timeout >= 0:
            msg = "A pace needs a limit of 1 job or more, an interval above 0 and a timeout of 0 seconds or more."
            raise InvalidValueError(msg)


class Rounds:
    """The pauses between rounds: short after a change, then longer and longer."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._begin = pace.clock()
        self._slept = 0.0
        self._pause = 0.0
        self.changed()

    def changed(self) -> None:
        """Make the next pauses short."""
        self._pause = min(_FIRST, self._pace.interval)

    def pause(self) -> bool:
        """Pause; False without one when the time is over."""
        # A replaced sleep may pass without the clock, so that both are counted.
        left = self._pace.timeout - max(self._pace.clock() - self._begin, self._slept)
        if left <= 0:
            return False
        wait = min(self._pause, left)
        self._pace.sleep(wait)
        self._slept += wait
        self._pause = min(self._pause * _GROWTH, self._pace.interval)
        return True
