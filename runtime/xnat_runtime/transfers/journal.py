"""Which units of a transfer are done, kept in a file, so that an interrupted transfer continues where it stopped."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from ..errors import UsageError

_FORMAT: Final = 1
_text: Final = json.encoder.encode_basestring_ascii


class Journal:
    """Lines of JSON, each written at once: what is in it was done, however the process ended.

    The first line says which transfer it belongs to. A last line that a crash cut off does not count. The file is
    readable by its owner only; names of files are in it, secrets and values of fields are not.
    """

    def __init__(self, path: Path, job: Mapping[str, str]) -> None:
        """Open the journal of a transfer, or begin it.

        Args:
            path: The file.
            job: What identifies the transfer, such as server, URI, direction and layout.

        Raises:
            UsageError: The file belongs to another transfer, or is no journal.
        """
        self.path = path
        self._job = dict(job)
        self._lock = threading.Lock()
        self._done: dict[str, Mapping[str, object]] = {}
        whole = self._read() if path.exists() else 0
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        self._stream = os.fdopen(handle, "ab", buffering=0)
        self._stream.truncate(whole)
        if not whole:
            self._write({"format": _FORMAT, "job": self._job})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __contains__(self, unit: object) -> bool:
        return unit in self._done

    def about(self, unit: str) -> Mapping[str, object]:
        """Return what was written down of a unit, nothing when it is not done."""
        return self._done.get(unit, {})

    def __len__(self) -> int:
        return len(self._done)

    def done(self, unit: str, **about: str | int | None) -> None:
        """Write down that a unit is done.

        Args:
            unit: Its name.
            about: What is worth knowing of it, such as size and md5.
        """
        with self._lock:
            self._done[unit] = about
            self._stream.write(_line(unit, about))

    def forget(self, unit: str) -> None:
        """Write down that a unit is not done after all."""
        with self._lock:
            if self._done.pop(unit, None) is not None:
                self._write({"unit": unit, "undone": True})

    def close(self) -> None:
        """Close the file and keep it."""
        self._stream.close()

    def finish(self) -> None:
        """Close the file and remove it: the transfer is complete."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, object]) -> None:
        self._stream.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")

    def _read(self) -> int:
        """Take in the lines that are whole; return how many bytes they are."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if not whole and not self._is_beginning(content):
            raise self._foreign()
        for number, line in enumerate(content[:whole].splitlines()):
            entry = self._parsed(line)
            if number == 0:
                self._require_own(entry)
            elif entry.get("undone"):
                self._done.pop(str(entry.get("unit", "")), None)
            else:
                self._done[str(entry.pop("unit", ""))] = entry
        return whole

    @staticmethod
    def _is_beginning(content: bytes) -> bool:
        # A crash while the first line was written leaves the beginning of one.
        return content[:1] in {b"", b"{"}

    def _parsed(self, line: bytes) -> dict[str, object]:
        with suppress(ValueError):
            found: object = json.loads(line)
            if isinstance(found, dict):
                return cast("dict[str, object]", found)
        raise self._foreign()

    def _require_own(self, first: Mapping[str, object]) -> None:
        if first.get("format") != _FORMAT or first.get("job") != self._job:
            raise self._foreign()

    def _foreign(self) -> UsageError:
        msg = (
            f"{self.path} is the journal of another transfer. Continue that one, choose another folder, "
            "or remove the file to begin anew."
        )
        return UsageError(msg)


def _line(unit: str, about: Mapping[str, str | int | None]) -> bytes:
    """Return the line of a unit; put together here, since thousands of them are written."""
    facts = "".join(f", {_text(name)}: {_value(value)}" for name, value in about.items())
    return f'{{"unit": {_text(unit)}{facts}}}\n'.encode()


def _value(value: str | int | None) -> str:
    return "null" if value is None else _text(value) if isinstance(value, str) else str(int(value))
