"""Where the studies of a Study Instance UID are to go (rest-data 17.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .database import Database, SqlValue, utc_now

_TABLES = """
CREATE TABLE IF NOT EXISTS study_routes (
    uid TEXT PRIMARY KEY, project TEXT NOT NULL, login TEXT NOT NULL, created TEXT NOT NULL, accessed TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class StudyRoute:
    """The assignment of a study to a project; moments in UTC."""

    uid: str
    project: str
    login: str
    created: datetime
    accessed: datetime


class StudyRoutes:
    """The table of assignments."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def get(self, uid: str) -> StudyRoute | None:
        """Return the assignment of a study."""
        return next((route for route in self.all() if route.uid == uid), None)

    def all(self) -> list[StudyRoute]:
        """Return every assignment."""
        rows = self._database.rows("SELECT uid, project, login, created, accessed FROM study_routes ORDER BY rowid")
        return [_route(row) for row in rows]

    def assign(self, uid: str, project: str, login: str) -> None:
        """Assign a study to a project; a new project keeps who assigned it first and when."""
        now = utc_now()
        sql = (
            "INSERT INTO study_routes (uid, project, login, created, accessed) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (uid) DO UPDATE SET project = excluded.project, accessed = excluded.accessed"
        )
        self._database.run(sql, (uid, project, login, now, now))

    def close(self, uid: str | None = None) -> None:
        """Remove the assignment of a study, or every one."""
        if uid is None:
            self._database.run("DELETE FROM study_routes")
        else:
            self._database.run("DELETE FROM study_routes WHERE uid = ?", (uid,))


def _route(row: tuple[SqlValue, ...]) -> StudyRoute:
    uid, project, login, created, accessed = (str(value) for value in row)
    return StudyRoute(uid, project, login, datetime.fromisoformat(created), datetime.fromisoformat(accessed))
