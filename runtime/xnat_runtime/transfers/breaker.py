"""Ends a transfer that has no hope: so many failures alike in a row, and nothing moved between them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from .importer_words import likeness

ALIKE: Final = 50
"""Failures alike in a row after which no further file is tried."""

HEAVY: Final = ALIKE // 3 + 1
"""Failures that one counts for which took many attempts or many files: the third ends it."""

U = TypeVar("U")


class Breaker:
    """Counts failures alike in a row, of several threads.

    Attributes:
        cause: The last of the failures that broke it, None while it holds.
    """

    def __init__(self, limit: int = ALIKE) -> None:
        self.cause: Exception | None = None
        self._limit = limit
        self._lock = threading.Lock()
        self._alike = ""
        self._count = 0

    def succeeded(self, limit: int | None = None) -> None:
        """Take note of a file that was moved.

        Args:
            limit: From now on it takes so many failures, since there is some hope.
        """
        with self._lock:
            self._alike, self._count = "", 0
            self._limit = self._limit if limit is None else limit

    def failed(self, error: Exception, name: str, weight: int = 1) -> None:
        """Take note of one that was not.

        Args:
            error: Why.
            name: Path of the file.
            weight: How many failures it counts for; one that many attempts went before costs much time.
        """
        found = likeness(error, name)
        with self._lock:
            self._count = self._count + weight if found == self._alike else weight
            self._alike = found
            if self._count >= self._limit:
                self.cause = error


class Feed(Generic[U]):
    """Units for workers, that can be ended: what runs then is waited for, the rest is kept."""

    def __init__(self, units: Iterable[U]) -> None:
        self._units = iter(units)
        self._is_over = False

    def __iter__(self) -> Feed[U]:
        return self

    def __next__(self) -> U:
        if self._is_over:
            raise StopIteration
        return next(self._units)

    def end(self) -> None:
        """Give out no more."""
        self._is_over = True

    def rest(self) -> list[U]:
        """Return what was not given out."""
        return list(self._units)
