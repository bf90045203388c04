"""Work that a server does after it has answered: one thread, one piece of work after the other."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

_LOG = logging.getLogger("xnat_emulator")
_CLOSE_SECONDS = 10.0


class Background:
    """A queue of work, and work that is due again and again; its thread starts with the first piece."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Callable[[], object]] = deque()
        self._repeated: list[tuple[float, float, Callable[[], object]]] = []
        self._unfinished = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Callable[[], object]) -> None:
        """Do something soon; what it raises is logged. Nothing happens once the queue is closed."""
        with self._changed:
            if self._closed:
                return
            self._add(work)

    def every(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something again and again, first after that many seconds."""
        with self._changed:
            if not self._closed:
                self._repeated.append((time.monotonic() + seconds, seconds, work))
                self._start()

    def _add(self, work: Callable[[], object]) -> None:
        self._waiting.append(work)
        self._unfinished += 1
        self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="xnat-emulator-background", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - the next piece of work must still be done
                _LOG.exception("work in the background failed")
            finally:
                with self._changed:
                    self._unfinished -= 1
                    self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._closed:
                self._take_due()
                if self._waiting:
                    return self._waiting.popleft()
                self._changed.wait(self._pause())
            return None

    def _take_due(self) -> None:
        """Put repeated work that is due into the queue."""
        now = time.monotonic()
        for position, (due, seconds, work) in enumerate(self._repeated):
            if due <= now:
                self._repeated[position] = (now + seconds, seconds, work)
                self._waiting.append(work)
                self._unfinished += 1

    def _pause(self) -> float | None:
        """Return the seconds until repeated work is due."""
        if not self._repeated:
            return None
        return max(0.0, min(due for due, _, _ in self._repeated) - time.monotonic())

    def settle(self, seconds: float = 30.0) -> None:
        """Block until everything submitted so far, and what that submitted, is done.

        Raises:
            TimeoutError: It is not done after that many seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or not self._unfinished, seconds):
                raise TimeoutError(f"Work in the background goes on after {seconds} s")

    def close(self) -> None:
        """Finish the running piece of work and drop the rest."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)
