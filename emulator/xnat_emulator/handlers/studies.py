"""Study routing: which project the studies of a UID belong to (rest-data 17.4)."""

from __future__ import annotations

from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table, cell_text
from ..permissions import is_administrator, may_in
from ..store.studies import StudyRoute
from .replies import table_reply
from .texts import form

_COLUMNS = ("studyInstanceUID", "project", "subject", "user", "created", "accessed", "label")
_SESSIONS = "xnat:mrSessionData"
"""Rights to the MR sessions of a project decide about its routes."""


def _uid(call: Call) -> str:
    return call.segments.get("STUDY_INSTANCE_UID", "")


def show_routes(call: Call) -> Reply:
    """``GET /data/routing`` and ``/data/routing/{UID}``: routes to projects that the caller reads."""
    uid = _uid(call)
    if not uid:
        found = [route for route in call.archive.studies.all() if _readable(call, route)]
        return _table(call, found)
    route = call.archive.studies.get(uid)
    if route is None:
        raise StatusError(404, f"Couldn't find a routing for the study instance UID: {uid}")
    if not _readable(call, route):
        raise StatusError(403)
    return _table(call, [route])


def _readable(call: Call, route: StudyRoute) -> bool:
    return may_in(call, "read", route.project, _SESSIONS)


def _table(call: Call, routes: list[StudyRoute]) -> Reply:
    rows: list[dict[str, Cell]] = [
        {
            "studyInstanceUID": route.uid,
            "project": route.project,
            "subject": "",
            "user": route.login,
            "created": cell_text(route.created),
            "accessed": cell_text(route.accessed),
            "label": "",
        }
        for route in routes
    ]
    return table_reply(call, Table(_COLUMNS, rows, counted=False))


def put_route(call: Call) -> Reply:
    """``PUT /data/routing/{UID}`` with a form that names the project, and nothing but the project."""
    uid, said = _uid(call), form(call) if call.has_content or call.form else {}
    if "subject" in said or "label" in said:
        raise StatusError(400, "A study can be assigned to a project only, not to a subject or a label.")
    if not uid or not said.get("project"):
        raise StatusError(400, "A study instance UID and the project it goes to are needed.")
    _require_editor(call, said["project"])
    known = call.archive.studies.get(uid)
    if known is not None and known.project != said["project"]:
        _require_editor(call, known.project)
    call.archive.studies.assign(uid, said["project"], call.login)
    return text_reply("")


def _require_editor(call: Call, project: str) -> None:
    if not may_in(call, "edit", project, _SESSIONS):
        raise StatusError(403, "You do not have sufficient privileges to modify study routings for this project.")


def delete_routes(call: Call) -> Reply:
    """``DELETE /data/routing`` for administrators, ``/data/routing/{UID}`` for who may edit the project."""
    uid = _uid(call)
    if not uid:
        if not is_administrator(call):
            raise StatusError(403, "You must be a site administrator to delete all study routings for this site.")
        call.archive.studies.close()
        return text_reply("")
    route = call.archive.studies.get(uid)
    if route is None:
        raise StatusError(404, f"Couldn't find a routing for the study instance UID: {uid}")
    _require_editor(call, route.project)
    call.archive.studies.close(uid)
    return text_reply("")
