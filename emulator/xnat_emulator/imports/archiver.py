"""Archiving received sessions: who and where, what stands against it, and the statuses (dicom-import sections 1, 7, 9).

Everything happens in one transaction: a session is archived whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from .. import populate
from ..address import project_named
from ..call import Call, Pairs
from ..datamodel.values import Value
from ..dicom.routing import archived_label
from ..errors import StatusError
from ..permissions import require_in
from ..store.archive import Archive
from ..store.change import Change
from ..store.events import EventFacts
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch, merge
from ..store.prearchive import PrearchiveSession
from . import claims
from .build import build
from .build import copy as copy_row
from .checks import Candidate, Notice, notices
from .merging import store_session
from .options import ArchiveOptions
from .scantypes import describe_scans

__all__ = ["ArchiveOptions", "archive_session", "as_commit_failure", "validate_session"]

_BUSY = "Operation already in progress on this prearchive entry."
_OPEN = frozenset({"queued", "running", "in progress", "pending", "awaiting action"})
_DISCOURAGED = "Concurrent modification is discouraged."
_SUBJECT_FIELDS = ("subject_ID", "dcmPatientName")


def archive_session(call: Call, session: PrearchiveSession, options: ArchiveOptions) -> str:
    """Move a received session into the archive and return its address, ``/data/archive/projects/P/subjects/S/...``.

    A session that is not built is built first. On a refusal the row shows CONFLICT or ERROR, with a line in its log.

    Args:
        call: The request; its user must be allowed to create sessions in the project.
        session: Which session.
        options: How.

    Raises:
        StatusError: 404, the session is gone; 403, other work on it goes on, or no right; 400, it has no project, no
            label or no subject, or its files are not in order; 409, it clashes with an archived one; 423, another
            session is being archived under its label.
    """
    _require_idle(call.archive, session)
    try:
        if session.document is None or session.status.startswith("RECEIVING"):
            _build(call.archive, session)
        with claims.claim(call.archive, options.project or session.project, _claimed(session, options)):
            return _archive(call, session, options)
    except StatusError as refusal:
        _note_failure(call.archive, session, refusal)
        raise
    except Exception:
        _note_failure(call.archive, session, StatusError(500))
        raise


def _claimed(session: PrearchiveSession, options: ArchiveOptions) -> str:
    return archived_label(options.label or session.name or session.folder)


def as_commit_failure(session: PrearchiveSession, refusal: StatusError) -> StatusError:
    """Return how a refusal shows where a single session is archived: always 500 (dicom-import 90)."""
    reason = f"FAILED: Unable to archive {session.folder}: Operation Failed: {refusal.message}"
    return StatusError(500, reason)


def _require_idle(archive: Archive, session: PrearchiveSession) -> None:
    current = archive.prearchive.by_row(session.row)
    if current is None:
        raise StatusError(404, "Unknown prearchive session.")
    copy_row(current, session)
    if session.locked or session.status == "ARCHIVING":
        raise StatusError(403, _BUSY)


def _build(archive: Archive, session: PrearchiveSession) -> None:
    build(archive, session)
    if session.document is None or session.status == "ERROR":
        entries = archive.prearchive.logs(session)
        raise StatusError(400, entries[-1].entry if entries else "The session cannot be built")


def _note_failure(archive: Archive, session: PrearchiveSession, refusal: StatusError) -> None:
    """Let the row show what became of it: CONFLICT for what clashes, else ERROR (dicom-import 65)."""
    if refusal.status in {403, 404, 423}:
        return
    with archive.transaction():
        current = archive.prearchive.by_row(session.row)
        if current is None or current.locked:
            return
        session.status = "CONFLICT" if refusal.status == 409 else "ERROR"
        current.status = session.status
        archive.prearchive.save(current)
        archive.prearchive.log(current, refusal.message)


# --- the move ---


def _archive(call: Call, session: PrearchiveSession, options: ArchiveOptions) -> str:
    archive = call.archive
    with archive.transaction():
        _require_idle(archive, session)
        project = _project(call, session, options)
        one = _candidate(archive, session, options, project)
        require_in(call, "create", project.id, one.node.xsi_type)
        for notice in notices(archive, one, merge=options.merge, overwrite_files=options.overwrite_files):
            _stop(notice, options)
        if one.existing is not None and not options.override:
            _require_done(archive, one.existing)
        change = _event(call, one, options)
        describe_scans(archive, project.id, one.scans)
        subject = one.subject or _new_subject(call, project, one, change)
        stored = store_session(archive, replace(one, subject=subject), change)
        if options.quarantine or archive.project_settings.code(project.id, "quarantine_code"):
            stored.status = "quarantine"
            archive.update(stored, Patch(), change)
        archive.prearchive.remove(session, keep_contents=True)
    return address_of(project, subject, stored)


def address_of(project: Item, subject: Item, session: Item) -> str:
    """Return the address of an archived session by its labels, not its IDs (dicom-import 86)."""
    names = [quote(name, safe="") for name in (project.id, subject.label_in(project.id), session.label)]
    return "/data/archive/projects/{}/subjects/{}/experiments/{}".format(*names)


def _stop(notice: Notice, options: ArchiveOptions) -> None:
    if notice.kind == "FAIL" or (notice.kind == "CONFLICT" and not options.override):
        raise StatusError(notice.status, notice.text)


def _require_done(archive: Archive, existing: Item) -> None:
    """Refuse to touch a session that something works on, as its workflows say (dicom-import 78)."""
    for node in archive.workflows.all():
        if node.text("ID") == existing.id and node.text("status").lower() in _OPEN:
            name = node.text("pipeline_name")
            raise StatusError(409, f"Session processing may already be in progress: {name}. {_DISCOURAGED}")


def _project(call: Call, session: PrearchiveSession, options: ArchiveOptions) -> Item:
    if not session.project:
        raise StatusError(400, "Cannot archive sessions from the Unassigned folder.")
    found = project_named(call, options.project or session.project)
    if found is None:
        raise StatusError(400, "unable to identify destination project")
    return found


def _event(call: Call, one: Candidate, options: ArchiveOptions) -> Change:
    """Return the event of the change: a transfer for a new session, a merge for one that exists (dicom-import 75)."""
    action = "Merged" if one.existing is not None else "Transferred"
    return call.archive.change(call.login, EventFacts("PROCESS", action, options.reason))


def _candidate(archive: Archive, session: PrearchiveSession, options: ArchiveOptions, project: Item) -> Candidate:
    node = (session.document or Node("xnat:imageSessionData")).copy()
    patch = populate.patch_of(archive.model, node.xsi_type, _paths(options.pairs))
    merge(archive.model, node, patch)
    label = _label(session, node, options, patch)
    name = _subject_name(node, options)
    if not name:
        raise StatusError(400, "unable to identify subject")
    node.values.update({"label": label, "subject_ID": name, "project": project.id})
    subject = find_subject(archive, project.id, name)
    files = archive.prearchive.files(session)
    existing = archive.items.by_label("experiment", project.id, label)
    return Candidate(project.id, label, subject, node, files, existing)


def _paths(pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Yield the schema paths of a request that may change a session."""
    return ((key, value) for key, value in pairs if ":" in key and "/" in key)


def note_paths(archive: Archive, session: PrearchiveSession, pairs: Pairs) -> None:
    """Copy the schema paths of a request into the document of a received session (dicom-import 7)."""
    with archive.transaction():
        if session.document is not None and session.status == "READY" and archive.prearchive.by_row(session.row):
            merge(
                archive.model,
                session.document,
                populate.patch_of(archive.model, session.document.xsi_type, _paths(pairs)),
            )
            archive.prearchive.save(session)


def _label(session: PrearchiveSession, node: Node, options: ArchiveOptions, patch: Patch) -> str:
    """Return the label, by the order of dicom-import 12.

    Raises:
        StatusError: 400, nothing names the session.
    """
    said = dict(reversed(options.pairs))
    wanted = (options.label, patch.text("label"), said.get("EXPT_LABEL"), said.get("label"), node.text("label"))
    found = next((text for text in (*wanted, session.folder, node.text("ID")) if text and text.strip()), "")
    if not found:
        raise StatusError(400, "unable to deduce session label")
    return archived_label(found)


def _subject_name(node: Node, options: ArchiveOptions) -> str:
    wanted = (options.subject, *(node.text(name) for name in _SUBJECT_FIELDS))
    return archived_label(next((text for text in wanted if text.strip()), ""))


def find_subject(archive: Archive, project: str, name: str) -> Item | None:
    """Return a subject by its label in a project, whatever the case, else by its accession id (dicom-import 13)."""
    found = archive.items.by_label("subject", project, name)
    if found is not None:
        return found
    sql = "SELECT row FROM items WHERE kind = 'subject' AND project = ? AND lower(label) = lower(?)"
    rows = archive.database.rows(sql, (project, name))
    if rows:
        return archive.items.get(int(str(rows[0][0])))
    known = archive.items.by_id("subject", name)
    return known if known is not None and known.label_in(project) and _is_in(known, project) else None


def _is_in(item: Item, project: str) -> bool:
    return item.project == project or item.share_label(project) is not None


def _new_subject(call: Call, project: Item, one: Candidate, change: Change) -> Item:
    """Return a new subject, with its project and its label and nothing else (dicom-import 28)."""
    require_in(call, "create", project.id, "xnat:subjectData", "not allowed to create new subjects")
    values: dict[str, Value | None] = {
        "ID": call.archive.items.new_id("subject"),
        "project": project.id,
        "label": one.node.text("subject_ID"),
    }
    return call.archive.create("subject", "xnat:subjectData", Patch(values=values), change)


def validate_session(call: Call, session: PrearchiveSession, options: ArchiveOptions) -> list[Notice]:
    """Return everything that would be noticed when a session is archived (dicom-import 85)."""
    archive = call.archive
    _require_idle(archive, session)
    if session.document is None or session.status.startswith("RECEIVING"):
        _build(archive, session)
    with archive.transaction():
        project = _project(call, session, options)
        one = _candidate(archive, session, options, project)
        return list(notices(archive, one, merge=options.merge, overwrite_files=options.overwrite_files))
