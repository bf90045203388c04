"""One unit, tried until it is moved or the policy says that it will not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import ResponseError
from .events import Events, Retried
from .retry import RetryPolicy, is_passing
from .stop import Stop

R = TypeVar("R")


def persist(
    attempt: Callable[[], R],
    unit: str,
    *,
    policy: RetryPolicy,
    stop: Stop,
    events: Events,
    passes: Callable[[BaseException], bool] = is_passing,
) -> R:
    """Return what the first attempt that succeeds returns.

    Args:
        attempt: Moves the unit; after a failure it leaves nothing behind.
        unit: Its name, for events.
        policy: How often, and after which pauses.
        stop: Ends a pause.
        events: Told of every further attempt.
        passes: Whether an error may be gone at the next attempt.

    Raises:
        StoppedError: The work was ended in a pause.
        Exception: What the last attempt raised.
    """
    failures, waited = 0, 0.0
    while True:
        stop.check()
        try:
            return attempt()
        except Exception as error:
            failures += 1
            pause = policy.pause(failures, waited, wanted_pause(error)) if passes(error) else None
            if pause is None:
                raise
            events(Retried(unit, failures, pause, str(error)))
        stop.sleep(pause)
        waited += pause


def wanted_pause(error: BaseException) -> float | None:
    """Return the seconds that a server asked to wait (``Retry-After``), None when it did not."""
    return error.retry_after if isinstance(error, ResponseError) else None
