"""Journals of long runs: what is done already, a line of JSON for each item."""

from __future__ import annotations

import datetime
import json
import threading
from io import RawIOBase
from pathlib import Path
from typing import Final, Self

from .errors import InvalidValueError, UsageError
from .locks import held, let_go
from .transport import JsonValue

_FORMAT: Final = 1


class Journal:
    """A file that grows by a line an item, written at once, so that a run that breaks off loses nothing.

    It names items by URI and label, tells when each was done, and keeps what the function returned; of an error only
    its class. Only the owner may read it. Safe to use from threads; a second run with the same journal is refused as
    long as the first one goes on.
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
        self._stream: RawIOBase | None = None
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
        self._stream = held(self._path, self._busy)
        try:
            self._read()  # once more: whoever held it until now may have done some
            self._path.chmod(0o600)  # also a file that was there
            if self._is_new:
                self._append({"format": _FORMAT, "level": self._level})
            else:
                self._stream.write(b"\n")  # ends a line that was cut off
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is not None:
                let_go(stream)

    def _busy(self) -> UsageError:
        msg = f"Another run with the journal {self._path} is under way. Wait until it has ended, or name another file."
        return UsageError(msg)

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
            if self._stream is not None:
                self._stream.write(line)


def _parsed(line: str) -> dict[str, JsonValue] | None:
    try:
        entry: JsonValue = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
