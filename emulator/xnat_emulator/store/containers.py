"""What the container service keeps: commands, how wrappers are set up, launches that wait, containers."""

from __future__ import annotations

import json
from typing import TypeAlias, cast

from .database import Database
from .node import JsonValue

Document: TypeAlias = "dict[str, JsonValue]"

_TABLES = """
CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS launches (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, active INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS container_documents (
    kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name));
"""


class Containers:
    """The tables of the container service; documents are JSON objects with their number as ``id``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    # --- commands ---

    def commands(self) -> list[Document]:
        """Return every command, oldest first."""
        rows = self._database.rows("SELECT id, document FROM commands ORDER BY id")
        return [_document(number, text) for number, text in rows]

    def save_command(self, command: Document) -> int:
        """Store a new command, or the one whose ``id`` it has; return its id. Wrappers without an id get one."""
        wrappers = cast("list[Document]", command.get("xnat") or [])
        for wrapper in wrappers:
            wrapper["id"] = wrapper.get("id") or self._database.next_number("container_wrappers")
        number = command.get("id") or None
        sql = "INSERT OR REPLACE INTO commands (id, document) VALUES (?, ?)"
        return self._database.run(sql, (cast("int | None", number), _text(command)))

    def delete_command(self, number: int) -> None:
        """Remove a command."""
        self._database.run("DELETE FROM commands WHERE id = ?", (number,))

    # --- what is set for wrappers, hosts and hubs ---

    def setting(self, kind: str, name: str) -> JsonValue:
        """Return what is set under a name, None when nothing is."""
        sql = "SELECT document FROM container_documents WHERE kind = ? AND name = ?"
        rows = self._database.rows(sql, (kind, name))
        return cast("JsonValue", json.loads(str(rows[0][0]))) if rows else None

    def set(self, kind: str, name: str, value: JsonValue) -> None:
        """Set something; None removes it."""
        if value is None:
            self._database.run("DELETE FROM container_documents WHERE kind = ? AND name = ?", (kind, name))
            return
        sql = "INSERT OR REPLACE INTO container_documents (kind, name, document) VALUES (?, ?, ?)"
        self._database.run(sql, (kind, name, json.dumps(value, ensure_ascii=False)))

    def settings(self, kind: str) -> dict[str, JsonValue]:
        """Return everything of a kind, by name."""
        rows = self._database.rows("SELECT name, document FROM container_documents WHERE kind = ?", (kind,))
        return {str(name): cast("JsonValue", json.loads(str(text))) for name, text in rows}

    # --- launches and containers ---

    def queue(self, launch: Document) -> int:
        """Let a launch wait for its turn; return its number."""
        return self._database.run("INSERT INTO launches (document) VALUES (?)", (_text(launch),))

    def waiting(self) -> list[Document]:
        """Return the launches that wait, oldest first."""
        rows = self._database.rows("SELECT id, document FROM launches ORDER BY id")
        return [_document(number, text) for number, text in rows]

    def dequeue(self, number: int) -> None:
        """Forget a launch whose turn has come."""
        self._database.run("DELETE FROM launches WHERE id = ?", (number,))

    def containers(self, *, active: bool = False) -> list[Document]:
        """Return the containers, oldest first; only those that have not ended when asked so."""
        where = "WHERE active = 1 " if active else ""
        rows = self._database.rows(f"SELECT id, document FROM containers {where}ORDER BY id")  # noqa: S608 - ours
        return [_document(number, text) for number, text in rows]

    def find(self, name: str) -> Document | None:
        """Return a container by its number or by the id that its host gave it."""
        return next((one for one in self.containers() if name in {str(one["id"]), str(one["container-id"])}), None)

    def save(self, container: Document, *, active: bool) -> int:
        """Store a container; return its number."""
        number = container.get("id") or None
        sql = "INSERT OR REPLACE INTO containers (id, active, document) VALUES (?, ?, ?)"
        return self._database.run(sql, (cast("int | None", number), int(active), _text(container)))

    def delete(self, number: int) -> None:
        """Remove a container."""
        self._database.run("DELETE FROM containers WHERE id = ?", (number,))


def _text(document: Document) -> str:
    return json.dumps({name: value for name, value in document.items() if name != "id"}, ensure_ascii=False)


def _document(number: object, text: object) -> Document:
    return {"id": int(str(number)), **cast("Document", json.loads(str(text)))}
