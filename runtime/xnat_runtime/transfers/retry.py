"""When a failed unit is tried again, and after how long; nothing here waits or asks a server."""

from __future__ import annotations

import random
from typing import Final

import attrs

from ..errors import (
    ConnectionFailedError,
    DigestMismatchError,
    IncompleteTransferError,
    InvalidValueError,
    RequestTimeoutError,
    ResponseError,
)

PASSING_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Answers of a server or proxy that is too busy for the moment."""


@attrs.frozen
class RetryPolicy:
    """How often and how patiently a unit is tried.

    Attributes:
        attempts: Attempts of one unit at most, the first included; 1 is never to retry.
        base: Seconds that the first pause is drawn from; each further one from twice as many.
        cap: Longest pause in seconds, unless the server asks for more.
        budget: Seconds of pauses, of one unit, at most.
        patience: Longest pause in seconds that a server may ask for (``Retry-After``).
    """

    attempts: int = 5
    base: float = 0.5
    cap: float = 30.0
    budget: float = 300.0
    patience: float = 120.0

    def __attrs_post_init__(self) -> None:
        if self.attempts < 1 or min(self.base, self.cap, self.budget, self.patience) < 0:
            msg = "A retry policy needs 1 attempt or more, and no negative seconds."
            raise InvalidValueError(msg)

    def pause(self, failures: int, waited: float, wanted: float | None, draw: float | None = None) -> float | None:
        """Return the seconds to wait before the next attempt, None when there shall be none.

        Args:
            failures: Attempts that failed so far, 1 or more.
            waited: Seconds that this unit has waited already.
            wanted: Seconds that the server asked for.
            draw: A number from 0 to 1 that decides within the span; drawn by chance when None, so that many clients
                which failed together do not come back together.
        """
        if failures >= self.attempts:
            return None
        chance = random.random() if draw is None else draw  # noqa: S311 - no secret depends on it
        span = min(self.cap, self.base * 2.0 ** (failures - 1))
        seconds = span * chance if wanted is None else wanted + span * chance
        if (wanted or 0) > self.patience or waited + seconds > self.budget:
            return None
        return seconds


NEVER: Final = RetryPolicy(attempts=1)
"""The policy that tries everything once."""


def is_passing(error: BaseException) -> bool:
    """Return whether a failed read may succeed when it is simply made again.

    Losses on the way and a busy server pass; a refusal (401 renews the login below this, 403, 404) does not.
    """
    if isinstance(error, ResponseError):
        return error.status in PASSING_STATUSES
    return isinstance(
        error, ConnectionFailedError | RequestTimeoutError | IncompleteTransferError | DigestMismatchError
    )
