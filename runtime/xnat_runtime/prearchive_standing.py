"""Where a received session stands: its row, its status, and waiting for an end (rest-data 12.1, 12.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from .documents import read_table
from .errors import BadRequestError, NotFoundError, UnexpectedAnswerError
from .paths import child
from .prearchive_rows import END_STATES, UNASSIGNED, PrearchiveRow
from .waiting import Patience

if TYPE_CHECKING:
    from .prearchive_rows import PrearchiveStatus
    from .session import BaseSession

FRESH_SECONDS: Final = 5.0
_PLACE: Final = "/data/prearchive/projects"
_GONE: Final = "the session has left the prearchive: it was archived, moved or deleted"


class StandingSession:
    """A received session as far as its row tells."""

    def __init__(self, session: BaseSession, row: PrearchiveRow) -> None:
        self._session = session
        self._row = row
        self._told_at: tuple[float, int] | None = None
        if "status" in row.cells:
            self._note_status()

    @property
    def _row(self) -> PrearchiveRow:
        """The row that was read last."""
        return self._last_row

    @_row.setter
    def _row(self, row: PrearchiveRow) -> None:
        self._last_row, self._read_at = row, self._session.__xnat_changes__

    def __xnat_current__(self) -> PrearchiveRow | None:
        """Returns the row that was read last, None when this connection has changed something since."""
        is_current = self._read_at == self._session.__xnat_changes__ and "status" in self._row.cells
        return self._row if is_current else None

    @property
    def uri(self) -> str:
        """The path of the session, percent-encoded."""
        return self._row.path

    def _names(self) -> tuple[str, str, str]:
        row = self._row
        return row.text("project") or UNASSIGNED, row.text("timestamp"), row.text("folderName")

    def refresh(self) -> None:
        """Reads the session's row again: one request.

        Raises:
            NotFoundError: It has left the prearchive.
        """
        row = self._find()
        if row is None:
            raise NotFoundError("GET", self.uri, 404, _GONE)
        self._row = row
        self._note_status()

    def _note_status(self) -> None:
        self._told_at = (time.monotonic(), self._session.__xnat_changes__)

    def _is_told(self) -> bool:
        """Return whether the status was just told, nothing was changed since, and nobody has read it yet."""
        told, self._told_at = self._told_at, None
        if told is None or told[1] != self._session.__xnat_changes__:
            return False
        return time.monotonic() - told[0] <= FRESH_SECONDS

    def exists(self) -> bool:
        """Returns whether the session is still in the prearchive, at its place: one request."""
        return self._find() is not None

    def _find(self) -> PrearchiveRow | None:
        """Returns the row as it is now; an unknown session is an empty table, not a 404 (rest-data 12.2)."""
        try:
            rows = read_table(self._session.get_json(self.uri), self.uri)
        except NotFoundError:
            return None
        except (BadRequestError, UnexpectedAnswerError):
            # XNAT 1.7.0 to 1.7.2 know no JSON of one session.
            return next((row for row in self._rows(self._names()[0]) if row.path == self.uri), None)
        return PrearchiveRow(rows[0]) if rows else None

    def _rows(self, project: str) -> list[PrearchiveRow]:
        listing = child(_PLACE, project)
        return [PrearchiveRow(row) for row in read_table(self._session.get_json(listing), listing)]

    def wait(
        self,
        until: Collection[PrearchiveStatus] = ("READY", "CONFLICT", "ERROR"),
        *,
        timeout: float = 600.0,
        interval: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> PrearchiveStatus | None:
        """Waits for an end state and returns it, or None when the session has left the prearchive.

        A session that is being received stays so until the server has heard nothing of it for some minutes.

        Args:
            until: The statuses that are waited for; leaving the prearchive always ends a wait.
            timeout: Seconds until the wait is given up.
            interval: Longest pause between two questions, in seconds; one request each.
            sleep: What pauses.

        Raises:
            WaitTimeoutError: The time is over; the server goes on.
        """
        return self.__xnat_wait__(Patience(timeout, interval, sleep), frozenset(until))

    def __xnat_wait__(self, patience: Patience, until: Collection[str] = END_STATES) -> PrearchiveStatus | None:
        def ask() -> PrearchiveStatus | None:
            row = self._find()
            self._row = row or self._row
            return None if row is None else row.status

        return patience.until(ask, lambda status: status is None or status in until, f"{self!r}")
