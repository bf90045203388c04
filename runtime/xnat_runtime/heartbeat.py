"""Keeps a login alive while nobody uses it."""

from __future__ import annotations

import datetime
import logging
import math
import threading
import time
import weakref
from collections.abc import Callable

FALLBACK_SECONDS = 14 * 60.0
"""Seconds between two heartbeats when the server does not say how long a login lives; its default is 15 minutes."""

_SHORTEST = 1.0
_LOG = logging.getLogger("xnat_runtime.heartbeat")


def session_expiration(cookie: str | None) -> tuple[datetime.datetime, float] | None:
    """Return when the server last saw a login, and after how many idle seconds it ends it.

    Args:
        cookie: Value of SESSION_EXPIRATION_TIME, two numbers of milliseconds, with quotes or without (rest-data 2.7.2).
    """
    seen, comma, timeout = (cookie or "").strip().strip('"').partition(",")
    if not comma or not seen.strip().isdecimal() or not timeout.strip().isdecimal():
        return None
    try:
        moment = datetime.datetime.fromtimestamp(int(seen) / 1000, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment, int(timeout) / 1000


def beat_interval(cookie: str | None) -> float:
    """Return the seconds that a login may be idle before a heartbeat: half of what the server allows."""
    found = session_expiration(cookie)
    if found is None or found[1] <= 0:
        return FALLBACK_SECONDS
    return min(max(found[1] / 2, _SHORTEST), threading.TIMEOUT_MAX)


class Heartbeat:
    """A daemon thread that sends a small request whenever a login was idle for long.

    Requests of others count: a busy connection causes no heartbeat. A failure is logged and tried again earlier than
    usual. The thread ends with `stop`, when what it serves is gone, and with the interpreter.
    """

    def __init__(
        self,
        beat: Callable[[], None],
        interval: Callable[[], float],
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Keep what is needed; no thread is started yet.

        Args:
            beat: Bound method that sends the request; the thread ends when its object is gone.
            interval: Seconds a login may be idle, asked before each pause.
            clock: Seconds on a clock that only goes forward.
            wait: Pauses for some seconds and returns whether to stop.
        """
        self._beat = weakref.WeakMethod(beat)
        self._interval = interval
        self._clock = clock
        self._stopped = threading.Event()
        self._wait = wait
        self._used = clock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self._thread is None:
            self._stopped = threading.Event()
            wait = self._wait or self._stopped.wait
            self._thread = threading.Thread(target=self._run, args=(wait,), name="xnat-heartbeat", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; it may finish a request that is on its way."""
        self._stopped.set()
        self._thread = None

    def note_use(self) -> None:
        """Take note that a request was sent now."""
        self._used = self._clock()

    @property
    def is_running(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self, wait: Callable[[float], bool]) -> None:
        pause = self._interval()
        while not wait(pause):
            pause = self._next_pause()
            if math.isinf(pause):
                return

    def _next_pause(self) -> float:
        """Send a heartbeat when it is due; returns seconds until the next look, infinity when all is over."""
        beat = self._beat()
        if beat is None:
            return math.inf
        interval = self._interval()
        remaining = interval - (self._clock() - self._used)
        if remaining > 0:
            return remaining
        try:
            beat()
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next one may work
            _LOG.warning("a heartbeat failed and is repeated: %s", error)
            return interval / 4
        self.note_use()
        return interval
