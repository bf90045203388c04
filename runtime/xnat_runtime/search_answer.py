"""Answers of ``POST /data/search``: rows, and which column is which (schema-and-search 4.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import attrs

from .codec import JsonValue
from .documents import read_table
from .errors import FieldNotOnServerError
from .search_document import column_keys
from .search_terms import AnyField

WHERE = "/data/search"
Row = dict[str, object]
Shown = Callable[[AnyField], AnyField | None]


@attrs.frozen
class Answer:
    """A result table.

    Attributes:
        rows: Cells by column key, as the server sent them.
        columns: What the server tells about each column.
        stored: Name of the stored result, "" for an answer that is not stored.
        total: Number of rows of a stored result.
    """

    rows: list[Row]
    columns: list[dict[str, JsonValue]]
    stored: str = ""
    total: int = 0

    def keys_of(self, fields: Sequence[AnyField], root: str, shown: Shown) -> dict[str, str]:
        """Returns the row keys of the columns that were asked for, by the fields' paths; missing ones are left out.

        Args:
            fields: The fields that were asked for.
            root: Type of the rows.
            shown: Returns the display field that shows a field as it stands, which servers take instead of the path.
        """
        known = {str(column.get("key")): column for column in self.columns}
        if self.rows:
            known = {key: known.get(key, {}) for key in self.rows[0]}
        headers = {str(facts.get("header")): key for key, facts in known.items()}
        found: dict[str, str] = {}
        for field in fields:
            names = column_keys(field, root)
            display = shown(field)
            if display is not None:
                names += column_keys(display, root)
            key = headers.get(field.xpath) or next((name for name in names if name in known), None)
            if key is not None:
                found[field.xpath] = key
        return found


def read_answer(document: JsonValue) -> Answer:
    """Returns the table of a JSON answer.

    Raises:
        UnexpectedAnswerError: It is none.
    """
    rows = read_table(document, WHERE)
    facts = cast("dict[str, dict[str, JsonValue]]", document)["ResultSet"]
    columns = facts.get("Columns")
    described = [entry for entry in columns if isinstance(entry, dict)] if isinstance(columns, list) else []
    total = str(facts.get("totalRecords") or "")
    return Answer(rows, described, str(facts.get("ID") or ""), int(total) if total.isdecimal() else len(rows))


def require(field: AnyField, keys: dict[str, str]) -> str:
    """Returns the row key of a column.

    Raises:
        FieldNotOnServerError: The server left the column out, which it does without a word when it does not know it.
    """
    key = keys.get(field.xpath)
    if key is None:
        msg = (
            f"{field.xpath}: the server's search has no such column; is the field in the schemas of this server's "
            "version, and is its type joined to the type that is searched?"
        )
        raise FieldNotOnServerError(msg, field=field.xpath)
    return key
