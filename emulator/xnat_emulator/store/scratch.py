"""Folders of files outside of the archive: the cache of each user, and what waits for a project's triage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .blobs import Blob, Blobs
from .database import Database, SqlValue, utc_now

TABLES = """
CREATE TABLE IF NOT EXISTS scratch_folders (
    row INTEGER PRIMARY KEY, place TEXT NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL, UNIQUE (place, name));
CREATE TABLE IF NOT EXISTS scratch_files (
    row INTEGER PRIMARY KEY, folder INTEGER NOT NULL, path TEXT NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    digest TEXT NOT NULL, crc INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (folder, path));
"""
_COLUMNS = "row, path, blob, size, digest, crc, created"


@dataclass(frozen=True, slots=True)
class ScratchFolder:
    """One folder.

    Attributes:
        place: Whose it is, as ``cache_of`` and ``triage_of`` say it.
        facts: What was said when files came in, such as where they shall go.
    """

    row: int
    place: str
    name: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScratchFile:
    """One file of a folder.

    Attributes:
        path: Path below the folder, ``/`` between folders.
        created: When it was stored, ISO text in UTC.
    """

    row: int
    path: str
    blob: Blob
    created: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def cache_of(login: str) -> str:
    """Return the place of a user's cache."""
    return f"user/{login}"


def triage_of(project: str) -> str:
    """Return the place of what waits for a project's triage."""
    return f"triage/{project}"


class Scratch:
    """The folders of every place.

    Args:
        database: Where the rows are kept.
        blobs: Where the contents are kept.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        database.define(TABLES)
        self._database = database
        self._blobs = blobs

    def folders(self, place: str) -> list[ScratchFolder]:
        """Return the folders of a place, by name."""
        sql = "SELECT row, place, name, facts FROM scratch_folders WHERE place = ? ORDER BY name"
        return [_folder(row) for row in self._database.rows(sql, (place,))]

    def folder(self, place: str, name: str) -> ScratchFolder | None:
        """Return one folder."""
        sql = "SELECT row, place, name, facts FROM scratch_folders WHERE place = ? AND name = ?"
        rows = self._database.rows(sql, (place, name))
        return _folder(rows[0]) if rows else None

    def make(self, place: str, name: str, facts: Mapping[str, str] | None = None) -> ScratchFolder:
        """Return a folder, made when missing; facts replace those it had."""
        sql = "INSERT OR IGNORE INTO scratch_folders (place, name, facts) VALUES (?, ?, '{}')"
        self._database.run(sql, (place, name))
        if facts is not None:
            update = "UPDATE scratch_folders SET facts = ? WHERE place = ? AND name = ?"
            self._database.run(update, (json.dumps(dict(facts)), place, name))
        found = self.folder(place, name)
        assert found is not None  # noqa: S101 - it was just made, under the caller's transaction
        return found

    def files(self, folder: ScratchFolder) -> list[ScratchFile]:
        """Return the files of a folder, by path."""
        sql = f"SELECT {_COLUMNS} FROM scratch_files WHERE folder = ? ORDER BY path"  # noqa: S608
        return [_file(row) for row in self._database.rows(sql, (folder.row,))]

    def file(self, place: str, name: str, path: str) -> ScratchFile | None:
        """Return one file by its folder's name and its exact path."""
        folder = self.folder(place, name)
        if folder is None:
            return None
        sql = f"SELECT {_COLUMNS} FROM scratch_files WHERE folder = ? AND path = ?"  # noqa: S608
        rows = self._database.rows(sql, (folder.row, path))
        return _file(rows[0]) if rows else None

    def put(self, folder: ScratchFolder, path: str, blob: Blob) -> None:
        """Enter a file whose contents are stored, in the place of one that has the same path."""
        self.remove_files([file for file in self.files(folder) if file.path == path])
        values: tuple[SqlValue, ...] = (folder.row, path, blob.name, blob.size, blob.digest, blob.crc, utc_now())
        sql = "INSERT INTO scratch_files (folder, path, blob, size, digest, crc, created) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._database.run(sql, values)

    def remove_files(self, files: Sequence[ScratchFile], *, keep_contents: bool = False) -> None:
        """Remove files; their contents go when the running change is stored, unless they went somewhere else."""
        for file in files:
            self._database.run("DELETE FROM scratch_files WHERE row = ?", (file.row,))
            if not keep_contents:
                self._forget(file.blob.name)

    def _forget(self, name: str) -> None:
        self._database.after_commit(lambda: self._blobs.remove(name))

    def remove(self, folder: ScratchFolder) -> None:
        """Remove a folder with its files."""
        self.remove_files(self.files(folder))
        self._database.run("DELETE FROM scratch_folders WHERE row = ?", (folder.row,))


def _folder(row: tuple[SqlValue, ...]) -> ScratchFolder:
    number, place, name, facts = row
    return ScratchFolder(int(str(number)), str(place), str(name), json.loads(str(facts)))


def _file(row: tuple[SqlValue, ...]) -> ScratchFile:
    number, path, blob, size, digest, crc, created = row
    stored = Blob(str(blob), int(str(size)), str(digest), int(str(crc)))
    return ScratchFile(int(str(number)), str(path), stored, str(created))
