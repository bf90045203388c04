"""Custom variables as columns of listings: a row for each entry of an item, made one row an item again.

A listing has no column for one custom variable, but it has their names and their values, which stand side by side in
a row for each (rest-data 4.3 and 18).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .codec import TEXT
from .collections import plain_path
from .errors import InvalidValueError
from .query import CustomVariables, QueryField, VariableField

AnyField = QueryField[Any]  # Any: fields of every type stand side by side in columns
Row = dict[str, object]

LIST: Final = "fields/field"
_NAME: Final = f"{LIST}/name"
_TEXT: Final = f"{LIST}/field"
_BEFORE, _BEHIND = f"{LIST}[name=", "]/field"


def entry_path(name: str) -> str:
    """Returns where rows hold the value of a custom variable."""
    return f"{_BEFORE}{name}{_BEHIND}"


def plain_columns(fields: Iterable[AnyField | CustomVariables[Any]]) -> tuple[AnyField, ...]:
    """Returns the fields with the two columns of all entries in place of custom variables.

    Raises:
        InvalidValueError: It is a list of something else, whose entries no listing has.
    """
    found: list[AnyField] = []
    for field in fields:
        if isinstance(field, CustomVariables):
            if not field.is_searchable:
                msg = f"listings of {field.xsi_type} have the entries of no other list than its custom variables"
                raise InvalidValueError(msg)
            found += _columns(field.xsi_type)
        elif isinstance(field, VariableField):
            found += _columns(field.xsi_type)
        else:
            found.append(field)
    return tuple(found)


def is_gathered(fields: Iterable[AnyField]) -> bool:
    """Whether a listing with these columns has all custom variables."""
    return any(field.path == _NAME for field in fields)


def _columns(xsi_type: str) -> tuple[AnyField, AnyField]:
    return QueryField(xsi_type, _NAME, TEXT), QueryField(xsi_type, _TEXT, TEXT)


def gathered(rows: list[Row]) -> list[Row]:
    """Returns one row an item, each with a cell for every custom variable that one of the items has."""
    if not rows or _NAME not in rows[0]:
        return rows
    found: dict[tuple[tuple[str, str], ...], Row] = {}
    names: dict[str, None] = {}
    for row in rows:
        name, text = str(row.pop(_NAME) or ""), row.pop(_TEXT)
        made = found.setdefault(tuple((key, str(value)) for key, value in row.items()), row)
        if name:
            made[entry_path(name)] = text
            names[entry_path(name)] = None
    for row in found.values():
        for path in names:
            row.setdefault(path, "")
    return list(found.values())


def with_entries(row: Row) -> Row:
    """Returns the row of an object that knows its custom variables to be all there are."""
    cells = ((key, value) for key, value in row.items() if key.startswith(_BEFORE) and value)
    return {**row, f"{LIST}[]": {key[len(_BEFORE) : -len(_BEHIND)]: str(value) for key, value in cells}}


def cell(row: Row, field: AnyField) -> object:
    """Returns the value of a field in a row; the names of custom variables count in lower case."""
    if not isinstance(field, VariableField):
        return row.get(plain_path(field.path))
    wanted = entry_path(field.value).lower()
    return next((value for key, value in row.items() if key.lower() == wanted and value), None)
