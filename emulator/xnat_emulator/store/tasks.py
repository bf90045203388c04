"""Work on the prearchive that was promised to a client and is not done yet; it outlives the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from .database import Database, SqlValue

_TABLES = """
CREATE TABLE IF NOT EXISTS prearchive_tasks (
    row INTEGER PRIMARY KEY, operation TEXT NOT NULL, session INTEGER NOT NULL, login TEXT NOT NULL,
    options TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One promise.

    Attributes:
        row: Internal number.
        operation: What is to be done.
        session: Row of the prearchive session.
        login: Who asked for it.
        options: What else is needed to do it.
    """

    row: int
    operation: str
    session: int
    login: str
    options: Mapping[str, str]


class Tasks:
    """The table of promises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def add(self, operation: str, session: int, login: str, options: Mapping[str, str]) -> Task:
        """Store a promise."""
        sql = "INSERT INTO prearchive_tasks (operation, session, login, options) VALUES (?, ?, ?, ?)"
        row = self._database.run(sql, (operation, session, login, json.dumps(dict(options))))
        return Task(row, operation, session, login, options)

    def all(self) -> list[Task]:
        """Return what is not done yet, oldest first."""
        sql = "SELECT row, operation, session, login, options FROM prearchive_tasks ORDER BY row"
        return [_task(row) for row in self._database.rows(sql)]

    def done(self, task: Task) -> None:
        """Forget a promise that was kept, or that cannot be kept."""
        self._database.run("DELETE FROM prearchive_tasks WHERE row = ?", (task.row,))


def _task(row: tuple[SqlValue, ...]) -> Task:
    number, operation, session, login, options = row
    return Task(int(str(number)), str(operation), int(str(session)), str(login), json.loads(str(options)))
