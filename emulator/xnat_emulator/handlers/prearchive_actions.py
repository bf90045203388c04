"""What a POST does with one received session: ``action=build|reset-status|move|commit|set-status`` (rest-data 12.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from ..call import FORM_TYPE, Call, Pairs, Reply, escape_entities, read_form, text_reply
from ..errors import StatusError
from ..imports.options import Parameters, automatic, is_automatic
from ..prearchive import access, work
from ..prearchive.access import addressed, addressed_project, require_edit
from ..store.prearchive import STATUSES, UNASSIGNED, PrearchiveSession, url_of
from ..store.project_settings import ProjectSettings

_Said: TypeAlias = Mapping[str, str]
_Action: TypeAlias = Callable[[Call, PrearchiveSession | None, _Said], Reply]

_LOCKED = "session document locked"
_UNKNOWN = "Unknown prearchive session."
_CODES = {0: "Manual", 4: "AutoArchive", 5: "AutoArchiveOverwrite"}


def post_session(call: Call) -> Reply:
    """``POST .../{TS}/{FOLDER}``: parameters come in the query, a form or a JSON body.

    Everybody may work on unassigned sessions here.
    """
    said = _said(call)
    project = addressed_project(call)
    require_edit(call, project, allow_unassigned=True)
    action = _ACTIONS.get(said.get("action", ""))
    if action is None and "action" not in said:
        raise StatusError(400, f"No action parameter was specified for the request by user {call.login}")
    if action is None:
        raise StatusError(400, f"User {call.login} requested an unsupported action on prearchive session")
    return action(call, addressed(call, project), said)


def _said(call: Call) -> dict[str, str]:
    """Return the parameters: of a name that comes twice, JSON counts before the query and that before the form."""
    fields: Pairs = call.form
    body = call.body.read() if call.has_content and not call.parts else b""
    if call.content_type == FORM_TYPE:
        fields, body = (*fields, *read_form(body)), b""
    pairs = (*fields, *call.query, *_json(body))
    return {name: escape_entities(value) for name, value in pairs}


def _json(body: bytes) -> Pairs:
    """Return the members of a JSON object.

    Raises:
        StatusError: 400, the body is no JSON object.
    """
    if not body.strip():
        return ()
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        raise StatusError(400, "The body is no JSON") from None
    if not isinstance(found, dict):
        raise StatusError(400, "The body is no JSON object")
    members = cast("dict[str, object]", found)
    return tuple((name, value if isinstance(value, str) else json.dumps(value)) for name, value in members.items())


def _claimed(call: Call, session: PrearchiveSession, status: str) -> PrearchiveSession:
    claimed = work.claim(call.archive, session.row, status)
    if claimed is None:
        raise StatusError(409, _LOCKED)
    return claimed


def _uri(session: PrearchiveSession) -> Reply:
    return text_reply(f"/data{url_of(session)}", media_type="text/uri-list")


# --- the actions ---


def _build(call: Call, session: PrearchiveSession | None, said: _Said) -> Reply:
    """Build the document; an unknown session is a server error here."""
    if session is None:
        raise StatusError(500, _UNKNOWN)
    claimed = _claimed(call, session, "BUILDING")
    _note(call, claimed, said)
    work.build(call.archive, claimed)
    return _uri(claimed)


def _note(call: Call, session: PrearchiveSession, said: _Said) -> None:
    """Write visit, protocol, time zone and source into the row, where they are given."""
    session.visit = said.get("VISIT") or session.visit
    session.protocol = said.get("PROTOCOL") or session.protocol
    session.timezone = said.get("TIMEZONE") or session.timezone
    session.source = said.get("SOURCE") or session.source
    call.archive.prearchive.save(session)


def _reset(call: Call, session: PrearchiveSession | None, said: _Said) -> Reply:
    """Take the row from the document, locked or not; ``tag`` becomes its tag."""
    if session is None:
        raise StatusError(500, _UNKNOWN)
    with call.archive.transaction():
        work.reset(call.archive, session)
        if tag := said.get("tag"):
            session.tag = tag
            call.archive.prearchive.save(session)
    return _uri(session)


def _move(call: Call, session: PrearchiveSession | None, said: _Said) -> Reply:
    """Move to ``newProject``: 301 with the new URI as body; a locked one stays, with 200 and no body."""
    target = said.get("newProject", "")
    project = "" if target == UNASSIGNED else target
    if not access.may_edit(call, project):
        raise StatusError(403, "Unable to modify session data for destination project.")
    if session is None:
        raise StatusError(404, _UNKNOWN)
    if not target or (project and not access.is_project(call, project)):
        raise StatusError(400, f"No project to move to: set newProject to the ID of one, not to {target or 'nothing'}")
    claimed = work.claim(call.archive, session.row, "_MOVING")
    if claimed is None:
        return text_reply("")
    try:
        work.move(call.archive, claimed, project)
    except StatusError as error:
        work.fail(call.archive, claimed.row, error)
        raise
    return text_reply(f"/data{url_of(claimed)}", 301, "text/uri-list")


def _commit(call: Call, session: PrearchiveSession | None, said: _Said) -> Reply:
    """Build; where it is archived by itself, archive it: 301 with the archive URI, else 200 with the prearchive URI."""
    if session is None:
        raise StatusError(404, _UNKNOWN)
    claimed = _claimed(call, session, "BUILDING")
    _fix_autoarchive(call.archive.project_settings, claimed)
    _note(call, claimed, said)
    work.build(call.archive, claimed)
    if not is_automatic(call.archive, claimed.project, claimed.autoarchive, Parameters(tuple(said.items())), ""):
        return _uri(claimed)
    if transaction := said.get("http-session-listener"):
        call.site.background.submit(lambda: _archive_later(call, claimed, transaction))
        return text_reply("")
    return text_reply(_archive(call, claimed), 301)


def _fix_autoarchive(settings: ProjectSettings, session: PrearchiveSession) -> None:
    """Give a row that says nothing about archiving by itself the project's code."""
    if not session.autoarchive and session.project:
        session.autoarchive = _CODES.get(settings.code(session.project, "prearchive_code"), "")


def _archive(call: Call, session: PrearchiveSession) -> str:
    """Archive a session and return its address; every refusal is a server error here (dicom-import 90)."""
    from ..imports.archiver import archive_session, as_commit_failure  # noqa: PLC0415 - reads DICOM, which start-up must not load

    options = automatic(call.archive, session.project, session.autoarchive)
    try:
        return archive_session(call, session, options)
    except StatusError as refusal:
        raise as_commit_failure(session, refusal) from None


def _archive_later(call: Call, session: PrearchiveSession, transaction: str) -> None:
    try:
        uri = _archive(call, session)
    except StatusError as error:
        call.site.transactions.add(call.login, transaction, "FAILED", error.message, terminal=True)
        return
    call.site.transactions.add(
        call.login, transaction, "COMPLETED", f"Archive:{uri.removeprefix('/data')}", terminal=True
    )


def _set_status(call: Call, session: PrearchiveSession | None, said: _Said) -> Reply:
    """Set the status, none of the locks; a locked session keeps its own (dicom-import 66)."""
    wanted = said.get("status", "")
    if wanted not in STATUSES:
        raise StatusError(400, f"Invalid status {wanted}")
    if session is None:
        raise StatusError(400, _UNKNOWN)
    work.claim(call.archive, session.row, wanted)
    return text_reply("")


_ACTIONS: Mapping[str, _Action] = {
    "build": _build,
    "reset-status": _reset,
    "move": _move,
    "commit": _commit,
    "set-status": _set_status,
}
