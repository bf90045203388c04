"""Files of resources: rows of a catalog, their contents kept apart."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from .blobs import Blob, Blobs
from .change import Change
from .database import Database, SqlValue, utc_now

_COLUMNS = (
    "row, resource, path, blob, size, digest, crc, format, content, description, tags, "
    "created, created_by, event, uid, instance"
)

TABLES = """
CREATE TABLE IF NOT EXISTS loose_files (
    row INTEGER PRIMARY KEY, resource INTEGER NOT NULL, path TEXT NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL,
    digest TEXT NOT NULL, crc INTEGER NOT NULL, UNIQUE (resource, path));
"""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What an upload says about a file besides its contents.

    Attributes:
        format: Format name such as ``DICOM``.
        content: Content name such as ``RAW``.
        description: Free text.
        tags: Tags, ``name=value`` for named ones.
        uid: SOP instance UID of an archived DICOM file.
        instance: Instance number of an archived DICOM file.
    """

    format: str = ""
    content: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    uid: str = ""
    instance: int | None = None


@dataclass(frozen=True, slots=True)
class FileRow:
    """One catalog entry.

    Attributes:
        resource: Row of its resource.
        path: Path below the resource, ``/`` between folders.
        blob: Name, size in bytes and MD5 of the contents.
        created: When it was stored, ISO text in UTC.
        created_by: Login of who stored it.
        event: Event that stored it.
    """

    row: int
    resource: int
    path: str
    blob: Blob
    facts: FileFacts
    created: str
    created_by: str
    event: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Files:
    """The table of files.

    Args:
        database: Where the rows are kept.
        blobs: Where the contents are kept.

    Attributes:
        checksums: Files get their MD5 when they are entered; a site can do without (rest-data 10.3.2).
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        database.define(TABLES)
        self._database = database
        self.blobs = blobs
        self.checksums = True

    def of(self, resource: int) -> list[FileRow]:
        """Return the files of a resource, oldest first."""
        sql = f"SELECT {_COLUMNS} FROM files WHERE resource = ? ORDER BY row"  # noqa: S608
        return [_row(row) for row in self._database.rows(sql, (resource,))]

    def get(self, resource: int, path: str) -> FileRow | None:
        """Return one file of a resource by its exact path."""
        sql = f"SELECT {_COLUMNS} FROM files WHERE resource = ? AND path = ?"  # noqa: S608
        found = self._database.rows(sql, (resource, path))
        return _row(found[0]) if found else None

    def put(self, resource: int, path: str, blob: Blob, facts: FileFacts, change: Change) -> None:
        """Enter a file whose contents are stored, in the place of one that has the same path."""
        previous = self.get(resource, path)
        if previous is not None:
            self.remove(previous)
        self._drop_loose(resource, path)
        digest = blob.digest if self.checksums else ""
        stored: tuple[SqlValue, ...] = (resource, path, blob.name, blob.size, digest, blob.crc)
        said: tuple[SqlValue, ...] = (facts.format, facts.content, facts.description, json.dumps(facts.tags))
        origin: tuple[SqlValue, ...] = (utc_now(), change.login, change.event, facts.uid, facts.instance)
        values = (*stored, *said, *origin)
        names = _COLUMNS.removeprefix("row, ")
        marks = ", ".join("?" * len(values))
        self._database.run(f"INSERT INTO files ({names}) VALUES ({marks})", values)  # noqa: S608

    def remove(self, file: FileRow) -> None:
        """Remove a file; its contents go when the running change is stored."""
        self._database.run("DELETE FROM files WHERE row = ?", (file.row,))
        self._forget(file.blob.name)

    def unlist(self, file: FileRow) -> None:
        """Take a file out of its catalog and leave it in its folder (rest-data 8.2)."""
        self._database.run("DELETE FROM files WHERE row = ?", (file.row,))
        self._drop_loose(file.resource, file.path)
        blob = file.blob
        sql = "INSERT INTO loose_files (resource, path, blob, size, digest, crc) VALUES (?, ?, ?, ?, ?, ?)"
        self._database.run(sql, (file.resource, file.path, blob.name, blob.size, blob.digest, blob.crc))

    def loose(self, resource: int) -> list[tuple[str, Blob]]:
        """Return path and contents of what lies in a resource's folder and not in its catalog."""
        sql = "SELECT path, blob, size, digest, crc FROM loose_files WHERE resource = ? ORDER BY row"
        rows = self._database.rows(sql, (resource,))
        return [(str(row[0]), Blob(str(row[1]), int(str(row[2])), str(row[3]), int(str(row[4])))) for row in rows]

    def relist(self, resource: int, change: Change) -> None:
        """Enter everything that lies in a resource's folder into its catalog."""
        found = self.loose(resource)
        self._database.run("DELETE FROM loose_files WHERE resource = ?", (resource,))
        for path, blob in found:
            self.put(resource, path, blob, FileFacts(), change)

    def _drop_loose(self, resource: int, path: str) -> None:
        same = "FROM loose_files WHERE resource = ? AND path = ?"
        for (name,) in self._database.rows(f"SELECT blob {same}", (resource, path)):
            self._forget(str(name))
        self._database.run(f"DELETE {same}", (resource, path))

    def clear(self, resource: int) -> None:
        """Remove everything a resource holds, listed or not."""
        for file in self.of(resource):
            self.remove(file)
        for path, _ in self.loose(resource):
            self._drop_loose(resource, path)

    def digest(self, file: FileRow, digest: str) -> FileRow:
        """Write the MD5 of a file that has none yet, and return the file with it."""
        self._database.run("UPDATE files SET digest = ? WHERE row = ?", (digest, file.row))
        return replace(file, blob=replace(file.blob, digest=digest))

    def _forget(self, name: str) -> None:
        self._database.after_commit(lambda: self.blobs.remove(name))

    def totals(self, resource: int) -> tuple[int, int]:
        """Return the number of files of a resource and their bytes."""
        sql = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM files WHERE resource = ?"
        count, size = self._database.rows(sql, (resource,))[0]
        return int(str(count)), int(str(size))


def _row(row: tuple[SqlValue, ...]) -> FileRow:
    number, resource, path, blob, size, digest, crc, *described = row
    form, content, description, tags, created, login, event, uid, instance = described
    return FileRow(
        row=int(str(number)),
        resource=int(str(resource)),
        path=str(path),
        blob=Blob(str(blob), int(str(size)), str(digest), int(str(crc))),
        facts=FileFacts(
            str(form),
            str(content),
            str(description),
            tuple(json.loads(str(tags))),
            str(uid),
            None if instance is None else int(str(instance)),
        ),
        created=str(created),
        created_by=str(login),
        event=int(str(event)),
    )
