"""``--log-file`` and ``--verbose``: what was asked and answered, without queries, values and secrets."""

from __future__ import annotations

import datetime
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Final

from .._version import __version__
from ..errors import InvalidValueError
from ..exchanges import Exchange
from .statuses import status_of

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Log:
    """Adds a line for the start of a command, for each request, and for its end; safe to use from threads."""

    def __init__(self, path: Path | None, *, is_shown: bool) -> None:
        """Open the file; a new one can be read by its owner only.

        Args:
            path: The file, None for none.
            is_shown: Whether requests are shown on standard error, too.

        Raises:
            InvalidValueError: The file cannot be written.
        """
        self._is_shown = is_shown
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._command = ""
        try:
            self._handle = None if path is None else os.open(path.expanduser(), _FLAGS, 0o600)
        except OSError as error:
            msg = f"--log-file {path} cannot be written: {error.strerror}"
            raise InvalidValueError(msg) from None

    def started(self, program: str, command: str) -> None:
        """Tells that a command begins; of its words only its name, since the others may hold anything."""
        self._command = command
        self._write({"event": "start", "program": program, "version": __version__, "command": command})

    def request(self, exchange: Exchange) -> None:
        """Tells a request that has ended."""
        told: dict[str, object] = {
            "event": "request", "method": exchange.method, "path": exchange.path, "status": exchange.status,
            "ms": exchange.milliseconds, "bytes": exchange.received,
        }  # fmt: skip
        self._write({**told, "error": exchange.failure} if exchange.failure else told)
        if self._is_shown:
            answer = (
                exchange.status if not exchange.failure else f"{exchange.status or 'no answer'}, {exchange.failure}"
            )
            size = f"{exchange.milliseconds:.0f} ms, {exchange.received} bytes"
            sys.stderr.write(f"{exchange.method} {exchange.path} -> {answer} ({size})\n")

    def ended(self, status: int, error: BaseException | None) -> None:
        """Tells that the command has ended, and closes the file."""
        seconds = round(time.monotonic() - self._started, 3)
        told: dict[str, object] = {"event": "end", "command": self._command, "exit_status": status, "seconds": seconds}
        if error is not None:
            told |= {"exit_status": status_of(error), "error": type(error).__name__}
        self._write(told)
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _write(self, values: dict[str, object]) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, **values}).encode("ascii") + b"\n"
        with self._lock:
            if self._handle is not None:
                os.write(self._handle, line)
