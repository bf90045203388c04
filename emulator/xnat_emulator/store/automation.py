"""Automation: scripts with their versions, triggers and trigger templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from .database import Database, SqlValue, utc_now

_TABLES = """
CREATE TABLE IF NOT EXISTS scripts (
    version INTEGER PRIMARY KEY, number INTEGER NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, description TEXT,
    language TEXT NOT NULL, content TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
    current INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS scripts_id ON scripts (id);
CREATE TABLE IF NOT EXISTS triggers (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, project TEXT NOT NULL, event TEXT NOT NULL,
    event_class TEXT NOT NULL, filters TEXT NOT NULL, script TEXT NOT NULL, description TEXT);
CREATE TABLE IF NOT EXISTS trigger_templates (name TEXT PRIMARY KEY, document TEXT NOT NULL);
"""

Filters = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Script:
    """One version of a script; moments are ISO text in UTC."""

    version: int
    number: int
    id: str
    label: str
    description: str | None
    language: str
    content: str
    created: str
    modified: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What runs a script: an event of the site, or of a project when one is named."""

    number: int
    name: str
    project: str
    event: str
    event_class: str
    filters: Filters
    script: str
    description: str | None


_SCRIPT = "version, number, id, label, description, language, content, created, modified"
_TRIGGER = "number, name, project, event, event_class, filters, script, description"


class Automation:
    """The tables of scripts, triggers and templates."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    # --- scripts ---

    def scripts(self) -> list[Script]:
        """Return the newest version of every script."""
        rows = self._database.rows(f"SELECT {_SCRIPT} FROM scripts WHERE current = 1 ORDER BY number")  # noqa: S608
        return [_script(row) for row in rows]

    def script(self, identifier: str) -> Script | None:
        """Return the newest version of a script."""
        return next((script for script in self.scripts() if script.id == identifier), None)

    def versions(self, script: Script) -> list[Script]:
        """Return every version of a script, oldest first."""
        sql = f"SELECT {_SCRIPT} FROM scripts WHERE number = ? ORDER BY version"  # noqa: S608
        return [_script(row) for row in self._database.rows(sql, (script.number,))]

    def put_script(self, identifier: str, label: str, description: str | None, language: str, content: str) -> None:
        """Store a new version of a script."""
        known, now = self.script(identifier), utc_now()
        number = self._database.next_number("script") if known is None else known.number
        self._database.run("UPDATE scripts SET current = 0 WHERE number = ?", (number,))
        created = now if known is None else known.created
        sql = (
            "INSERT INTO scripts (number, id, label, description, language, content, created, modified, current) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)"
        )
        self._database.run(sql, (number, identifier, label, description, language, content, created, now))

    def delete_script(self, script: Script) -> None:
        """Remove a script with its triggers."""
        self._database.run("DELETE FROM triggers WHERE script = ?", (script.id,))
        self._database.run("DELETE FROM scripts WHERE number = ?", (script.number,))

    # --- triggers ---

    def triggers(self) -> list[Trigger]:
        """Return every trigger."""
        rows = self._database.rows(f"SELECT {_TRIGGER} FROM triggers ORDER BY number")  # noqa: S608
        return [_trigger(row) for row in rows]

    def trigger(self, name: str) -> Trigger | None:
        """Return a trigger by its name."""
        return next((trigger for trigger in self.triggers() if trigger.name == name), None)

    def save_trigger(self, trigger: Trigger) -> None:
        """Store a trigger; number 0 makes a new one."""
        values: tuple[SqlValue, ...] = (
            trigger.number or None,
            trigger.name,
            trigger.project,
            trigger.event,
            trigger.event_class,
            json.dumps(trigger.filters),
            trigger.script,
            trigger.description,
        )
        marks = ", ".join("?" * len(values))
        self._database.run(f"INSERT OR REPLACE INTO triggers ({_TRIGGER}) VALUES ({marks})", values)  # noqa: S608

    def delete_trigger(self, trigger: Trigger) -> None:
        """Remove a trigger."""
        self._database.run("DELETE FROM triggers WHERE number = ?", (trigger.number,))

    # --- templates ---

    def templates(self) -> dict[str, str]:
        """Return name -> JSON text of every template."""
        rows = self._database.rows("SELECT name, document FROM trigger_templates ORDER BY rowid")
        return {str(name): str(document) for name, document in rows}

    def put_template(self, name: str, document: str) -> None:
        """Store a template."""
        self._database.run("INSERT OR REPLACE INTO trigger_templates (name, document) VALUES (?, ?)", (name, document))

    def delete_template(self, name: str) -> None:
        """Remove a template."""
        self._database.run("DELETE FROM trigger_templates WHERE name = ?", (name,))


def _script(row: tuple[SqlValue, ...]) -> Script:
    version, number, identifier, label, description, language, content, created, modified = row
    texts = (str(language), str(content), str(created), str(modified))
    said = None if description is None else str(description)
    return Script(int(str(version)), int(str(number)), str(identifier), str(label), said, *texts)


def _trigger(row: tuple[SqlValue, ...]) -> Trigger:
    number, name, project, event, event_class, filters, script, description = row
    said = None if description is None else str(description)
    wanted = cast("Filters", json.loads(str(filters)))
    return Trigger(int(str(number)), str(name), str(project), str(event), str(event_class), wanted, str(script), said)
