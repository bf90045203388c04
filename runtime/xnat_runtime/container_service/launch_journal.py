"""The journal of a run of launches: what was launched, as which workflow, and how it ended; a line of JSON each."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Final, Self, cast

import attrs

from ..errors import InvalidValueError

_FORMAT: Final = 1


@attrs.frozen
class Noted:
    """What a journal knows of an object.

    Attributes:
        workflow_id: Number of the workflow, "" when the launch was sent and no answer noted.
        status: How it ended, "" when it had not.
    """

    workflow_id: str = ""
    status: str = ""


class LaunchJournal:
    """A file that is written before and after each launch, so that a run that breaks off loses nothing.

    It names objects by URI. Only the owner may read it. Two runs at a time need two journals.
    """

    def __init__(self, path: Path | None, server: str, wrapper: str) -> None:
        """Read what is there; without a path nothing is kept.

        Raises:
            InvalidValueError: The file is no journal of this wrapper on this server.
        """
        self._path = path
        self._head: dict[str, object] = {"format": _FORMAT, "server": server, "wrapper": wrapper}
        self._handle = -1
        self._is_new = True
        self.known: dict[str, Noted] = {}
        """What is known, by URI."""
        self.workflows: set[str] = set()
        """The workflows of all launches."""
        if path is not None and path.exists():
            self._read(path)

    def _read(self, path: Path) -> None:
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line]
        if not lines:
            return
        # A line that was cut off when the machine went down is as if it had not been written.
        entries = [entry for entry in map(_parsed, lines) if entry is not None]
        head = entries[0] if entries else {}
        if any(head.get(name) != value for name, value in self._head.items()):
            msg = f"{path} is no journal of launches of {self._head['wrapper']} on this server: name another file"
            raise InvalidValueError(msg)
        self._is_new = False
        for entry in entries[1:]:
            noted = Noted(str(entry.get("workflow") or ""), str(entry.get("status") or ""))
            self.known[str(entry.get("uri"))] = noted
            self.workflows |= {noted.workflow_id} - {""}

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._handle = os.open(self._path, flags, 0o600)
        self._path.chmod(0o600)  # also a file that was there
        if self._is_new:
            self._append(self._head)
        else:
            os.write(self._handle, b"\n")  # ends a line that was cut off
        return self

    def __exit__(self, *error: object) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def sending(self, uri: str) -> None:
        """Note that an object is about to be launched."""
        self._append({"uri": uri})

    def launched(self, uri: str, workflow_id: str) -> None:
        """Note the workflow of a launch."""
        self._append({"uri": uri, "workflow": workflow_id})

    def ended(self, uri: str, workflow_id: str, status: str) -> None:
        """Note how a job ended."""
        self._append({"uri": uri, "workflow": workflow_id, "status": status})

    def _append(self, entry: dict[str, object]) -> None:
        if self._handle < 0:
            return
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        os.write(self._handle, json.dumps({"at": when, **entry}, ensure_ascii=False).encode() + b"\n")


def _parsed(line: str) -> dict[str, object] | None:
    try:
        entry: object = json.loads(line)
    except ValueError:
        return None
    # cast: names in JSON are texts.
    return cast("dict[str, object]", entry) if isinstance(entry, dict) else None
