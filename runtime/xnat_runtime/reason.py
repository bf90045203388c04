"""Reasons for changes that hold for a block of code, in the thread that runs it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from .errors import InvalidValueError


class Reasons:
    """The reasons of the blocks that are running, by thread."""

    def __init__(self) -> None:
        self._held = threading.local()

    @property
    def current(self) -> str | None:
        """The reason of the innermost block that this thread is in, None outside of all."""
        found: str | None = getattr(self._held, "reason", None)
        return found

    @contextmanager
    def during(self, text: str) -> Generator[None]:
        """Gives this thread a reason until the block ends.

        Raises:
            InvalidValueError: The reason is blank.
        """
        if not text.strip():
            msg = "a reason for changes must say something"
            raise InvalidValueError(msg)
        before, self._held.reason = self.current, text
        try:
            yield
        finally:
            self._held.reason = before
