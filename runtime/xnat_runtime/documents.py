"""Item documents: the JSON that ``GET <item>?format=json`` answers (rest-data 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from .codec import JsonValue
from .errors import UnexpectedAnswerError


class ItemNode:
    """One item of a document: its type, its flat fields and its children by path.

    Attributes:
        xsi_type: The concrete data type, "" when the server does not say.
        fields: Values by schema path below the type, such as ``parameters/tr``, as the server sent them.
    """

    __slots__ = ("_children", "fields", "xsi_type")

    def __init__(self, raw: dict[str, JsonValue]) -> None:
        meta = raw.get("meta")
        fields = raw.get("data_fields")
        self.xsi_type = str(meta.get("xsi:type", "")) if isinstance(meta, dict) else ""
        self.fields = cast("dict[str, object]", fields if isinstance(fields, dict) else {})
        self._children = raw.get("children")

    def children(self, path: str) -> list[ItemNode]:
        """Returns the current children at a path such as ``scans/scan``; history entries are left out."""
        return [
            ItemNode(item)
            for group in _dicts(self._children)
            if group.get("field") == path
            for item in _dicts(group.get("items"))
            if not _is_history(item)
        ]

    def paths(self) -> list[str]:
        """Returns the paths that have children, in the order of the document."""
        return [str(group["field"]) for group in _dicts(self._children) if "field" in group]


def read_item(document: JsonValue, where: str) -> ItemNode:
    """Returns the item that a document describes: the first entry that is no history (rest-data 5.1).

    Args:
        document: The decoded JSON answer.
        where: The path that was asked, for the error message.

    Raises:
        UnexpectedAnswerError: The answer holds no item.
    """
    items = document.get("items") if isinstance(document, dict) else None
    for item in _dicts(items):
        if not _is_history(item):
            return ItemNode(item)
    msg = f"GET {where}: the answer is no item document (no entry under 'items')"
    raise UnexpectedAnswerError(msg)


def read_table(document: JsonValue, where: str) -> list[dict[str, object]]:
    """Returns the rows of a listing answer (``ResultSet``/``Result``, rest-data 4.1).

    Args:
        document: The decoded JSON answer.
        where: The path that was asked, for the error message.

    Raises:
        UnexpectedAnswerError: The answer is no table.
    """
    result_set = document.get("ResultSet") if isinstance(document, dict) else None
    rows = result_set.get("Result") if isinstance(result_set, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = f"GET {where}: the answer is no listing (no rows under 'ResultSet'/'Result')"
        raise UnexpectedAnswerError(msg)
    return cast("list[dict[str, object]]", rows)


def _dicts(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry


def _is_history(item: dict[str, JsonValue]) -> bool:
    meta = item.get("meta")
    return isinstance(meta, dict) and meta.get("isHistory") in (True, "true")
