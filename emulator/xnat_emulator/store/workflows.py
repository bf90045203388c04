"""Workflows: records of what ran on an object, written by clients (rest-data section 19)."""

from __future__ import annotations

from .change import Change
from .database import Database, utc_now
from .node import Node, decode, encode

TYPE = "wrk:workflowData"

_TABLES = """
CREATE TABLE IF NOT EXISTS workflows (
    number INTEGER PRIMARY KEY, object TEXT NOT NULL, pipeline TEXT NOT NULL, login TEXT NOT NULL,
    document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS workflows_object ON workflows (object);
"""


class Workflows:
    """The table of workflows; their numbers are those of the events that made them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def all(self) -> list[Node]:
        """Return every workflow, oldest first."""
        rows = self._database.rows("SELECT document FROM workflows ORDER BY number")
        return [decode(str(document)) for (document,) in rows]

    def get(self, number: int) -> Node | None:
        """Return a workflow by its number."""
        rows = self._database.rows("SELECT document FROM workflows WHERE number = ?", (number,))
        return decode(str(rows[0][0])) if rows else None

    def find(self, object_id: str, pipeline: str, launched: str, scan: str) -> Node | None:
        """Return the workflow of an object, a pipeline, a launch time and a scan, empty for none."""
        sql = "SELECT document FROM workflows WHERE object = ? AND pipeline = ? ORDER BY number"
        nodes = [decode(str(document)) for (document,) in self._database.rows(sql, (object_id, pipeline))]
        wanted = (launched, scan)
        return next((node for node in nodes if (node.text("launch_time"), node.text("scan_id")) == wanted), None)

    def owner(self, node: Node) -> str:
        """Return who made a workflow."""
        rows = self._database.rows("SELECT login FROM workflows WHERE number = ?", (node.number,))
        return str(rows[0][0]) if rows else ""

    def save(self, node: Node, change: Change) -> None:
        """Store a new or changed workflow."""
        login = self.owner(node) or change.login
        if node.number == 0:
            node.number, node.event, node.started = change.event, change.event, utc_now()
        sql = (
            "INSERT INTO workflows (number, object, pipeline, login, document) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (number) DO UPDATE SET object = excluded.object, pipeline = excluded.pipeline, "
            "document = excluded.document"
        )
        self._database.run(sql, (node.number, node.text("ID"), node.text("pipeline_name"), login, encode(node)))
