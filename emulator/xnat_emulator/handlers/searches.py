"""Running searches and paging through stored results (schema-and-search 4.5, rest-data 15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from ..call import Call, Reply, as_number, text_reply
from ..datamodel.display import documented, listed_types
from ..datamodel.values import trim_fraction
from ..errors import StatusError
from ..formats.tables import Cell, Row, Table
from ..permissions import is_administrator, projects_where
from ..search import engine
from ..search.document import SearchDocument, SearchDocumentError, read
from ..search.engine import Found, Sort
from ..search.ordering import ordered
from ..store.searches import View
from .replies import table_reply

_PROJECT = "xnat:projectData"


def run_search(call: Call) -> Reply:
    """``POST /data/search``: the rows, or with ``cache=true`` the name of the stored result.

    Raises:
        StatusError: 422 for a body that is no search, 403 for a type that the caller may not search, 500 for what
            the real server's database refuses.
    """
    document = read_search(call)
    require_type(call, document.root)
    if call.flag("cache"):
        return stored_reply(call, document)
    return found_reply(call, document.root, engine.run(call, document, asked_sort(call)))


def read_search(call: Call) -> SearchDocument:
    """Return the search of a request: its body, or the file of a multipart body whose name ends in ``.xml``.

    Raises:
        StatusError: 422, there is none.
    """
    try:
        return read(_body(call))
    except SearchDocumentError as error:
        raise StatusError(422, str(error)) from None


def _body(call: Call) -> bytes:
    if not call.parts and not call.form:
        return call.body.read()
    return next((part.stream.read() for part in call.parts if part.name.lower().endswith(".xml")), b"")


def require_type(call: Call, xsi_type: str, *, named: bool = False) -> None:
    """Refuse a search for a type that the caller may not read anywhere, and for one that cannot be searched.

    Args:
        call: The request.
        xsi_type: Root of the search.
        named: The search is saved and names the caller, who then needs no rights to its type.

    Raises:
        StatusError: 403; 500 for a type of the schemas that has no display document.
    """
    known = xsi_type in call.model.bases
    if not known or (xsi_type.startswith("xdat:") and not is_administrator(call)):
        raise StatusError(403)
    if not named and xsi_type != _PROJECT and projects_where(call, "read", xsi_type) == frozenset():
        raise StatusError(403)
    listed = listed_types(call.site.schemas, call.model)
    if not documented(call.site.schemas, xsi_type) and xsi_type not in listed:
        raise StatusError(500)


def asked_sort(call: Call) -> Sort | None:
    """Return the order that the query asks for."""
    field = call.parameter("sortBy")
    return Sort(field, _descending(call)) if field else None


def _descending(call: Call) -> bool:
    return (call.parameter("sortOrder") or "").upper() == "DESC"


def found_reply(call: Call, root: str, found: Found) -> Reply:
    """Return what a search found, with the facts about its columns."""
    return table_reply(call, Table(found.columns, found.rows, {"rootElementName": root}, column_facts=found.facts))


def stored_reply(call: Call, document: SearchDocument) -> Reply:
    """Return the name of a stored result and its first rows: as many as ``limit`` says, none without it.

    A result of the same search that the caller stored before is used again, and then no rows are sent at all.
    """
    searches = call.archive.searches
    limit = _number(call, "limit")
    query = repr((document, asked_sort(call)))
    known = None if call.flag("refresh") else searches.view_of(call.login, document.id)
    if known is not None and known.query == query:
        return _view_reply(call, known, [])
    view = keep(call, document, query)
    return _view_reply(call, view, view.rows[: limit or 0])


def keep(call: Call, document: SearchDocument, query: str) -> View:
    """Run a search and store what it finds."""
    found = engine.run(call, document, asked_sort(call))
    searches = call.archive.searches
    name = searches.new_view_id()
    return searches.keep(
        View(name, call.login, document.id, query, document.root, found.columns, found.facts, found.rows)
    )


def _view_reply(call: Call, view: View, rows: Sequence[Row]) -> Reply:
    facts = {
        "ID": view.id,
        "totalRecords": str(len(view.rows)),
        "rootElementName": view.root,
        "last_access": trim_fraction(datetime.now(UTC).replace(tzinfo=None)),
    }
    return table_reply(call, Table(view.columns, rows, facts, counted=False, column_facts=view.facts))


def list_page(call: Call) -> Reply:
    """``GET /data/search/{ID}``: a page of a stored result, with a column ``key``.

    Raises:
        StatusError: 422 for an offset or a limit that is no number, 410 when the result is gone.
    """
    offset, limit = _number(call, "offset") or 0, _number(call, "limit")
    view = _view(call)
    if view is None:
        return text_reply("")
    rows = _sorted(call, [{**row, "key": number} for number, row in enumerate(view.rows, 1)])
    page = rows[offset:] if limit is None else rows[offset : offset + limit]
    return table_reply(call, Table((*view.columns, "key"), page, {"ID": view.id}, counted=False))


def list_column(call: Call) -> Reply:
    """``GET /data/search/{ID}/{COLUMN}``: the different values of a column of a stored result.

    Raises:
        StatusError: 410 when the result is gone or has no such column.
    """
    view = _view(call)
    if view is None:
        return text_reply("")
    name = call.segment("COLUMN") or ""
    if name not in view.columns:
        raise StatusError(410)
    values = list(dict.fromkeys(row.get(name) for row in view.rows))
    rows: list[Row] = [{name: value} for value in ordered(values, lambda value: value, descending=False)]
    return table_reply(call, Table((name,), rows, {"ID": view.id}, counted=False))


def _view(call: Call) -> View | None:
    """Return the stored result of the URL, None for one of somebody else's."""
    view = call.archive.searches.view(call.segment("CACHED_SEARCH_ID") or "")
    if view is None:
        raise StatusError(410)
    return view if view.login == call.login else None


def _sorted(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows in the order of the asked columns; unknown ones make the database refuse the query."""
    names = [name.strip() for name in (call.parameter("sortBy") or "").split(",") if name.strip()]
    for name in reversed(names):
        if rows and name not in rows[0]:
            raise StatusError(410)
        rows = ordered(rows, partial(_cell, name), descending=_descending(call))
    return rows


def _cell(name: str, row: Row) -> Cell:
    return row.get(name)


def _number(call: Call, name: str) -> int | None:
    """Return a number of the query, None when it is not there or ``*``.

    Raises:
        StatusError: 422, it is no number.
    """
    text = call.parameter(name)
    if text is None or text in {"", "*"}:
        return None
    number = as_number(text)
    if number is None:
        raise StatusError(422, f"{name} is no number")
    return number
