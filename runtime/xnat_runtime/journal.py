"""Journals of long runs: what is done already, a line of JSON for each item."""

from __future__ import annotations

import datetime
import json
import os
import threading
from pathlib import Path
from typing import Final, Self

from .errors import InvalidValueError
from .transport import JsonValue

_FORMAT: Final = 1


class Journal:
    """A file that grows by a line an item, written at once, so that a run that breaks off loses nothing.

    It names items by URI and label, tells when each was done, and keeps what the function returned; of an error only
    its class. Only the owner
    may read it. Safe to use from threads; two runs at a time need two journals.
    """

    def __init__(self, path: Path, level: str) -> None:
        """Read what is there.

        Args:
            path: The file; it is made on entering.
            level: Name of the level that is worked on.

        Raises:
            InvalidValueError: The file is no journal, or one of another level.
        """
        self._path = path
        self._level = level
        self._lock = threading.Lock()
        self._handle = -1
        self._is_new = True
        self.results: dict[str, JsonValue] = {}
        """What is done, by URI."""
        self._read()

    def _read(self) -> None:
        if not self._path.exists():
            return
        # Not splitlines(): results may hold what it takes for line ends too.
        lines = [line for line in self._path.read_text(encoding="utf-8", errors="replace").split("\n") if line]
        # A line that was cut off when the machine went down is as if it had not been written.
        entries = [entry for entry in (_parsed(line) for line in lines) if entry is not None]
        if not lines:
            return
        head = entries[0] if entries else {}
        if head.get("format") != _FORMAT or head.get("level") != self._level:
            msg = f"{self._path} is no journal of level {self._level}: name another file"
            raise InvalidValueError(msg)
        self._is_new = False
        for entry in entries[1:]:
            if entry.get("success") is True:
                self.results[str(entry.get("uri"))] = entry.get("result")

    def __enter__(self) -> Self:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._handle = os.open(self._path, flags, 0o600)
        self._path.chmod(0o600)  # also a file that was there
        if self._is_new:
            self._append({"format": _FORMAT, "level": self._level})
        else:
            os.write(self._handle, b"\n")  # ends a line that was cut off
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            os.close(self._handle)
            self._handle = -1

    def done(self, uri: str, label: str, result: object) -> None:
        """Take note of a result.

        Raises:
            InvalidValueError: It cannot be written as JSON.
        """
        try:
            self._append({"uri": uri, "label": label, "success": True, "result": result})
        except (TypeError, ValueError):
            msg = f"with logfile= the function returns what JSON can say, not {type(result).__name__} ({uri})"
            raise InvalidValueError(msg) from None

    def failed(self, uri: str, label: str, error: Exception) -> None:
        """Take note of an error; its text may name values, so only its class is written."""
        self._append({"uri": uri, "label": label, "success": False, "error": type(error).__name__})

    def _append(self, entry: dict[str, object]) -> None:
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": when, **entry}, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self._lock:
            # Threads of a run that was broken off may still end what they do: their place in the file is gone.
            if self._handle >= 0:
                os.write(self._handle, line)


def _parsed(line: str) -> dict[str, JsonValue] | None:
    try:
        entry: JsonValue = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
