"""Waiting for work that the server goes on with after its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import attrs

from .errors import InvalidValueError, WaitTimeoutError

T = TypeVar("T")

_FIRST = 0.25
_GROWTH = 1.5


@attrs.frozen
class Patience:
    """How long to wait, and how.

    Attributes:
        timeout: Seconds until a wait is given up; the server goes on.
        interval: Longest pause between two questions, in seconds; the first pauses are shorter.
        sleep: What pauses.
        clock: What tells the time, in seconds.
    """

    timeout: float = 600.0
    interval: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __attrs_post_init__(self) -> None:
        if not self.timeout >= 0 or not self.interval > 0:
            msg = "A wait needs a timeout of 0 seconds or more and an interval above 0."
            raise InvalidValueError(msg)

    def until(self, ask: Callable[[], T], is_done: Callable[[T], bool], what: str) -> T:
        """Return the first answer that is an end, asking again and again.

        Args:
            ask: Asks the server, one request.
            is_done: Whether an answer is an end.
            what: What is waited for, for the error message.

        Raises:
            WaitTimeoutError: The time is over; names what is waited for and the last answer.
        """
        begin, slept, pause = self.clock(), 0.0, min(_FIRST, self.interval)
        while not is_done(answer := ask()):
            # A replaced sleep may pass without the clock, so that both are counted.
            left = self.timeout - max(self.clock() - begin, slept)
            if left <= 0:
                msg = f"{what}: still {answer} after {self.timeout:g} seconds. The server goes on; wait again."
                raise WaitTimeoutError(msg)
            self.sleep(min(pause, left))
            slept += min(pause, left)
            pause = min(pause * _GROWTH, self.interval)
        return answer
