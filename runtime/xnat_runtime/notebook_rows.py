"""Rows of listings, searches and lists of objects as tables of notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .errors import InvalidValueError
from .html_tables import COLUMN_LIMIT, Cell, Mark, Table
from .identifying import is_hidden, python_name
from .item import Item
from .sizes import size_text

if TYPE_CHECKING:
    from .listings import Listing
    from .objects import XnatObject

HINT: Final = "Hidden: what may identify a patient; notebook.show(..., identifying=True) shows it."

Values = Mapping[str, object]
Rows = Sequence[tuple[type[Item], Values]]
"""The class and the values by path of each row."""

_FIRST: Final = ("path", "label", "ID", "name", "type", "xsiType", "element_name", "project")
# What the server adds to rows under names that no schema has, and that identifies nobody.
_ADDED: Final[Mapping[str, str]] = {
    "xsiType": "xsi_type",
    "element_name": "xsi_type",
    "subject_label": "subject_label",
    "subject_ID": "subject_id",
    "session_ID": "session_ID",
    "session_label": "session_label",
    "session_type": "session_type",
    "file_count": "file_count",
    "file_size": "file_size",
}
# Lists of resources have them, before anything is known of the type of each.
_OF_RESOURCES: Final = frozenset({"format", "content"})
# Bookkeeping of the server: what nobody looks for in a table.
_TECHNICAL: Final = re.compile(
    r"uri|id|name|(?:.*/)?xnat_\w+_id|\w+:\w+/id|cat_id|cat_desc|category|insert_(?:date|user)|last_modified|.*\[\]|\+.*",
    re.IGNORECASE,
)
_NEEDED: Final = frozenset({"ID", "name"})
_SIZES: Final = frozenset({"Size", "file_size"})
_ENTRY: Final = re.compile(r"(?P<list>.+)\[\w[\w-]*=(?P<name>[^\]]*)\]/[\w-]+")
_DIGEST_SIGNS: Final = 8


def of_listing(listing: Listing[XnatObject], identifying: bool, limit: int) -> Table:
    """Returns the table of a listing: the one request of its first use, none later."""
    kind, found = listing.__xnat_kind__, listing.rows()
    sizes = [str(row["Size"]) for row in found if "Size" in row]
    total = f", {size_text(sum(int(size) for size in sizes if size.isdecimal()))}" if sizes else ""
    title = f"{kind.__name__}: {counted(len(found), limit)}{total} at {listing.uri}"
    return of_rows(title, [(kind, row) for row in found[:limit]], identifying)


def of_items(items: Sequence[object], identifying: bool, limit: int) -> Table:
    """Returns the table of objects: the values that they have, without a request.

    Raises:
        InvalidValueError: One is no object.
    """
    from .prearchive_session import PrearchiveSession  # noqa: PLC0415  # few lists hold received sessions

    rows: list[tuple[type[Item], Values]] = []
    for item in items[:limit]:
        if isinstance(item, PrearchiveSession):
            from .notebook_objects import of_received  # noqa: PLC0415  # as above

            return of_received(items, identifying, limit)
        if not isinstance(item, Item):
            msg = f"show() takes lists of objects, not of {type(item).__name__}; a query with select() is shown itself"
            raise InvalidValueError(msg)
        rows.append((type(item), item.__xnat_row__))
    kinds = " and ".join(sorted({kind.__name__ for kind, _ in rows})) or "Objects"
    return of_rows(f"{kinds}: {counted(len(items), limit)}", rows, identifying)


def counted(total: int, limit: int) -> str:
    """Returns how many there are, and how many of them are shown."""
    return f"{total:,}" if total <= limit else f"first {limit:,} of {total:,}"


def of_rows(title: str, rows: Rows, identifying: bool) -> Table:
    """Returns the table of rows that are all to be shown; empty columns are left out."""
    keys = _columns(rows)
    kinds = {kind: None for kind, _ in rows}
    titles = [_title(kinds, key) for key in keys]
    hidden = {key for key in keys if not identifying and any(is_hidden_key(kind, key) for kind in kinds)}
    shown = keys[:COLUMN_LIMIT]
    notes = [f"{len(keys) - len(shown):,} more columns"] if len(keys) > len(shown) else []
    cells = [[cell(key, values.get(key), hidden=key in hidden) for key in shown] for _, values in rows]
    return Table(title, titles[: len(shown)], cells, [*notes, HINT] if hidden.intersection(shown) else notes)


def _columns(rows: Rows) -> list[str]:
    """Returns the keys that hold something worth a look in one of the rows, those that name a row first."""
    filled = dict.fromkeys(key for _, values in rows for key, value in values.items() if text(value))
    return sorted((key for key in filled if is_shown(key)), key=rank)


def rank(key: str) -> int:
    """Returns where a column stands: what names a row goes first."""
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def is_shown(key: str) -> bool:
    """Whether a value is worth a look: bookkeeping of the server is not."""
    return key in _NEEDED or not _TECHNICAL.fullmatch(key)


def is_hidden_key(kind: type[Item], key: str) -> bool:
    """Returns whether the values under a key of rows are left out unless asked for."""
    if key in _OF_RESOURCES and any(base.__dict__.get("xsi_type") == "xnat:abstractResource" for base in kind.__mro__):
        return False
    return key not in _ADDED and is_hidden(kind, key)


def title_of(kind: type[Item], key: str) -> str:
    """Returns what one types behind an object of a class for the value under a key of its row."""
    entry = _ENTRY.fullmatch(key)
    if entry is not None:
        names = (member.name for member in kind.__xnat_members__().values() if member.path == entry["list"])
        return f'{next(names, entry["list"])}["{entry["name"]}"]'
    return _ADDED.get(key) or python_name(kind, key)


def _title(kinds: Iterable[type[Item]], key: str) -> str:
    names = [title_of(kind, key) for kind in kinds]
    return next((name for name in names if name != key), key)


def cell(key: str, value: object, *, hidden: bool) -> Cell:
    """Returns what stands in a cell; an empty one is empty, hidden or not."""
    shown = text(value)
    if hidden:
        return Mark.HIDDEN if shown else ""
    if key in _SIZES and shown.isdecimal():
        return size_text(int(shown))
    return f"{shown[:_DIGEST_SIGNS]}…" if key == "digest" and len(shown) > _DIGEST_SIGNS else shown


def text(value: object) -> str:
    """Returns a value as text, "" for none and for what is no simple value."""
    return "" if value is None or isinstance(value, (dict, list, tuple)) else str(value)
