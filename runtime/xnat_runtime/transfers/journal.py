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
from ..locks import held, let_go

_FORMAT: Final = 1
_LATE_BYTES: Final = 4 << 20
_LATE_LINES: Final = 256
_text: Final = json.encoder.encode_basestring_ascii


class Journal:
    """Lines of JSON, each written at once: what is in it was done, however the process ended.

    The first line says which transfer it belongs to. A last line that a crash cut off does not count. The file is
    readable by its owner only; names of files are in it, secrets and values of fields are not.
    """

    def __init__(self, path: Path, job: Mapping[str, str]) -> None:
        """Open the journal of a transfer, or begin it; until it is closed, no other run can.

        Args:
            path: The file.
            job: What identifies the transfer, such as server, URI, direction and layout.

        Raises:
            UsageError: Another run of the transfer is under way, or the file belongs to another one or is no journal.
        """
        self.path = path
        self._job = dict(job)
        self._lock = threading.Lock()
        self._done: dict[str, Mapping[str, object]] = {}
        self._late: list[str] = []
        self._late_bytes = 0
        self._stream = held(path, self._busy)
        try:
            whole = self._read()
            self._stream.truncate(whole)
            if not whole:
                self._write({"format": _FORMAT, "job": self._job})
        except BaseException:
            self.close()
            raise

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
            self._catch_up()
            self._append(_line(unit, about))

    def come(self, unit: str, size: int, md5: str, mtime_ns: int) -> None:
        """Write down soon that a file is done which a rerun can compare by itself: what is lost is hashed once more.

        Args:
            unit: Its name.
            size: Its bytes.
            md5: Their MD5.
            mtime_ns: When it was written.
        """
        with self._lock:
            self._done[unit] = {"size": size, "md5": md5, "mtime_ns": mtime_ns}
            self._late.append(f'{{"unit": {_text(unit)}, "size": {size}, "md5": "{md5}", "mtime_ns": {mtime_ns}}}\n')
            self._late_bytes += size
            if self._late_bytes >= _LATE_BYTES or len(self._late) >= _LATE_LINES:
                self._catch_up()

    def forget(self, unit: str) -> None:
        """Write down that a unit is not done after all."""
        with self._lock:
            if self._done.pop(unit, None) is not None:
                self._catch_up()
                self._write({"unit": unit, "undone": True})

    def close(self) -> None:
        """Close the file and keep it."""
        try:
            with self._lock:
                self._catch_up()
        finally:
            let_go(self._stream)

    def finish(self) -> None:
        """Close the file and remove it: the transfer is complete."""
        self._late.clear()
        let_go(self._stream, remove=self.path)

    def _catch_up(self) -> None:
        if self._late:
            lines, self._late, self._late_bytes = "".join(self._late).encode(), [], 0
            self._append(lines)

    def _append(self, lines: bytes) -> None:
        """Write whole lines or, when the disk is full, none: others may still follow."""
        written, before = 0, os.fstat(self._stream.fileno()).st_size
        try:
            while written < len(lines):
                written += self._stream.write(lines[written:]) or 0
        except OSError:
            with suppress(OSError):
                self._stream.truncate(before)
            raise

    def _write(self, line: Mapping[str, object]) -> None:
        self._append(json.dumps(line, ensure_ascii=True).encode() + b"\n")

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

    def _busy(self) -> UsageError:
        msg = (
            f"Another run of this transfer is under way: it holds {self.path}. Wait until it has ended, or end it; "
            "what it has moved is not moved again."
        )
        return UsageError(msg)

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
