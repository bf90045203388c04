"""Building, moving and deleting received sessions, and their statuses on the way (dicom-import 63 to 67)."""

from __future__ import annotations

from collections.abc import Container

from ..errors import StatusError
from ..store.archive import Archive
from ..store.node import Node
from ..store.prearchive import LOCKS, UNASSIGNED, PrearchiveSession, folder_path, moment_text, uploaded_at

_STARTED = frozenset({"BUILDING", "MOVING", "DELETING", "SEPARATING", "ARCHIVING"})
"""Statuses of sessions that somebody is about to work on."""


def claim(archive: Archive, row: int, status: str, *, override_lock: bool = False) -> PrearchiveSession | None:
    """Give a session another status; return None when it is gone, or when work on it goes on."""
    with archive.transaction():
        session = archive.prearchive.by_row(row)
        if session is None or (session.locked and not override_lock):
            return None
        session.status = status
        archive.prearchive.save(session)
        return session


def fail(archive: Archive, row: int, error: Exception) -> None:
    """Unlock a session that work failed on: a conflict when the cause is one, else an error, told in its log."""
    with archive.transaction():
        session = archive.prearchive.by_row(row)
        if session is None:
            return
        session.status = "CONFLICT" if isinstance(error, StatusError) and error.status == 409 else "ERROR"
        archive.prearchive.save(session)
        archive.prearchive.log(session, error.message if isinstance(error, StatusError) else type(error).__name__)


def build(archive: Archive, session: PrearchiveSession) -> None:
    """Build a session from its files; it is brought up to date and ends as ``READY`` or ``ERROR``.

    Raises:
        StatusError: 409, other work on it goes on; 404, it is gone.
    """
    from ..imports.build import build as build_document  # noqa: PLC0415 - reads DICOM, which start-up must not load

    build_document(archive, session)


def reset(archive: Archive, session: PrearchiveSession) -> None:
    """Take a session's row from its document (dicom-import 63).

    Without a document it is still receiving; with one that has an ID, it is being archived; else it is ready.
    """
    session.uploaded = uploaded_at(session.timestamp)
    if session.document is None:
        session.status = "RECEIVING"
    else:
        _read(session, session.document)
        session.status = "ARCHIVING" if session.document.text("ID") else "READY"
    archive.prearchive.save(session)


def _read(session: PrearchiveSession, document: Node) -> None:
    session.subject = document.text("subject_ID") or document.text("dcmPatientName")
    session.name = document.text("label") or document.text("dcmPatientId") or session.folder
    session.tag = document.text("UID") or session.tag
    session.scan_time = document.text("time")
    day = document.text("date")
    session.scan_date = moment_text(day) if day else ""


def move(archive: Archive, session: PrearchiveSession, project: str) -> None:
    """Move a session to another project, empty for none; its timestamp and folder stay.

    Raises:
        StatusError: 409, that project has a session of the same address.
    """
    with archive.transaction():
        found = archive.prearchive.get(project, session.timestamp, session.folder)
        if found is not None and found.row != session.row:
            raise StatusError(
                409, f"{project or UNASSIGNED} has a session {session.timestamp}/{session.folder} already"
            )
        session.project = project
        if session.document is not None:
            _assign(session, session.document)
        session.status = "RECEIVING" if session.document is None else "READY"
        archive.prearchive.save(session)


def _assign(session: PrearchiveSession, document: Node) -> None:
    """Write the project and the folder of a moved session into its document."""
    for node in (document, *document.children.get("scans/scan", ())):
        if "project" in node.values or node is document:
            node.values["project"] = session.project
        if not session.project:
            node.values.pop("project", None)
    if "prearchivePath" in document.values:
        document.values["prearchivePath"] = folder_path(session)


def unlock(archive: Archive, promised: Container[int]) -> None:
    """Free sessions that a server was working on when it was stopped, as their documents say.

    Args:
        archive: The archive.
        promised: Rows of sessions that something is still to be done with; what they wait for stays.
    """
    with archive.transaction():
        for session in archive.prearchive.all():
            forgotten = session.status.startswith("QUEUED_") and session.row not in promised
            if session.status in LOCKS | _STARTED or forgotten:
                reset(archive, session)
