"""Listings as JSON, CSV, XML and HTML (rest-data section 4, recorded answers D1, D8 and D18)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from xml.sax.saxutils import escape, quoteattr

from ..datamodel.values import Cell, Row, to_text, trim_fraction
from .javahash import hash_order, hashtable_order

__all__ = ["LINKS", "Cell", "Row", "Table", "cell_text", "to_csv", "to_html", "to_json", "to_xml"]

LINKS = "linkProps"
"""The property of a column that is JSON and that only JSON answers have (schema-and-search 4.6)."""


@dataclass(frozen=True)
class Table:
    """Rows with named columns.

    Attributes:
        columns: Column keys, in the order of CSV.
        rows: Column key -> cell.
        metadata: What stands beside ``Result``, such as the title.
        counted: Send ``totalRecords``.
        column_facts: Entries of ``Columns``, for the listings that send it.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    counted: bool = True
    column_facts: tuple[Mapping[str, str], ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """Metadata with the number of records, in the order of a hash table."""
        facts = dict(self.metadata)
        if self.counted:
            facts["totalRecords"] = str(len(self.rows))
        return {key: facts[key] for key in hashtable_order(facts)}


def cell_text(cell: Cell) -> str:
    """Return a cell as text: nothing for null, times with milliseconds (rest-data 4.1)."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return trim_fraction(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat(timespec="milliseconds")
    return to_text(cell)


_quoted = json.JSONEncoder(ensure_ascii=False).encode


def to_json(table: Table) -> str:
    """Return the JSON envelope with the server's key order and spacing."""
    keys = hash_order(table.columns)
    rows = (",".join(f"{_quoted(key)}:{_quoted(cell_text(row.get(key)))}" for key in keys) for row in table.rows)
    result = ",".join(f"{{{row}}}" for row in rows)
    columns = ",".join(_column_fact(facts) for facts in table.column_facts)
    head = f'"Columns":[{columns}],' if columns else ""
    tail = ",".join(f'"{key}": {_metadata(value)}' for key, value in table.facts.items())
    return f'{{"ResultSet":{{{head}"Result":[{result}]{", " if tail else ""}{tail}}}}}'


def _column_fact(facts: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{_quoted(key)}:{_column_value(key, value)}" for key, value in facts.items()) + "}"


def _column_value(key: str, value: str) -> str:
    """Return a column's property; links are JSON already (schema-and-search 4.6)."""
    return value if key == LINKS else _quoted(value)


def _metadata(value: str) -> str:
    """Return a metadata value: text that starts with ``{`` is JSON already (rest-data 4.1.2)."""
    return value if value.startswith("{") else f'"{value}"'


def to_csv(table: Table) -> str:
    """Return CSV: names and text quoted, numbers and moments bare, nulls empty (D8)."""
    lines = [",".join(_csv_text(key) for key in table.columns)]
    lines += [",".join(_csv_cell(row.get(key)) for key in table.columns) for row in table.rows]
    return "".join(f"{line}\n" for line in lines)


def _csv_text(text: str) -> str:
    flat = text.replace("\r\n", " ").replace("\n", " ").replace('"', '""')
    return f'"{flat}"'


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return _csv_text(cell) if isinstance(cell, str) else cell_text(cell)


def to_xml(table: Table) -> str:
    """Return the XML table; only ``<`` and ``>`` are escaped in cells, as the server does it (rest-data 4.2)."""
    facts = "".join(f" {key}={quoteattr(value)}" for key, value in table.facts.items())
    columns = "".join(f"<column{_column_attributes(table, key)}>{key}</column>" for key in table.columns)
    rows = "".join(f"<row>{''.join(_xml_cell(row.get(key)) for key in table.columns)}</row>" for row in table.rows)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ResultSet{facts}><results><columns>{columns}</columns>'
        f"<rows>{rows}</rows></results></ResultSet>"
    )


def _column_attributes(table: Table, key: str) -> str:
    known = [facts for facts in table.column_facts if facts.get("key") == key]
    shown = [(name, value) for facts in known for name, value in facts.items() if name not in {"key", LINKS}]
    return "".join(f" {name}={quoteattr(value)}" for name, value in shown)


def _xml_cell(cell: Cell) -> str:
    text = cell_text(cell).replace("<", "&lt;").replace(">", "&gt;")
    return f"<cell>{text}</cell>"


def to_html(table: Table) -> str:
    """Return a bare HTML table: clients take a document that starts like a page for an error (rest-data 21.5)."""
    head = "".join(f"<TH>{escape(key)}</TH>" for key in table.columns)
    rows = "".join(
        f"<TR>{''.join(f'<TD>{escape(cell_text(row.get(key)))}</TD>' for key in table.columns)}</TR>"
        for row in table.rows
    )
    return f"<TABLE><TR>{head}</TR>{rows}</TABLE>"
