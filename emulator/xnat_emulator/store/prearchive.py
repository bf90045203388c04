"""The prearchive: sessions that were received and are not archived yet, with their files and logs.

Moments in its rows are text as listings show it, ``2021-12-21 16:06:14.825`` (rest-data 12.1).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..datamodel.values import trim_fraction
from .blobs import Blob, Blobs
from .database import Database, SqlValue, utc_now
from .files import FileFacts
from .node import Node, decode, encode

UNASSIGNED = "Unassigned"
"""What a session without a project shows as its project, in paths too."""

STATUSES = frozenset(
    {"ARCHIVING", "BUILDING", "CONFLICT", "DELETING", "ERROR", "MOVING", "READY", "RECEIVING", "RECEIVING_INTERRUPT"}
    | {"SEPARATING", "QUEUED_ARCHIVING", "QUEUED_BUILDING", "QUEUED_DELETING", "QUEUED_MOVING", "QUEUED_SEPARATING"}
)
"""Statuses of a session; work in progress shows as one with a leading ``_`` (dicom-import 64)."""

LOCKS = frozenset(
    {"_ARCHIVING", "_BUILDING", "_CONFLICT", "_DELETING", "_MOVING", "_RECEIVING", "_RECEIVING_INTERRUPT"}
    | {"_SEPARATING"}
)

_TABLES = """
CREATE TABLE IF NOT EXISTS prearchive_sessions (
    row INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, timestamp TEXT NOT NULL, folder TEXT NOT NULL,
    name TEXT NOT NULL, subject TEXT NOT NULL, tag TEXT NOT NULL, status TEXT NOT NULL, scan_date TEXT NOT NULL,
    scan_time TEXT NOT NULL, uploaded TEXT NOT NULL, lastmod TEXT NOT NULL, autoarchive TEXT NOT NULL,
    prevent_anon INTEGER NOT NULL, prevent_auto_commit INTEGER NOT NULL, source TEXT NOT NULL,
    visit TEXT NOT NULL, protocol TEXT NOT NULL, timezone TEXT NOT NULL, document TEXT,
    UNIQUE (project, timestamp, folder));
CREATE INDEX IF NOT EXISTS prearchive_sessions_tag ON prearchive_sessions (tag);
CREATE TABLE IF NOT EXISTS prearchive_files (
    row INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL, scan TEXT NOT NULL, resource TEXT NOT NULL,
    path TEXT NOT NULL, blob TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL, crc INTEGER NOT NULL,
    format TEXT NOT NULL, content TEXT NOT NULL, description TEXT NOT NULL, tags TEXT NOT NULL, uid TEXT NOT NULL,
    instance INTEGER, created TEXT NOT NULL, UNIQUE (session, scan, resource, path));
CREATE TABLE IF NOT EXISTS prearchive_logs (
    row INTEGER PRIMARY KEY, session INTEGER NOT NULL, moment TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS prearchive_logs_session ON prearchive_logs (session);
"""

_COLUMNS = (
    "row, project, timestamp, folder, name, subject, tag, status, scan_date, scan_time, uploaded, lastmod, "
    "autoarchive, prevent_anon, prevent_auto_commit, source, visit, protocol, timezone, document"
)
_FILE_COLUMNS = (
    "row, session, scan, resource, path, blob, size, digest, crc, format, content, description, tags, uid, instance, "
    "created"
)
_TEXTS = tuple(
    name for name in _COLUMNS.split(", ") if name not in {"row", "prevent_anon", "prevent_auto_commit", "document"}
)
_ATTEMPTS = 3


class FolderTaken(ValueError):  # noqa: N818 - says what is the matter
    """A folder of this name is there already, and so are the names that would do instead."""


@dataclass(slots=True)
class PrearchiveSession:
    """One received session.

    Attributes:
        row: Internal number.
        project: Project ID, empty for an unassigned session.
        timestamp: Its timestamp folder, ``yyyyMMdd_HHmmssSSS``.
        folder: Its own folder.
        name: Session label.
        subject: Subject label.
        tag: Study Instance UID.
        status: One of ``STATUSES`` or ``LOCKS``.
        scan_date: Day of the study as listings show it, ``2006-12-14 00:00:00.0``.
        scan_time: Time of the study, ``09:12:06``.
        uploaded: When it was received, empty while it is not built.
        lastmod: When it was last changed.
        autoarchive: Empty, ``Manual``, ``AutoArchive`` or ``AutoArchiveOverwrite``.
        prevent_anon: It must not be anonymised.
        prevent_auto_commit: It must not be built or archived by itself.
        document: The built session with its scans and their file resources, None while it is not built.
    """

    row: int
    project: str
    timestamp: str
    folder: str
    name: str = ""
    subject: str = ""
    tag: str = ""
    status: str = "RECEIVING"
    scan_date: str = ""
    scan_time: str = ""
    uploaded: str = ""
    lastmod: str = ""
    autoarchive: str = ""
    prevent_anon: bool = False
    prevent_auto_commit: bool = False
    source: str = ""
    visit: str = ""
    protocol: str = ""
    timezone: str = ""
    document: Node | None = None

    @property
    def locked(self) -> bool:
        """Whether work on it goes on."""
        return self.status.startswith("_")


@dataclass(frozen=True, slots=True)
class PrearchiveFile:
    """One file of a received session.

    Attributes:
        session: Row of its session.
        scan: Scan id, empty for a resource of the session.
        resource: Label of its resource.
        path: Path below the resource.
        created: When it was stored, ISO text in UTC.
    """

    row: int
    session: int
    scan: str
    resource: str
    path: str
    blob: Blob
    facts: FileFacts
    created: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a session's log; ``number`` counts from 1 in each session, ``moment`` is ISO text in UTC."""

    number: int
    moment: str
    entry: str


def new_timestamp(moment: datetime | None = None) -> str:
    """Return a moment, by default the current one, as the name of a timestamp folder (dicom-import 58)."""
    when = moment or datetime.now(UTC)
    return f"{when:%Y%m%d_%H%M%S}{when.microsecond // 1000:03d}"


def moment_text(moment: str) -> str:
    """Return an ISO moment as the rows hold it."""
    return trim_fraction(datetime.fromisoformat(moment))


def uploaded_at(timestamp: str) -> str:
    """Return the moment that a timestamp folder names, empty for a name that is none (dicom-import 63)."""
    text = timestamp if len(timestamp) > len("20211221_160614") else f"{timestamp}000"
    try:
        return trim_fraction(datetime.strptime(f"{text}000", "%Y%m%d_%H%M%S%f"))
    except ValueError:
        return ""


def url_of(session: PrearchiveSession) -> str:
    """Return a session's address, without ``/data`` (rest-data 12.1)."""
    return f"/prearchive/projects/{session.project or UNASSIGNED}/{session.timestamp}/{session.folder}"


def folder_path(session: PrearchiveSession) -> str:
    """Return the server folder of a session; unassigned ones have no project folder (dicom-import 48)."""
    parts = [part for part in (session.project, session.timestamp, session.folder) if part]
    return "/".join(["/data/xnat/prearchive", *parts])


class Prearchive:
    """The tables of received sessions.

    Args:
        database: Where the rows are kept.
        blobs: Where the contents of files are kept.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self.blobs = blobs
        database.define(_TABLES)

    # --- sessions ---

    def add(self, project: str, folder: str, *, timestamp: str = "", **columns: str | bool) -> PrearchiveSession:
        """Return a new session; a folder that is there already gets a suffix, on its name too (dicom-import 60).

        Args:
            project: Project ID, empty for an unassigned session.
            folder: Wanted folder name.
            timestamp: Its timestamp folder; by default a new one.
            columns: Further attributes of the session; ``name`` is the folder by default.

        Raises:
            FolderTaken: The folder and three other names are there already.
        """
        stamp = timestamp or new_timestamp()
        with self._database.transaction():
            session = PrearchiveSession(0, project, stamp, folder, **{"name": folder, **columns})  # type: ignore[arg-type] # attributes of the session, by name
            for number in range(1, _ATTEMPTS + 2):
                if self.get(project, stamp, session.folder) is None:
                    return self._insert(session)
                session.folder, session.name = f"{session.folder}_{number}", f"{session.name}_{number}"
        raise FolderTaken(f"The prearchive has a session in {stamp}/{folder} already")

    def _insert(self, session: PrearchiveSession) -> PrearchiveSession:
        session.lastmod = moment_text(utc_now())
        names, values = _COLUMNS.removeprefix("row, "), _values(session)
        marks = ", ".join("?" * len(values))
        session.row = self._database.run(f"INSERT INTO prearchive_sessions ({names}) VALUES ({marks})", values)  # noqa: S608
        return session

    def _select(self, where: str, parameters: Sequence[SqlValue]) -> list[PrearchiveSession]:
        sql = f"SELECT {_COLUMNS} FROM prearchive_sessions WHERE {where} ORDER BY row"  # noqa: S608
        return [_session(row) for row in self._database.rows(sql, parameters)]

    def by_row(self, row: int) -> PrearchiveSession | None:
        """Return a session by its internal number."""
        return next(iter(self._select("row = ?", (row,))), None)

    def get(self, project: str, timestamp: str, folder: str) -> PrearchiveSession | None:
        """Return the session of an address; project is empty for an unassigned one."""
        where = "project = ? AND timestamp = ? AND folder = ?"
        return next(iter(self._select(where, (project, timestamp, folder))), None)

    def all(self, projects: Sequence[str] | None = None) -> list[PrearchiveSession]:
        """Return the sessions of some projects (``""`` for unassigned ones), of all without an argument."""
        if projects is None:
            return self._select("1", ())
        return self._select(f"project IN ({', '.join('?' * len(projects))})", projects)

    def by_study(self, project: str, uid: str, name: str = "") -> list[PrearchiveSession]:
        """Return the sessions of a project with a Study Instance UID, only those of a name when one is given."""
        return self._select("project = ? AND tag = ? AND (? = '' OR name = ?)", (project, uid, name, name))

    def by_tag(self, uid: str) -> list[PrearchiveSession]:
        """Return the sessions with a Study Instance UID in every project."""
        return self._select("tag = ?", (uid,))

    def save(self, session: PrearchiveSession) -> None:
        """Store a changed session with a new moment of change."""
        session.lastmod = moment_text(utc_now())
        sets = ", ".join(f"{name} = ?" for name in _COLUMNS.removeprefix("row, ").split(", "))
        self._database.run(f"UPDATE prearchive_sessions SET {sets} WHERE row = ?", (*_values(session), session.row))  # noqa: S608

    def remove(self, session: PrearchiveSession, *, keep_contents: bool = False) -> None:
        """Remove a session with its files and logs.

        Args:
            session: Which.
            keep_contents: The blobs stay: they belong to the archive now.
        """
        with self._database.transaction():
            if keep_contents:
                self._database.run("DELETE FROM prearchive_files WHERE session = ?", (session.row,))
            self.remove_files(session)
            self._database.run("DELETE FROM prearchive_logs WHERE session = ?", (session.row,))
            self._database.run("DELETE FROM prearchive_sessions WHERE row = ?", (session.row,))

    # --- files ---

    def files(
        self, session: PrearchiveSession, scan: str | None = None, resource: str | None = None
    ) -> list[PrearchiveFile]:
        """Return the files of a session, oldest first, only those of a scan or a resource when they are given."""
        where, parameters = _chosen(session, scan, resource, None)
        sql = f"SELECT {_FILE_COLUMNS} FROM prearchive_files WHERE {where} ORDER BY row"  # noqa: S608
        return [_file(row) for row in self._database.rows(sql, parameters)]

    def file(self, session: PrearchiveSession, scan: str, resource: str, path: str) -> PrearchiveFile | None:
        """Return one file of a session."""
        where, parameters = _chosen(session, scan, resource, path)
        found = self._database.rows(f"SELECT {_FILE_COLUMNS} FROM prearchive_files WHERE {where}", parameters)  # noqa: S608
        return _file(found[0]) if found else None

    def put_file(  # noqa: PLR0917 - the place of a file has three parts
        self, session: PrearchiveSession, scan: str, resource: str, path: str, blob: Blob, facts: FileFacts
    ) -> bool:
        """Enter a file whose contents are stored; return False when it replaces one of the same path."""
        with self._database.transaction():
            fresh = self.remove_files(session, scan, resource, path) == 0
            place: tuple[SqlValue, ...] = (session.row, scan, resource, path)
            stored: tuple[SqlValue, ...] = (blob.name, blob.size, blob.digest, blob.crc)
            said: tuple[SqlValue, ...] = (facts.format, facts.content, facts.description, json.dumps(facts.tags))
            values = (*place, *stored, *said, facts.uid, facts.instance, utc_now())
            names, marks = _FILE_COLUMNS.removeprefix("row, "), ", ".join("?" * len(values))
            self._database.run(f"INSERT INTO prearchive_files ({names}) VALUES ({marks})", values)  # noqa: S608
        return fresh

    def move_file(self, file: PrearchiveFile, scan: str, resource: str, path: str) -> None:
        """Give a stored file another place in its session; its contents stay where they are."""
        sql = "UPDATE prearchive_files SET scan = ?, resource = ?, path = ? WHERE row = ?"
        self._database.run(sql, (scan, resource, path, file.row))

    def note_file(self, file: PrearchiveFile, facts: FileFacts) -> None:
        """Store other facts about a file."""
        sql = (
            "UPDATE prearchive_files SET format = ?, content = ?, description = ?, tags = ?, uid = ?, instance = ? "
            "WHERE row = ?"
        )
        said: tuple[SqlValue, ...] = (facts.format, facts.content, facts.description, json.dumps(facts.tags))
        self._database.run(sql, (*said, facts.uid, facts.instance, file.row))

    def remove_files(
        self,
        session: PrearchiveSession,
        scan: str | None = None,
        resource: str | None = None,
        path: str | None = None,
    ) -> int:
        """Remove the files of a session that lie at a place, all without one; return how many there were."""
        where, parameters = _chosen(session, scan, resource, path)
        with self._database.transaction():
            found = self._database.rows(f"SELECT blob FROM prearchive_files WHERE {where}", parameters)  # noqa: S608
            self._database.run(f"DELETE FROM prearchive_files WHERE {where}", parameters)  # noqa: S608
            for (name,) in found:
                self._forget(str(name))
        return len(found)

    def _forget(self, blob: str) -> None:
        self._database.after_commit(lambda: self.blobs.remove(blob))

    # --- logs ---

    def log(self, session: PrearchiveSession, entry: str) -> None:
        """Add a line to a session's log."""
        sql = "INSERT INTO prearchive_logs (session, moment, entry) VALUES (?, ?, ?)"
        self._database.run(sql, (session.row, utc_now(), entry))

    def logs(self, session: PrearchiveSession) -> list[LogEntry]:
        """Return a session's log, oldest first."""
        sql = "SELECT moment, entry FROM prearchive_logs WHERE session = ? ORDER BY row"
        found = self._database.rows(sql, (session.row,))
        return [LogEntry(number, str(moment), str(entry)) for number, (moment, entry) in enumerate(found, 1)]


def _chosen(
    session: PrearchiveSession, scan: str | None, resource: str | None, path: str | None
) -> tuple[str, tuple[SqlValue, ...]]:
    """Return the condition of the files at a place, with its parameters."""
    named = {"scan": scan, "resource": resource, "path": path}
    wanted = {name: value for name, value in named.items() if value is not None}
    return " AND ".join(["session = ?", *(f"{name} = ?" for name in wanted)]), (session.row, *wanted.values())


def _values(session: PrearchiveSession) -> tuple[SqlValue, ...]:
    document = None if session.document is None else encode(session.document)
    identity: tuple[SqlValue, ...] = (session.project, session.timestamp, session.folder, session.name)
    study: tuple[SqlValue, ...] = (session.subject, session.tag, session.status, session.scan_date, session.scan_time)
    flags: tuple[SqlValue, ...] = (session.autoarchive, int(session.prevent_anon), int(session.prevent_auto_commit))
    said: tuple[SqlValue, ...] = (session.source, session.visit, session.protocol, session.timezone)
    return (*identity, *study, session.uploaded, session.lastmod, *flags, *said, document)


def _session(row: tuple[SqlValue, ...]) -> PrearchiveSession:
    facts: dict[str, SqlValue] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    document = facts["document"]
    return PrearchiveSession(
        row=int(str(facts["row"])),
        prevent_anon=bool(facts["prevent_anon"]),
        prevent_auto_commit=bool(facts["prevent_auto_commit"]),
        document=None if document is None else decode(str(document)),
        **{name: str(facts[name]) for name in _TEXTS},
    )


def _file(row: tuple[SqlValue, ...]) -> PrearchiveFile:
    number, session, scan, resource, path, blob, size, digest, crc, *described = row
    form, content, description, tags, uid, instance, created = described
    number_of_instance = None if instance is None else int(str(instance))
    said = (str(form), str(content), str(description), tuple(json.loads(str(tags))))
    return PrearchiveFile(
        row=int(str(number)),
        session=int(str(session)),
        scan=str(scan),
        resource=str(resource),
        path=str(path),
        blob=Blob(str(blob), int(str(size)), str(digest), int(str(crc))),
        facts=FileFacts(*said, str(uid), number_of_instance),
        created=str(created),
    )
