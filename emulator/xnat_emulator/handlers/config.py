"""The config service (rest-data section 16, recorded answers D20)."""

from __future__ import annotations

from ..address import project
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..permissions import is_administrator, may_in
from ..store.config import DISABLED, ENABLED, Configuration, ConfigurationMissing, Place
from .replies import table_reply
from .texts import body_object, body_text, plain

_COLUMNS = (
    "tool",
    "path",
    "project",
    "user",
    "create_date",
    "reason",
    "contents",
    "unversioned",
    "version",
    "status",
)
_STATUSES = {"enabled": ENABLED, "true": ENABLED, "disabled": DISABLED, "false": DISABLED}
_SUBJECTS = "xnat:subjectData"
"""Rights to the subjects of a project decide about its configurations."""


def _project_id(call: Call) -> str:
    """Return the project of the URL, empty for the whole site; unknown ones are not found."""
    return "" if call.segment("PROJECT_ID") is None else project(call).id


def _place(call: Call, project_id: str) -> Place:
    """Return what the URL names; the script of a project is kept under a path with a leading slash."""
    path = "/".join(part for part in (call.segments.get("PATH_TO_FILE", ""), call.tail) if part)
    tool = call.segments.get("TOOL_NAME", "")
    if tool == "anon" and project_id and path == f"projects/{project_id}":
        path = f"/{path}"
    return Place(tool, path, project_id)


# --- reading ---


def show_config(call: Call) -> Reply:
    """``GET /data/config``, ``/config/{TOOL}``, ``/config/{TOOL}/{PATH...}`` and the same below a project.

    Everybody reads what the site has; what a project has only who may read its subjects. Nothing found is 404, 204
    with ``accept-not-found=true``.
    """
    project_id = _project_id(call)
    if project_id and not may_in(call, "read", project_id, _SUBJECTS):
        raise StatusError(403, f"User {call.login} cannot access project {project_id}")
    place = _place(call, project_id)
    if not place.tool:
        tools = call.archive.config.tools(project_id)
        return _table(call, Table(("tool",), [{"tool": tool} for tool in tools], counted=False))
    if not place.path:
        return _rows(call, call.archive.config.of_tool(place.tool, project_id), project_id)
    return _show_one(call, place)


def _show_one(call: Call, place: Place) -> Reply:
    if (call.parameter("action") or "").lower() == "gethistory":
        return _rows(call, call.archive.config.history(place), place.project)
    found = _find(call, place)
    meta, contents = call.flag("meta"), call.flag("contents")
    if contents and not meta:
        return _missing(call) if found is None or not found.enabled else text_reply(found.contents)
    return _rows(call, [] if found is None else [found], place.project, hide_contents=meta and not contents)


def _find(call: Call, place: Place) -> Configuration | None:
    number = call.parameter("version") or ""
    if number.isascii() and number.isdigit():
        return call.archive.config.version(place, int(number[:9]))
    found = call.archive.config.get(place)
    if found is None and place.project and call.flag("defaultToSiteWide"):
        return call.archive.config.get(Place(place.tool, place.path))
    return found


def _rows(call: Call, found: list[Configuration], project_id: str, *, hide_contents: bool = False) -> Reply:
    rows: list[dict[str, Cell]] = [
        {
            "tool": item.place.tool,
            "path": item.place.path,
            "project": project_id or None,
            "user": item.login,
            "create_date": item.created,
            "reason": item.reason,
            "contents": None if hide_contents else item.contents,
            "unversioned": "true" if item.unversioned else "false",
            "version": str(item.version),
            "status": item.status,
        }
        for item in found
    ]
    return _table(call, Table(_COLUMNS, rows, counted=False))


def _table(call: Call, table: Table) -> Reply:
    return table_reply(call, table) if table.rows else _missing(call)


def _missing(call: Call) -> Reply:
    if call.flag("accept-not-found"):
        return Reply(204, media_type="")
    raise StatusError(404, "There is no such configuration")


# --- writing ---


def _require_writer(call: Call, project_id: str) -> None:
    """Refuse who neither owns the project nor is an administrator."""
    if not is_administrator(call) and not (project_id and may_in(call, "delete", project_id, _SUBJECTS)):
        raise StatusError(403, "User does not have privileges to modify this configuration")


def put_config(call: Call) -> Reply:
    """``PUT /data/config/{TOOL}[/{PATH...}]``: 201 for a new configuration, 200 else.

    The text comes as the body (``inbody=true``), as one file of a multipart body or as ``contents`` of a JSON object;
    ``status`` alone only enables or disables. The same text again changes nothing.
    """
    project_id = _project_id(call)
    _require_writer(call, project_id)
    place = _place(call, project_id)
    contents, status = _wanted(call)
    if status is None and contents is None:
        raise StatusError(400, "A status or the contents of a configuration are needed")
    if contents is None:
        _set_status(call, place, status or ENABLED)
        return text_reply("")
    if not contents.strip():
        raise StatusError(500, "No contents provided")
    return text_reply("", 200 if _store(call, place, contents, status) else 201)


def _wanted(call: Call) -> tuple[str | None, str | None]:
    """Return contents and status that the request asks for, None for what it does not name."""
    contents: str | None = None
    status = call.parameter("status")
    if call.content_type == "application/json" and call.has_content:
        said = body_object(call)
        contents = plain(said["contents"]) if said.get("contents") is not None else None
        status = plain(said["status"]) if said.get("status") is not None else None
    elif call.parts or call.has_content:
        contents = body_text(call) if call.parts or call.flag("inbody") else ""
    if status and status.lower() not in _STATUSES:
        raise StatusError(400, f"The status is enabled or disabled, not {status}")
    return contents, _STATUSES[status.lower()] if status else None


def _store(call: Call, place: Place, contents: str, status: str | None) -> bool:
    """Store a text and tell whether there was one before."""
    previous = call.archive.config.get(place)
    if previous is None or previous.contents != contents or previous.status != (status or ENABLED):
        unversioned = None if call.parameter("unversioned") is None else call.flag("unversioned")
        call.archive.config.put(place, contents, call.login, unversioned=unversioned)
        if status == DISABLED:
            call.archive.config.set_status(place, DISABLED, call.login)
    return previous is not None


def _set_status(call: Call, place: Place, status: str, reason: str | None = None) -> None:
    try:
        call.archive.config.set_status(place, status, call.login, reason)
    except ConfigurationMissing as missing:
        raise StatusError(500, str(missing)) from None


def delete_config(call: Call) -> Reply:
    """``DELETE /data/config/{TOOL}[/{PATH...}]``: disables; 500 when there is nothing to disable."""
    project_id = _project_id(call)
    _require_writer(call, project_id)
    _set_status(call, _place(call, project_id), DISABLED, "Disabling this setting")
    return text_reply("")


# --- anonymisation scripts ---

_SCRIPT = ("project", "user", "create_date", "script", "id")
_STATUS = ("project", "edit", "create_date", "user", "id")


def anonymisation(project_id: str) -> Place:
    """Return where the anonymisation script of a project, or of the site, is kept."""
    return Place("anon", f"/projects/{project_id}", project_id) if project_id else Place("anon", "script")


def show_script(call: Call) -> Reply:
    """``GET /data/config/edit/[projects/P/]image/dicom/{script|status}``; ``all`` shows every version.

    Everybody reads those of the site, who may read the project those of a project.
    """
    columns, project_id = _script_request(call)
    if project_id and not may_in(call, "read", project_id, _SUBJECTS):
        raise StatusError(403, "User does not have privileges to access this project")
    place = anonymisation(project_id)
    found = call.archive.config.get(place)
    versions = call.archive.config.history(place) if call.parameter("all") is not None else [found]
    rows: list[dict[str, Cell]] = [
        {
            "project": project_id or "-1",
            "user": item.login,
            "create_date": item.created,
            "script": item.contents,
            "edit": "true" if item.enabled else "false",
            "id": str(item.id),
        }
        for item in versions
        if item is not None
    ]
    return table_reply(call, Table(columns, rows, counted=False))


def _script_request(call: Call) -> tuple[tuple[str, ...], str]:
    """Return the columns and the project that the URL asks for."""
    columns = {"script": _SCRIPT, "status": _STATUS}.get(call.segments["RESOURCE"])
    if columns is None:
        raise StatusError(400, "Resource type must be either script or status.")
    name = call.segment("PROJECT_ID")
    if name is None:
        return columns, ""
    try:
        return columns, project(call).id
    except StatusError:
        raise StatusError(400, "This project does not exist.") from None


def put_script(call: Call) -> Reply:
    """``PUT`` of the same: the script as body or file, or ``activate=true|false``."""
    columns, project_id = _script_request(call)
    _require_writer(call, project_id)
    place = anonymisation(project_id)
    if columns is _STATUS:
        wanted = _STATUSES.get(call.parameter("activate") or "")
        if wanted is None or call.parameter("activate") not in {"true", "false"}:
            raise StatusError(400, "The activate parameter should be either true or false.")
        _set_status(call, place, wanted)
        return text_reply("")
    if not call.parts and not (call.has_content and call.flag("inbody")):
        raise StatusError(400, "Unable to identify upload format.")
    if len(call.parts) > 1:
        raise StatusError(400, "Importer is limited to one uploaded resource at a time.")
    call.archive.config.put(place, body_text(call), call.login)
    return text_reply("")
