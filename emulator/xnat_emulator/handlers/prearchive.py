"""Lists of received sessions, and one of them (rest-data 12.1 and 12.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lxml import etree

from .. import permissions
from ..call import Call, Reply, as_number, text_reply
from ..errors import StatusError
from ..formats.documents import java_date
from ..formats.tables import Cell, Table
from ..formats.xmlwrite import item_xml
from ..prearchive import access, work
from ..prearchive.access import addressed, addressed_project, has_all_data, require_edit
from ..prearchive.rows import session_table
from ..store.prearchive import PrearchiveSession
from . import prearchive_zip
from .replies import table_reply

_DEFAULT_DAYS = 10
_MANY_DAYS = 36_500
_NOT_BUILT = (
    "The named session exists, but its XNAT session document is not available. "
    "The session is likely invalid or incomplete."
)
_VARIANTS = {"text/xml": "xml", "application/xml": "xml", "application/zip": "zip", "text/html": "html"}


# --- lists ---


def list_sessions(call: Call) -> Reply:
    """``GET /data/prearchive`` and ``.../projects/{P[,P2]}``; what is refused is not found (rest-data 12.1, 21.6)."""
    tag = call.parameter("tag") or ""
    if tag and not has_all_data(call):
        raise StatusError(404)
    projects = _projects(call)
    store = call.archive.prearchive
    return table_reply(call, session_table(call, store.by_tag(tag) if tag else store.all(projects)))


def _projects(call: Call) -> list[str]:
    """Return the projects of the URL, else all that the caller may edit; with all-data access unassigned ones too."""
    named = [name.strip() for name in (call.segment("PROJECT_ID") or "").split(",") if name.strip()]
    if named:
        found = [access.project_id(call, name) for name in named]
        if not has_all_data(call) and not all(_may_read(call, project) for project in found):
            raise StatusError(404)
    else:
        found = [project.id for project in call.archive.items.all("project") if access.may_edit(call, project.id)]
    return [*found, ""] if has_all_data(call) else [project for project in found if project]


def _may_read(call: Call, project: str) -> bool:
    item = call.archive.items.by_id("project", project)
    return item is not None and permissions.may(call, "read", item)


def rebuild_table(call: Call) -> Reply:
    """``PUT /data/prearchive``: take every row from its document anew; not found for who is no administrator."""
    if not access.is_data_administrator(call):
        raise StatusError(404)
    for session in call.archive.prearchive.all():
        if not session.locked:
            work.reset(call.archive, session)
    return text_reply("")


def list_recent(call: Call) -> Reply:
    """``GET /data/prearchive/experiments?recent=true|N``: what was uploaded in the last days, oldest first."""
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=_days(call) + 1)
    found = [session for session in call.archive.prearchive.all() if session.uploaded]
    recent = [session for session in found if datetime.fromisoformat(session.uploaded) > since]
    seen = [session for session in recent if _may_see(call, session)]
    return table_reply(call, session_table(call, sorted(seen, key=lambda session: session.timestamp)))


def _may_see(call: Call, session: PrearchiveSession) -> bool:
    return has_all_data(call) or (bool(session.project) and access.may_with_sessions(call, "read", session.project))


def _days(call: Call) -> int:
    """Return the number of days that are asked for.

    Raises:
        StatusError: 400, none is named, or it is no number above zero.
    """
    text = call.parameter("recent")
    if text is None:
        raise StatusError(400, 'Please set the "recent" parameter')
    if text == "true":
        return _DEFAULT_DAYS
    number = as_number(text)
    if not number:
        raise StatusError(400, '"recent" must be true or a number of days above 0')
    return min(number, _MANY_DAYS)


# --- one session ---


def show_session(call: Call) -> Reply:
    """``GET .../{TS}/{FOLDER}``: its row as JSON, its document as XML, its files as zip, or its log."""
    project = addressed_project(call)
    require_edit(call, project)
    session = addressed(call, project)
    if call.remainder[:1] == ("logs",):
        return _logs(call, session)
    form = call.parameter("format") or _accepted(call)
    if form == "json":
        return table_reply(call, session_table(call, [] if session is None else [session]))
    if form in {"zip", "tar.gz"}:
        return prearchive_zip.session_reply(call, _known(session), form)
    if form == "xml":
        return _document(call, session)
    if form == "html":
        return table_reply(call, session_table(call, [_known(session)]))
    raise StatusError(400, f"Requested type {form} is not supported")


def _accepted(call: Call) -> str:
    """Return the first variant that the client accepts: XML, zip, HTML; JSON is none of them.

    Raises:
        StatusError: 406, the client accepts none.
    """
    accept = call.headers.get("accept", "*/*")
    if "*/*" in accept:
        return "xml"
    found = next((form for media, form in _VARIANTS.items() if media in accept), None)
    if found is None:
        raise StatusError(406)
    return found


def _known(session: PrearchiveSession | None) -> PrearchiveSession:
    if session is None:
        raise StatusError(404, "Unknown prearchive session.")
    return session


def _document(call: Call, session: PrearchiveSession | None) -> Reply:
    if session is None or session.document is None:
        raise StatusError(404, _NOT_BUILT)
    document = item_xml(call.model, session.document, call.base_url, hidden=False)
    return Reply(200, _sorted(document), "text/xml;charset=UTF-8")


def _sorted(document: str) -> bytes:
    """Return a document whose attributes stand in the order of their names, as session builders write them.

    Headers may hold signs that XML cannot, so that the reader must not be strict.
    """
    root = etree.fromstring(document.encode(), etree.XMLParser(recover=True, resolve_entities=False))
    for element in root.iter():
        attributes = sorted(element.attrib.items(), key=lambda pair: (pair[0].startswith("{"), pair[0]))
        element.attrib.clear()
        element.attrib.update(attributes)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _logs(call: Call, session: PrearchiveSession | None) -> Reply:
    """Return the table of log entries, or one of them as text; a missing one is empty."""
    entries = [] if session is None else _numbered(call, session)
    if len(call.remainder) > 1:
        return _log_entry(call.remainder[1], entries)
    if call.parameter("template") in {None, "details"}:
        rows: list[dict[str, Cell]] = [
            {"id": number, "date": java_date(moment), "entry": text} for number, moment, text in entries
        ]
        return table_reply(call, Table(("id", "date", "entry"), rows, counted=False))
    return table_reply(call, Table(("id",), [{"id": number} for number, _, _ in entries], counted=False))


def _numbered(call: Call, session: PrearchiveSession) -> list[tuple[str, str, str]]:
    """Return id, moment and text of every entry; the id is the millisecond it was written in."""
    numbered: list[tuple[str, str, str]] = []
    last = 0
    for entry in call.archive.prearchive.logs(session):
        written = datetime.fromisoformat(entry.moment).replace(tzinfo=UTC)
        last = max(last + 1, int(written.timestamp() * 1000))
        numbered.append((str(last), entry.moment, entry.entry))
    return numbered


def _log_entry(wanted: str, entries: list[tuple[str, str, str]]) -> Reply:
    if wanted == "last":
        return text_reply(entries[-1][2] if entries else "")
    for number, moment, text in entries:
        if number == wanted:
            return text_reply(f"{datetime.fromisoformat(moment):%m/%d/%Y %H:%M:%S}:{text}")
    return text_reply("")


def delete_session(call: Call) -> Reply:
    """``DELETE .../{TS}/{FOLDER}``: at once; 403 without rights, 404 for an unknown one, 400 with a trailing path.

    The assignment of its study to a project goes with it.
    """
    if call.remainder:
        raise StatusError(400)
    project = addressed_project(call)
    require_edit(call, project)
    with call.archive.transaction():
        session = _known(addressed(call, project))
        call.archive.prearchive.remove(session)
        call.archive.studies.close(session.tag)
    return text_reply("")
