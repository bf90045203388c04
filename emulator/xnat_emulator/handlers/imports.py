"""The import service and the archiving of received sessions (rest-data 12.3 and 13, dicom-import section 10)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from html import escape
from urllib.parse import unquote

from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats.tables import Table
from ..imports import archiver
from ..imports.options import Parameters, for_one, for_several, parameters_of
from ..imports.service import MIRC_TYPES, handler_of, is_watched, run_told, run_watched
from ..prearchive import access
from ..prearchive.rows import session_table
from ..store.prearchive import PrearchiveSession
from .negotiation import accepted
from .replies import table_reply

_UNWRAPPED = "automation"
_VARIANTS = {
    "application/json": "json",
    "text/html": "html",
    "text/xml": "xml",
    "application/xml": "xml",
    "text/plain": "txt",
}
"""What the service can be asked for, preferred first."""


def import_upload(call: Call) -> Reply:
    """``POST /data/services/import``: 200 with the addresses of what the upload became.

    ``format=html`` always answers 200 with a page, even on errors (rest-data 13.5).
    """
    parameters = parameters_of(call, body=True)
    form = call.parameter("format") or accepted(call.headers.get("accept", "*/*"), _VARIANTS)
    try:
        if is_watched(parameters):
            return text_reply(run_watched(call, parameters))
        handler, found = handler_of(call, parameters), run_told(call, parameters)
    except StatusError as refusal:
        if form == "html":
            return _page(refusal.message)
        raise
    if call.content_type in MIRC_TYPES and handler == "gradual-DICOM":
        return text_reply("OK")
    if form == "html":
        return _page(*found)
    if (form == "txt" and len(found) == 1) or handler == _UNWRAPPED:
        return text_reply("\n".join(found))
    return uri_list(*found)


def uri_list(*addresses: str) -> Reply:
    """Return a list of addresses, each with CRLF."""
    return text_reply("".join(f"{address}\r\n" for address in addresses), media_type="text/uri-list")


def _page(*lines: str) -> Reply:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return text_reply(f"<html><body>{body}</body></html>", media_type="text/html")


# --- archiving what was received ---


def archive_sessions(call: Call) -> Reply:
    """``POST /data/services/archive``: one session at once, or several after the answer.

    Of one session every failure of the archiving itself is a 500 (dicom-import 90); of several the rows are answered.
    """
    parameters = parameters_of(call, body=True)
    sessions = _sources(call, parameters)
    if len(sessions) > 1:
        return _archive_later(call, parameters, sessions)
    session = sessions[0]
    if transaction := parameters.get("http-session-listener"):
        return _archive_watched(call, session, for_one(call.archive, session, parameters), transaction)
    automatically = session.autoarchive in {"AutoArchive", "AutoArchiveOverwrite"}
    uri = _archived(call, session, for_one(call.archive, session, parameters))
    if parameters.on("redirect") or automatically:
        return Reply(303, headers=[("Location", f"{call.base_url}{uri}")])
    return uri_list(uri)


def _archived(call: Call, session: PrearchiveSession, options: archiver.ArchiveOptions) -> str:
    try:
        return archiver.archive_session(call, session, options)
    except StatusError as refusal:
        if refusal.status in {403, 404}:
            raise
        raise archiver.as_commit_failure(session, refusal) from None


def _archive_watched(
    call: Call, session: PrearchiveSession, options: archiver.ArchiveOptions, transaction: str
) -> Reply:
    """Archive a session after the answer, which sends browsers on; its progress is told by ``/status/{id}``."""
    progress = call.site.transactions
    progress.add(call.login, transaction, "PROCESSING", "Archiving the session")

    def work() -> None:
        try:
            uri = archiver.archive_session(call, session, options)
        except StatusError as refusal:
            progress.add(call.login, transaction, "FAILED", refusal.message, terminal=True)
            return
        progress.add(call.login, transaction, "COMPLETED", f"Archive:{uri.removeprefix('/data')}", terminal=True)

    call.site.background.submit(work)
    return Reply(303, headers=[("Location", f"{call.base_url}/app/template/XDATScreen_prearchives.vm")])


def _archive_later(call: Call, parameters: Parameters, sessions: list[PrearchiveSession]) -> Reply:
    options = for_several(parameters)
    for session in sessions:
        with call.archive.transaction():
            if not session.locked:
                session.status = "QUEUED_ARCHIVING"
                call.archive.prearchive.save(session)
        call.site.background.submit(_work(call, session, options))
    return table_reply(call, session_table(call, sessions))


def validate_sessions(call: Call) -> Reply:
    """``POST /data/services/validate-archive``: everything that would be noticed (dicom-import 85)."""
    parameters = parameters_of(call, body=True)
    sessions = _sources(call, parameters)
    if len(sessions) > 1:
        raise StatusError(400, "Only one session can be validated at a time.")
    found = archiver.validate_session(call, sessions[0], for_one(call.archive, sessions[0], parameters))
    rows = [{"code": str(one.code), "type": one.kind, "message": one.text} for one in found]
    return table_reply(call, Table(("code", "type", "message"), rows))


def _work(call: Call, session: PrearchiveSession, options: archiver.ArchiveOptions) -> Callable[[], None]:
    """Return what archives one of several sessions; its row tells what became of it."""

    def work() -> None:
        with suppress(StatusError):
            archiver.archive_session(call, session, options)

    return work


def _sources(call: Call, parameters: Parameters) -> list[PrearchiveSession]:
    """Return the sessions that a request names.

    Raises:
        StatusError: 400, an address is none of a received session, or of one without a project; 403; 404.
    """
    places = [_place(call, source) for source in parameters.all("src") if source.strip()]
    if not places:
        named = [parameters.get(name) for name in ("project", "PREARC_TIMESTAMP", "PREARC_SESSION_FOLDER")]
        places = [(access.project_id(call, named[0]), named[1], named[2])] if all(named) else []
    if not places:
        raise StatusError(404, "Unknown prearchive session.")
    return [_session(call, *place) for place in dict.fromkeys(places)]


def _place(call: Call, source: str) -> tuple[str, str, str]:
    parts = [unquote(part) for part in source.strip().split("/") if part]
    parts = parts[1:] if parts[:1] in (["data"], ["REST"]) else parts
    if parts[:2] != ["prearchive", "projects"] or len(parts) < 5:
        raise StatusError(400, "src uri is invalid.")
    return access.project_id(call, parts[2]), parts[3], parts[4]


def _session(call: Call, project: str, timestamp: str, folder: str) -> PrearchiveSession:
    if not project:
        raise StatusError(400, "Cannot archive sessions from the Unassigned folder.")
    found = call.archive.prearchive.get(project, timestamp, folder)
    if found is None:
        raise StatusError(404, "Unknown prearchive session.")
    access.require_edit(call, project)
    return found
