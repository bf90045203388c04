"""Results of queries as tables: as the server writes them, and in the same form where something is decided here."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast
from xml.etree import ElementTree

import attrs

from .codec import TEXT, JsonValue
from .display import displays
from .query import DisplayField
from .search_answer import Answer, read_answer
from .search_document import NAMESPACE
from .search_plans import Options, Plan, Search, server_sort
from .search_terms import NOTHING, AnyField
from .typed_tables import AnyCodec, TypedRows, codecs_told, names_in

if TYPE_CHECKING:
    import pandas as pd

    from .session import BaseSession

# A cell of a CSV text, what it is when in quotes, and the end of its line.
_CELL: Final = re.compile(r'(?:("(?:[^"]|"")*")|[^,\n]*)(?:,|(\n|\Z))')
_NAMES: Final = {"xdat": NAMESPACE}


def json_of(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> str:
    """Returns the server's JSON answer; the rows are less where limits or conditions are dealt with here."""
    text = _as_it_is(session, plan, fields, "json")
    if text is not None:
        return text
    made = _decided(session, plan, fields)
    described = [{"key": key} for key in made.names]
    total = str(len(made.rows))
    return json.dumps({"ResultSet": {"Columns": described, "Result": made.rows, "totalRecords": total}})


def csv_of(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> str:
    """Returns the result as CSV with a header line, as the server writes it where it decides alone."""
    text = _as_it_is(session, plan, fields, "csv")
    if text is not None:
        return text
    made = _decided(session, plan, fields)
    buffer = io.StringIO()
    # As a server does: text in quotes, numbers bare (D8 of the recorded answers).
    writer = csv.DictWriter(buffer, made.names, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows({key: _one_line(cell) for key, cell in row.items()} for row in made.rows)
    return buffer.getvalue()


def _one_line(cell: object) -> object:
    """Returns a cell as a server writes it into CSV: with a blank for each line end (rest-data 4.2)."""
    return cell.replace("\n", " ") if isinstance(cell, str) else cell


def dicts_of(text: str) -> list[dict[str, str]]:
    """Returns the rows of a CSV text; cells may hold commas, quotes and line ends."""
    header, *rows = csv.reader(io.StringIO(text)) if text.strip() else [[]]
    # Of a single column, a line without anything is an empty cell.
    empty = [""] if len(header) == 1 else []
    return [dict(zip(header, row or empty, strict=False)) for row in rows if row or empty]


def frame_of(text: str) -> pd.DataFrame:
    """Returns a CSV text as a DataFrame: what stands in quotes is text, ``007`` and ``NA`` too, an empty cell is none.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    from .extras import require  # noqa: PLC0415  # only this function needs it

    pandas = require("pandas", extra="pandas")
    if not text.strip():
        return cast("pd.DataFrame", pandas.DataFrame())
    texts = dict.fromkeys(_quoted_columns(text), str)
    return cast("pd.DataFrame", pandas.read_csv(io.StringIO(text), dtype=texts, keep_default_na=False, na_values=[""]))


def _quoted_columns(text: str) -> set[str]:
    """Returns the names of the columns that have a cell in quotes: servers quote text, and nothing else."""
    header = next(csv.reader(io.StringIO(text)))
    quoted: set[int] = set()
    column = -len(header)  # the cells of the header stand first
    for cell in _CELL.finditer(text):
        if cell[1] and column >= 0:
            quoted.add(column)
        column = 0 if cell[2] else column + 1
    return {header[column] for column in quoted if column < len(header)}


def typed_of(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> TypedRows:
    """Returns the result with what is known of its columns: by their fields, by their type, else by the answer."""
    alone = _alone(session, plan, fields)
    if alone is None:
        return _decided(session, plan, fields)
    search, sort = alone
    answer = read_answer(search.run("json", sort).json())
    described = [str(column.get("key")) for column in answer.columns]
    return TypedRows(
        names_in(answer.rows[:1]) or described, answer.rows, _codecs(plan, fields, search.keys_of(answer), answer)
    )


def typed_answer(document: JsonValue) -> TypedRows:
    """Returns the table of a JSON answer, with what the answer tells of its columns."""
    answer = read_answer(document)
    described = [str(column.get("key")) for column in answer.columns]
    return TypedRows(names_in(answer.rows[:1]) or described, answer.rows, codecs_told(answer.columns))


def _codecs(plan: Plan, fields: tuple[AnyField, ...], keys: Mapping[str, str], answer: Answer) -> dict[str, AnyCodec]:
    shown = {name.lower(): display.codec for name, display in displays(plan.item_class).items()}
    asked = {keys[field.xpath]: field.codec for field in fields if field.xpath in keys}
    return {**codecs_told(answer.columns), **shown, **asked}


def _as_it_is(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...], answer_format: str) -> str | None:
    """Returns the server's answer where nothing is left to decide here, else None."""
    alone = _alone(session, plan, fields)
    return None if alone is None else alone[0].run(answer_format, alone[1]).text


def _alone(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> tuple[Search, Options] | None:
    """Returns a search that the server decides alone, and how it sorts; None where something is decided here."""
    sort = server_sort(session, plan)
    search = Search(session, attrs.evolve(plan, sorting=()), fields)
    if sort is None or plan.limit is not None or search.compiled.rest or search.compiled.where == NOTHING:
        return None
    return search, sort


def _decided(session: BaseSession, plan: Plan, fields: tuple[AnyField, ...]) -> TypedRows:
    """Returns the columns and rows of a result in whose making something is decided here."""
    shown = fields or _default_columns(session, plan.root)
    search = Search(session, plan, shown)
    if search.compiled.where == NOTHING:
        return TypedRows([], [], {})
    answer = read_answer(search.run("json").json())
    keys = search.keys_of(answer)
    rows = plan.cut(search.decide(answer.rows, keys))
    hidden = {key for field, key in keys.items() if field not in {one.xpath for one in shown}}
    hidden -= {key for field, key in keys.items() if field in {one.xpath for one in shown}}
    present = answer.rows[0] if answer.rows else {}
    described = [str(column.get("key")) for column in answer.columns]
    columns = [key for key in dict.fromkeys((*described, *present)) if key in present and key not in hidden]
    kept = [{key: row[key] for key in columns} for row in rows]
    return TypedRows(columns, kept, _codecs(plan, fields, keys, answer))


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
