"""DICOM receivers as they are set up; nothing listens."""

from __future__ import annotations

import json
from typing import cast

from .database import Database
from .node import JsonValue

Receiver = dict[str, JsonValue]

_TABLES = "CREATE TABLE IF NOT EXISTS receivers (id INTEGER PRIMARY KEY, document TEXT NOT NULL);"

STOCK: Receiver = {"aeTitle": "XNAT", "port": 8104, "identifier": "dicomObjectIdentifier"}
"""The receiver that a new site has."""

DEFAULTS: Receiver = {
    "aeTitle": None,
    "port": 0,
    "identifier": None,
    "fileNamer": None,
    "enabled": True,
    "customProcessing": False,
    "directArchive": False,
    "anonymizationEnabled": True,
    "whitelistEnabled": False,
    "whitelist": [],
    "routingExpressionsEnabled": False,
    "projectRoutingExpression": None,
    "subjectRoutingExpression": None,
    "sessionRoutingExpression": None,
}


class Receivers:
    """The table of receivers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)
        if not database.rows("SELECT 1 FROM receivers LIMIT 1") and database.next_number("receivers") == 1:
            self.add(STOCK)

    def all(self) -> list[Receiver]:
        """Return every receiver with its id and label."""
        rows = self._database.rows("SELECT id, document FROM receivers ORDER BY id")
        return [_receiver(int(str(number)), str(document)) for number, document in rows]

    def get(self, number: int) -> Receiver | None:
        """Return a receiver by its id."""
        return next((receiver for receiver in self.all() if receiver["id"] == number), None)

    def add(self, said: Receiver) -> Receiver:
        """Store a new receiver and return it."""
        sql = "INSERT INTO receivers (document) VALUES (?)"
        number = self._database.run(sql, (json.dumps(_known(said), ensure_ascii=False),))
        return _receiver(number, json.dumps(_known(said)))

    def change(self, number: int, said: Receiver) -> Receiver | None:
        """Change what is said of a receiver; what is not said stays."""
        found = self.get(number)
        if found is None:
            return None
        document = json.dumps(_known({**found, **said}), ensure_ascii=False)
        self._database.run("UPDATE receivers SET document = ? WHERE id = ?", (document, number))
        return self.get(number)

    def delete(self, number: int) -> None:
        """Remove a receiver."""
        self._database.run("DELETE FROM receivers WHERE id = ?", (number,))


def _known(said: Receiver) -> Receiver:
    return {name: said[name] for name in DEFAULTS if name in said}


def _receiver(number: int, document: str) -> Receiver:
    fields: Receiver = {**DEFAULTS, **cast("Receiver", json.loads(document))}
    return {"id": number, **fields, "label": f"{fields['aeTitle']}:{fields['port']}"}
