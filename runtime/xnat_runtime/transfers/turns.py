"""The connections that the transfers of one login share, so that one program does not take all that a server has."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Protocol, Self

_LOOK_UP_SECONDS: Final = 0.2

TRANSFERS: Final = 4
"""Connections that the transfers of one login use at once, unless one of them asks for more workers."""


class Limit(Protocol):
    """What a transfer holds for each request that carries files."""

    def acquire(self, *, timeout: float | None = None) -> bool:
        """Wait for a turn, at most so many seconds; return whether there is one."""
        ...

    def release(self) -> None:
        """Give a turn back."""
        ...


class Turns:
    """Turns to be held: so many at once, or as many as the widest transfer that runs asks for."""

    def __init__(self, count: int = TRANSFERS) -> None:
        self._count = count
        self._wanted: list[int] = []
        self._held = 0
        self._free = threading.Condition()

    @property
    def width(self) -> int:
        """Turns that can be held at once now."""
        return max((self._count, *self._wanted))

    def acquire(self, *, timeout: float | None = None) -> bool:
        """Wait for a turn, at most so many seconds; return whether there is one."""
        with self._free:
            if not self._free.wait_for(lambda: self._held < self.width, timeout):
                return False
            self._held += 1
            return True

    def release(self) -> None:
        """Give a turn back."""
        with self._free:
            self._held -= 1
            self._free.notify()

    def __enter__(self) -> Self:
        # A wait without end cannot be interrupted on Windows.
        while not self.acquire(timeout=_LOOK_UP_SECONDS):
            pass
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @contextmanager
    def widened(self, workers: int) -> Generator[None, None, None]:
        """Allow at least so many turns at once while the block runs."""
        with self._free:
            self._wanted.append(workers)
            self._free.notify_all()
        try:
            yield
        finally:
            with self._free:
                self._wanted.remove(workers)


@contextmanager
def room_for(limit: Limit | None, workers: int) -> Generator[None, None, None]:
    """Let a transfer use as many connections as it has workers, also where that is more than usual."""
    if isinstance(limit, Turns):
        with limit.widened(workers):
            yield
    else:
        yield
