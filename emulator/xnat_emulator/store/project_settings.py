"""What a project is set to beside its fields: who sees it, and how it archives (rest-data 7.3, 9.4)."""

from __future__ import annotations

from .database import Database
from .settings import Settings

ACCESS_LEVELS = ("private", "protected", "public")

_TABLES = """
CREATE TABLE IF NOT EXISTS project_settings (
    project TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (project, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS project_settings_value ON project_settings (name, value);
"""
_DEFAULTS = {"accessibility": "private", "quarantine_code": "0", "current_arc": "arc001", "scan_type_mapping": "true"}


class ProjectSettings:
    """The table of settings: ``accessibility``, ``quarantine_code``, ``prearchive_code``, ``current_arc``, ..."""

    def __init__(self, database: Database, site: Settings) -> None:
        self._database = database
        self._site = site
        database.define(_TABLES)

    def get(self, project: str, name: str) -> str:
        """Return a setting of a project as text: what was set, else what projects start with."""
        sql = "SELECT value FROM project_settings WHERE project = ? AND name = ?"
        rows = self._database.rows(sql, (project, name))
        if rows:
            return str(rows[0][0])
        if name == "prearchive_code":
            return self._site.text("defaultProjectAutoArchiveSetting")
        return _DEFAULTS.get(name, "")

    def code(self, project: str, name: str) -> int:
        """Return a setting that is a number, such as ``prearchive_code``: 4 and 5 archive by themselves."""
        return int(self.get(project, name) or "0")

    def put(self, project: str, name: str, value: str) -> None:
        """Set something."""
        sql = "INSERT OR REPLACE INTO project_settings (project, name, value) VALUES (?, ?, ?)"
        self._database.run(sql, (project, name, value))

    def accessibility(self, project: str) -> str:
        """Return ``private``, ``protected`` or ``public``."""
        return self.get(project, "accessibility")

    def open_projects(self) -> dict[str, str]:
        """Return the protected and public projects with their level."""
        sql = "SELECT project, value FROM project_settings WHERE name = 'accessibility' AND value <> 'private'"
        return {str(project): str(level) for project, level in self._database.rows(sql)}

    def forget(self, project: str) -> None:
        """Remove the settings of a deleted project."""
        self._database.run("DELETE FROM project_settings WHERE project = ?", (project,))
