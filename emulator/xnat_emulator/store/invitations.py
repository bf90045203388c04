"""Invitations of people without an account to projects, and favourite objects (rest-data 9.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .database import Database, SqlValue, utc_now

_TABLES = """
CREATE TABLE IF NOT EXISTS invitations (
    id INTEGER PRIMARY KEY, project TEXT NOT NULL, level TEXT NOT NULL, group_id TEXT NOT NULL, email TEXT NOT NULL,
    invited_by TEXT NOT NULL, created TEXT NOT NULL, approved INTEGER, decided TEXT);
CREATE INDEX IF NOT EXISTS invitations_project ON invitations (project);
CREATE TABLE IF NOT EXISTS favorites (
    login TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (login, kind, id)) WITHOUT ROWID;
"""
_COLUMNS = "id, project, level, group_id, email, invited_by, created, approved, decided"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation, a "project access request".

    Attributes:
        id: Its number.
        project: Project it is for.
        level: What it offers, as it was named in the URL: ``member``, ``P_member``.
        group_id: ID of the group that is meant.
        email: Whom it was sent to.
        invited_by: Login of who sent it.
        created: When it was sent, ISO text in UTC.
        approved: Whether it was accepted, None while it is open.
        decided: When it was accepted or declined, ISO text in UTC.
    """

    id: int
    project: str
    level: str
    group_id: str
    email: str
    invited_by: str
    created: str
    approved: bool | None
    decided: str | None


class Invitations:
    """The table of invitations."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def add(self, project: str, level: str, group_id: str, email: str, invited_by: str) -> Invitation:
        """Store a new invitation."""
        sql = "INSERT INTO invitations (project, level, group_id, email, invited_by, created) VALUES (?, ?, ?, ?, ?, ?)"
        number = self._database.run(sql, (project, level, group_id, email, invited_by, utc_now()))
        return self._select("id = ?", (number,))[0]

    def get(self, number: int) -> Invitation | None:
        """Return an invitation by its number."""
        found = self._select("id = ?", (number,))
        return found[0] if found else None

    def open_for(self, email: str) -> list[Invitation]:
        """Return the invitations of an address that nobody accepted or declined yet."""
        return self._select("lower(email) = lower(?) AND decided IS NULL", (email,))

    def of_project(self, project: str) -> list[Invitation]:
        """Return every invitation to a project."""
        return self._select("project = ?", (project,))

    def decide(self, invitation: Invitation, *, accepted: bool) -> None:
        """Accept or decline an invitation."""
        sql = "UPDATE invitations SET approved = ?, decided = ? WHERE id = ?"
        self._database.run(sql, (int(accepted), utc_now(), invitation.id))

    def forget(self, project: str) -> None:
        """Remove the invitations to a deleted project."""
        self._database.run("DELETE FROM invitations WHERE project = ?", (project,))

    def _select(self, where: str, parameters: Sequence[SqlValue]) -> list[Invitation]:
        sql = f"SELECT {_COLUMNS} FROM invitations WHERE {where} ORDER BY id"  # noqa: S608
        return [_invitation(row) for row in self._database.rows(sql, parameters)]


def _invitation(row: tuple[SqlValue, ...]) -> Invitation:
    number, project, level, group_id, email, invited_by, created, approved, decided = row
    return Invitation(
        id=int(str(number)),
        project=str(project),
        level=str(level),
        group_id=str(group_id),
        email=str(email),
        invited_by=str(invited_by),
        created=str(created),
        approved=None if approved is None else approved == 1,
        decided=None if decided is None else str(decided),
    )


class Favorites:
    """The table of favourites."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def add(self, login: str, kind: str, identifier: str) -> None:
        """Mark an object of a type as a favourite of an account."""
        sql = "INSERT OR IGNORE INTO favorites (login, kind, id) VALUES (?, ?, ?)"
        self._database.run(sql, (login, kind, identifier))

    def remove(self, login: str, kind: str, identifier: str) -> None:
        """Unmark an object."""
        sql = "DELETE FROM favorites WHERE login = ? AND kind = ? AND id = ?"
        self._database.run(sql, (login, kind, identifier))

    def of(self, login: str, kind: str) -> list[str]:
        """Return the IDs of an account's favourites of a type."""
        sql = "SELECT id FROM favorites WHERE login = ? AND kind = ? ORDER BY id"
        return [str(row[0]) for row in self._database.rows(sql, (login, kind))]
