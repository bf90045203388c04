"""Ending work in other threads: a flag that pauses notice, and bodies that are cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Final

from ..errors import XnatError
from ..lines import Lines, present_lines

_LOOK_UP_SECONDS: Final = 0.2


class StoppedError(XnatError):
    """The transfer was ended before this unit was done."""


class Stop:
    """Tells workers to end; whoever waits for the network is woken by a cut, whoever pauses by the flag.

    Attributes:
        lines: Connections of the workers, which are cut too.
    """

    def __init__(self) -> None:
        self._flag = threading.Event()
        self._lock = threading.Lock()
        self._cuts: dict[int, Callable[[], None]] = {}
        self._next = 0
        self.lines = Lines()

    @property
    def is_set(self) -> bool:
        """Whether work shall end."""
        return self._flag.is_set()

    def set(self) -> None:
        """End all pauses and cut off everything that is being received."""
        self._flag.set()
        with self._lock:
            cuts = list(self._cuts.values())
        self.lines.cut()
        for cut in cuts:
            with suppress(OSError, XnatError):
                cut()

    def check(self) -> None:
        """Return when work may go on.

        Raises:
            StoppedError: It shall end, or the work that the calling thread is a part of.
        """
        around = present_lines()
        if self._flag.is_set() or (around is not None and around.is_cut):
            msg = "The transfer was stopped."
            raise StoppedError(msg)

    def sleep(self, seconds: float) -> None:
        """Pause; ends early when work shall end.

        Raises:
            StoppedError: It shall end.
        """
        # A wait without end cannot be interrupted on Windows.
        left = seconds
        while left > 0 and not self._flag.wait(min(left, _LOOK_UP_SECONDS)):
            self.check()
            left -= _LOOK_UP_SECONDS
        self.check()

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Generator[None, None, None]:
        """Call `cut` when work shall end while the block runs; it wakes a thread that waits for the network.

        Raises:
            StoppedError: It shall end already.
        """
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._cuts[number] = cut
        try:
            self.check()
            yield
        finally:
            with self._lock:
                del self._cuts[number]
