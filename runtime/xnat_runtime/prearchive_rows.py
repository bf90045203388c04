"""Rows of prearchive listings: their values and what the statuses mean (rest-data 12.1, dicom-import 7)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias, cast
from urllib.parse import unquote

from .paths import join

PrearchiveStatus: TypeAlias = Literal[
    "ARCHIVING", "BUILDING", "CONFLICT", "DELETING", "ERROR", "MOVING", "READY", "RECEIVING", "RECEIVING_INTERRUPT",
    "SEPARATING",
    "QUEUED_ARCHIVING", "QUEUED_BUILDING", "QUEUED_DELETING", "QUEUED_MOVING", "QUEUED_SEPARATING",
    "_ARCHIVING", "_BUILDING", "_CONFLICT", "_DELETING", "_MOVING", "_RECEIVING", "_RECEIVING_INTERRUPT", "_SEPARATING",
]  # fmt: skip
"""Where a received session stands; with a leading underscore the server is at it at this moment."""

SettableStatus: TypeAlias = Literal[
    "ARCHIVING", "BUILDING", "CONFLICT", "DELETING", "ERROR", "MOVING", "READY", "RECEIVING", "RECEIVING_INTERRUPT",
    "SEPARATING",
    "QUEUED_ARCHIVING", "QUEUED_BUILDING", "QUEUED_DELETING", "QUEUED_MOVING", "QUEUED_SEPARATING",
]  # fmt: skip
"""Statuses that can be set by hand: all but the locks (dicom-import 66)."""

END_STATES: Final = frozenset({"READY", "CONFLICT", "ERROR"})
"""Statuses that stay until somebody does something."""
FAILED: Final = frozenset({"CONFLICT", "ERROR"})
ARRIVING: Final = frozenset({"RECEIVING", "RECEIVING_INTERRUPT", "_RECEIVING", "_RECEIVING_INTERRUPT"})
UNASSIGNED: Final = "Unassigned"

_FRACTION = re.compile(r"\.(\d+)")


class PrearchiveLog(NamedTuple):
    """Something that the server noted of a received session.

    Attributes:
        id: Number of the entry.
        date: When, as the server writes it.
        entry: What.
    """

    id: str
    date: str
    entry: str


class PrearchiveRow:
    """What the server says of one received session; empty cells read as None."""

    __slots__ = ("cells",)

    def __init__(self, cells: Mapping[str, object]) -> None:
        self.cells = cells

    def text(self, column: str) -> str:
        """Return a cell as text, "" when it is empty."""
        value = self.cells.get(column)
        return "" if value is None else str(value)

    @property
    def status(self) -> PrearchiveStatus:
        """The status; one that a newer server has is kept as it is."""
        return cast("PrearchiveStatus", self.text("status"))

    @property
    def path(self) -> str:
        """The encoded path of the session, with ``/data``."""
        return session_path(self.text("project"), self.text("timestamp"), self.text("folderName"))

    def at(self, path: str) -> PrearchiveRow:
        """Return this row with the place that a path names."""
        project, timestamp, folder = (unquote(name) for name in path.strip("/").split("/")[3:6])
        return PrearchiveRow({**self.cells, "project": project, "timestamp": timestamp, "folderName": folder})

    def flag(self, column: str) -> bool:
        """Return whether a cell says true."""
        return self.text(column).lower() in {"true", "1", "t"}

    def moment(self, column: str) -> datetime.datetime | None:
        """Return a cell as local time of the server, None when it is empty or no time."""
        return as_moment(self.text(column))


def session_path(project: str, timestamp: str, folder: str) -> str:
    """Return the path of a received session; none of the names is encoded."""
    return join("data", "prearchive", "projects", project or UNASSIGNED, timestamp, folder)


def as_moment(text: str) -> datetime.datetime | None:
    """Return a time as listings write it (``2021-12-21 16:06:14.8``), None when it is none."""
    # Java leaves out zeros at the end of a fraction; fromisoformat of Python 3.11 takes any number of digits.
    try:
        return datetime.datetime.fromisoformat(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text.strip()))
    except ValueError:
        return None


def as_timestamp(text: str) -> datetime.datetime | None:
    """Return the time that a received session is kept under, local to the server, None when it is none."""
    # Without fraction first: %f would take seconds for one.
    for form in ("%Y%m%d_%H%M%S", "%Y%m%d_%H%M%S%f"):
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def as_time(text: str) -> datetime.time | None:
    """Return a time of day, with or without a date before it, None when it is none."""
    found = as_moment(f"2000-01-01 {text.strip()}") or as_moment(text) if text.strip() else None
    return None if found is None else found.time()
