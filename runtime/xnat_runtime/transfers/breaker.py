"""Ends a transfer that has no hope: so many failures alike in a row, and nothing moved between them."""

from __future__ import annotations

import threading
from typing import Final

from .importer_words import likeness

ALIKE: Final = 50
"""Failures alike in a row after which no further file is tried."""


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
