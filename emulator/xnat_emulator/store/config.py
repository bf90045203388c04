"""Configurations: texts that tools keep by path, for the site or for a project, with their versions (rest-data 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .database import Database, SqlValue, utc_now

ENABLED = "enabled"
DISABLED = "disabled"

_TABLES = """
CREATE TABLE IF NOT EXISTS configurations (
    id INTEGER PRIMARY KEY, tool TEXT NOT NULL, path TEXT NOT NULL, project TEXT NOT NULL, login TEXT NOT NULL,
    created TEXT NOT NULL, reason TEXT, contents TEXT NOT NULL, unversioned INTEGER NOT NULL, version INTEGER NOT NULL,
    status TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS configurations_tool ON configurations (tool, path, project);
"""
_COLUMNS = "id, tool, path, project, login, created, reason, contents, unversioned, version, status"
_PLACE = "tool = ? AND path = ? AND project = ?"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a configuration belongs: a tool, a path below it and a project, empty for the whole site."""

    tool: str
    path: str
    project: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The values that select it."""
        return self.tool, self.path, self.project


@dataclass(frozen=True, slots=True)
class Configuration:
    """One version of a configuration.

    Attributes:
        id: Its number.
        place: Where it belongs.
        login: Who wrote it.
        created: When, in UTC.
        reason: Why, None when nobody said.
        contents: The text.
        unversioned: Changes replace it instead of making a new version.
        version: Counted from 1.
        status: ``enabled`` or ``disabled``.
    """

    id: int
    place: Place
    login: str
    created: datetime
    reason: str | None
    contents: str
    unversioned: bool
    version: int
    status: str

    @property
    def enabled(self) -> bool:
        """Whether it counts."""
        return self.status == ENABLED


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a new version holds."""

    contents: str
    login: str
    status: str
    unversioned: bool | None
    reason: str | None


class ConfigurationMissing(LookupError):  # noqa: N818 - says what is the matter
    """There is no configuration whose status could be set."""


class Configurations:
    """The table of configurations."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def _select(self, where: str, parameters: Sequence[SqlValue]) -> list[Configuration]:
        sql = f"SELECT {_COLUMNS} FROM configurations WHERE {where} ORDER BY id"  # noqa: S608 - our own names
        return [_configuration(row) for row in self._database.rows(sql, parameters)]

    def tools(self, project: str = "") -> list[str]:
        """Return the tools that have configurations in a project, or in the site."""
        sql = "SELECT DISTINCT tool FROM configurations WHERE project = ? ORDER BY tool"
        return [str(tool) for (tool,) in self._database.rows(sql, (project,))]

    def of_tool(self, tool: str, project: str = "") -> list[Configuration]:
        """Return the newest version of each configuration of a tool."""
        newest = "id IN (SELECT MAX(id) FROM configurations WHERE tool = ? AND project = ? GROUP BY path)"
        return self._select(newest, (tool, project))

    def history(self, place: Place) -> list[Configuration]:
        """Return every version, oldest first."""
        return self._select(_PLACE, place.key)

    def get(self, place: Place) -> Configuration | None:
        """Return the newest version, disabled or not."""
        return next(reversed(self.history(place)), None)

    def version(self, place: Place, number: int) -> Configuration | None:
        """Return one version."""
        return next((found for found in self.history(place) if found.version == number), None)

    def contents(self, place: Place) -> str | None:
        """Return the text that counts: None when there is none or it is disabled."""
        found = self.get(place)
        return found.contents if found is not None and found.enabled else None

    def put(
        self, place: Place, contents: str, login: str, *, unversioned: bool | None = None, reason: str | None = None
    ) -> Configuration:
        """Store a text and enable it.

        Args:
            place: Where it belongs.
            contents: The text.
            login: Who writes it.
            unversioned: Replace what is there instead of adding a version; None keeps what the place does already.
            reason: Why.
        """
        return self._write(place, _Draft(contents, login, ENABLED, unversioned, reason))

    def set_status(self, place: Place, status: str, login: str, reason: str | None = None) -> None:
        """Enable or disable a configuration; a change of the status is a version of its own.

        Raises:
            ConfigurationMissing: There is none.
        """
        found = self.get(place)
        if found is None:
            raise ConfigurationMissing(f"There is no configuration {place.path} of the tool {place.tool}")
        if found.status != status:
            self._write(place, _Draft(found.contents, login, status, found.unversioned, reason))

    def _write(self, place: Place, draft: _Draft) -> Configuration:
        previous = self.get(place)
        replaces = _replaces(previous, draft.unversioned)
        if previous is not None and replaces:
            self._database.run("DELETE FROM configurations WHERE id = ?", (previous.id,))
        version = previous.version + 1 if previous is not None and not replaces else 1
        created = utc_now() if previous is None or not replaces else previous.created.isoformat(timespec="milliseconds")
        told = (draft.login, created, draft.reason, draft.contents, int(replaces), version, draft.status)
        values: tuple[SqlValue, ...] = (*place.key, *told)
        names = _COLUMNS.removeprefix("id, ")
        marks = ", ".join("?" * len(values))
        number = self._database.run(f"INSERT INTO configurations ({names}) VALUES ({marks})", values)  # noqa: S608
        return self._select("id = ?", (number,))[0]


def _replaces(previous: Configuration | None, unversioned: bool | None) -> bool:
    """Tell whether a write keeps no versions; once a configuration has some, it keeps them."""
    if previous is None:
        return unversioned is True
    return previous.unversioned and unversioned is not False


def _configuration(row: tuple[SqlValue, ...]) -> Configuration:
    number, tool, path, project, login, created, reason, contents, unversioned, version, status = row
    return Configuration(
        id=int(str(number)),
        place=Place(str(tool), str(path), str(project)),
        login=str(login),
        created=datetime.fromisoformat(str(created)),
        reason=None if reason is None else str(reason),
        contents=str(contents),
        unversioned=unversioned == 1,
        version=int(str(version)),
        status=str(status),
    )
