"""Subscriptions, custom forms and synchronizations: JSON objects with a number, kept by what they are."""

from __future__ import annotations

import json
from typing import cast

from .database import Database
from .node import JsonValue

Kept = dict[str, JsonValue]

_TABLES = """
CREATE TABLE IF NOT EXISTS collaboration (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS collaboration_kind ON collaboration (kind);
"""


class Collaboration:
    """One table for all of them; a number is never given twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def all(self, kind: str) -> list[tuple[int, Kept]]:
        """Return the objects of a kind with their numbers, oldest first."""
        sql = "SELECT number, document FROM collaboration WHERE kind = ? ORDER BY number"
        rows = self._database.rows(sql, (kind,))
        return [(int(str(number)), cast("Kept", json.loads(str(document)))) for number, document in rows]

    def get(self, kind: str, number: int) -> Kept | None:
        """Return an object by its number."""
        return dict(self.all(kind)).get(number)

    def add(self, kind: str, document: Kept) -> int:
        """Store a new object and return its number."""
        sql = "INSERT INTO collaboration (kind, document) VALUES (?, ?)"
        return self._database.run(sql, (kind, json.dumps(document, ensure_ascii=False)))

    def change(self, number: int, document: Kept) -> None:
        """Store an object in the place of what was there."""
        sql = "UPDATE collaboration SET document = ? WHERE number = ?"
        self._database.run(sql, (json.dumps(document, ensure_ascii=False), number))

    def delete(self, number: int) -> None:
        """Remove an object."""
        self._database.run("DELETE FROM collaboration WHERE number = ?", (number,))
