"""Moving, deleting and rebuilding received sessions, several at a time and after the answer (rest-data 12.3)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from ..call import Call, Reply
from ..errors import StatusError
from ..imports.options import Parameters, parameters_of
from ..prearchive import access, queue, work
from ..prearchive.rows import session_table
from ..store.prearchive import UNASSIGNED, PrearchiveSession
from .replies import table_reply

_PLACE = ["prearchive", "projects"]
_ARRIVING = frozenset({"RECEIVING", "RECEIVING_INTERRUPT"})


def move_sessions(call: Call) -> Reply:
    """``POST /services/prearchive/move``: to ``newProject``; 404 when a session is unknown."""
    parameters = parameters_of(call, body=True)
    options = {"newProject": parameters.get("newProject")}
    return _queue(call, "move", parameters, options, missing=404)


def delete_sessions(call: Call) -> Reply:
    """``POST /services/prearchive/delete``; 500 when a session is unknown."""
    return _queue(call, "delete", parameters_of(call, body=True), {}, missing=500)


def rebuild_sessions(call: Call) -> Reply:
    """``POST /services/prearchive/rebuild``: with ``overrideLock=true`` locked ones too; 500 for unknown ones.

    Up to the line of 1.9 a session that was still being received is archived afterwards where that happens by itself
    (rest-data 20, dicom-import section 6).
    """
    parameters = parameters_of(call, body=True)
    options = {"overrideLock": "true" if parameters.get("overrideLock").lower() == "true" else "false"}
    return _queue(call, "rebuild", parameters, options, missing=500)


def _queue(call: Call, operation: str, parameters: Parameters, options: dict[str, str], *, missing: int) -> Reply:
    """Promise the work; answer with the rows as they wait. A locked session is left alone and shows as it is."""
    sessions = _sources(call, parameters, missing)
    override = options.get("overrideLock") == "true"
    rows: list[PrearchiveSession] = []
    for session in sessions:
        claimed = work.claim(call.archive, session.row, queue.QUEUED[operation], override_lock=override)
        if claimed is not None:
            queue.promise(call.site, _work(call, operation, session), claimed, call.login, options)
        rows.append(claimed or session)
    return table_reply(call, session_table(call, rows))


def _work(call: Call, operation: str, session: PrearchiveSession) -> str:
    """Return what is to be done with a session that had its status before it was claimed."""
    arriving = session.status in _ARRIVING and not session.prevent_auto_commit
    return "finish" if operation == "rebuild" and arriving and call.site.mode.version != "1.9" else operation


def _sources(call: Call, parameters: Parameters, missing: int) -> list[PrearchiveSession]:
    """Return the sessions that ``src`` names.

    Raises:
        StatusError: 500, a value is no address of a session; 404, a project is unknown; 403, the caller may not
            change its sessions; the given status, a session is unknown.
    """
    places = [_place(call, source) for source in parameters.all("src")]
    _require(call, [project for project, _, _ in places])
    found: list[PrearchiveSession] = []
    for project, timestamp, folder in places:
        session = call.archive.prearchive.get(project, timestamp, folder)
        if session is None:
            raise StatusError(missing, f"No prearchive session {timestamp}/{folder} in {project or UNASSIGNED}")
        found.append(session)
    return list({session.row: session for session in found}.values())


def _place(call: Call, source: str) -> tuple[str, str, str]:
    """Return project ID, timestamp and folder of an address such as ``/data/prearchive/projects/P/TS/NAME``."""
    parts = [unquote(part) for part in source.strip().split("/") if part]
    parts = parts[1:] if parts[:1] in (["data"], ["REST"]) else parts
    if parts[:2] != _PLACE or len(parts) < 5:
        raise StatusError(500, "One or more source values contained a malformed URL")
    return access.project_id(call, parts[2]), parts[3], parts[4]


def _require(call: Call, projects: Sequence[str]) -> None:
    unknown = [project for project in projects if project and not access.is_project(call, project)]
    known = [project for project in projects if project not in unknown]
    denied = ", ".join(project or UNASSIGNED for project in known if not access.may_edit(call, project))
    if denied:
        raise StatusError(403, f"Invalid permissions for user {call.login} in one or more projects: {denied}")
    if unknown:
        raise StatusError(404, f"One or more specified projects does not exist: {', '.join(unknown)}.")
