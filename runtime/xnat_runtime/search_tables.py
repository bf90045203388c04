"""Results of queries as tables: as the server writes them, and in the same form where something is decided here."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

import attrs

from .codec import TEXT
from .query import DisplayField
from .search_answer import Row, read_answer
from .search_document import NAMESPACE
from .search_plans import Plan, Search, server_sort
from .search_terms import NOTHING, AnyField

if TYPE_CHECKING:
    from .session import BaseSession

_NAMES: Final = {"xdat": NAMESPACE}


def json_of(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> str:
    """Returns the server's JSON answer; the rows are less where limits or conditions are dealt with here."""
    text = _as_it_is(session, plan, fields, "json")
    if text is not None:
        return text
    columns, rows = _decided(session, plan, fields)
    described = [{"key": key} for key in columns]
    total = str(len(rows))
    return json.dumps({"ResultSet": {"Columns": described, "Result": rows, "totalRecords": total}})


def csv_of(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> str:
    """Returns the result as CSV with a header line, as the server writes it where it decides alone."""
    text = _as_it_is(session, plan, fields, "csv")
    if text is not None:
        return text
    columns, rows = _decided(session, plan, fields)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def dicts_of(text: str) -> list[dict[str, str]]:
    """Returns the rows of a CSV text; cells may hold commas, quotes and line ends."""
    header, *rows = csv.reader(io.StringIO(text)) if text.strip() else [[]]
    return [dict(zip(header, row, strict=False)) for row in rows if row]


def _as_it_is(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...], answer_format: str) -> str | None:
    """Returns the server's answer where nothing is left to decide here, else None."""
    sort = server_sort(session, plan)
    search = Search(session, attrs.evolve(plan, sorting=()), fields)
    if sort is None or plan.limit is not None or search.compiled.rest or search.compiled.where == NOTHING:
        return None
    return search.run(answer_format, sort).text


def _decided(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> tuple[list[str], list[Row]]:
    """Returns the columns and rows of a result in whose making something is decided here."""
    shown = fields or _default_columns(session, plan.root)
    search = Search(session, plan, shown)
    if search.compiled.where == NOTHING:
        return [], []
    answer = read_answer(search.run("json").json())
    keys = search.keys_of(answer)
    rows = plan.cut(search.decide(answer.rows, keys))
    hidden = {key for field, key in keys.items() if field not in {one.xpath for one in shown}}
    hidden -= {key for field, key in keys.items() if field in {one.xpath for one in shown}}
    present = answer.rows[0] if answer.rows else {}
    described = [str(column.get("key")) for column in answer.columns]
    columns = [key for key in dict.fromkeys((*described, *present)) if key in present and key not in hidden]
    return columns, [{key: row[key] for key in columns} for row in rows]


def _default_columns(session: BaseSession, root: str) -> tuple[AnyField, ...]:
    """Returns the columns of searches that name none: those of the type's own search. One request."""
    document = session.get(f"/data/search/saved/@{root}", query=[("format", "xml")]).content
    # Expat resolves no external entities, and the document comes from the server that is logged in to.
    fields = ElementTree.fromstring(document).findall("xdat:search_field", _NAMES)  # noqa: S314
    return tuple(_display_field(field) for field in fields)


def _display_field(field: ElementTree.Element) -> AnyField:
    owner, identifier, value = (
        (field.findtext(f"xdat:{name}", "", _NAMES) or "").strip() for name in ("element_name", "field_ID", "value")
    )
    plain, _, behind = identifier.partition("=")
    return DisplayField(owner, plain, TEXT, value or behind)
