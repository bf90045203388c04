"""The preferences of a site: a key, and a JSON value that was set or that stock servers start with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from .database import Database
from .node import JsonValue

_TABLES = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"

DEFAULTS: Mapping[str, JsonValue] = {
    "siteId": "XNAT",
    "requireLogin": True,
    "restrictUserListAccessToAdmins": False,
    "uiAllowNonAdminProjectCreation": True,
    "enableCsrfToken": True,
    "sessionTimeout": "15 minutes",
    "aliasTokenTimeout": "2 days",
    "concurrentMaxSessions": 1000,
    "defaultProjectAutoArchiveSetting": 4,
    "dicomFileNameTemplate": (
        "${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}"
    ),
    "separateSecondaryDicomOnArchive": True,
    "useSopInstanceUidToUniquelyIdentifyDicom": True,
    "uiDefaultCompressedUploaderImporter": "DICOM-zip",
    "dumpImageTypes": "DICOM, secondary",
    "zipExtensions": "zip,jar,rar,ear,gar,mrb",
    "defaultToSortedListings": True,
    "enableSitewideAnonymizationScript": False,
    "rerunProjectAnonOnRename": False,
}
"""What a stock server starts with (rest-data 2.1.8 to 2.8, 7.3, 10.3, 13.2, 14, 20; dicom-import 52, 72, 80, 93)."""


class Settings:
    """The stored preferences; what was never set has its default."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def get(self, name: str, default: JsonValue = None) -> JsonValue:
        """Return a preference: what was set, else what a stock server starts with, else ``default``."""
        rows = self._database.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return cast("JsonValue", json.loads(str(rows[0][0]))) if rows else DEFAULTS.get(name, default)

    def text(self, name: str) -> str:
        """Return a preference as text, empty when there is none."""
        value = self.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Tell whether a preference is on; text counts as its meaning."""
        return str(self.get(name, default=False)).lower() == "true"

    def has(self, name: str) -> bool:
        """Tell whether there is such a preference at all."""
        return self.get(name) is not None

    def all(self) -> dict[str, JsonValue]:
        """Return every preference by name."""
        stored = self._database.rows("SELECT name, value FROM settings ORDER BY name")
        return {**DEFAULTS, **{str(name): cast("JsonValue", json.loads(str(value))) for name, value in stored}}

    def set(self, name: str, value: JsonValue) -> None:
        """Store a preference."""
        text = json.dumps(value, ensure_ascii=False)
        sql = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._database.run(sql, (name, text))
