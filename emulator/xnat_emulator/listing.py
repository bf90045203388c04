"""The query organizer: columns, filters, paging and sorting of object listings (rest-data 4.3 and 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from .call import Call, first_values, read_form
from .datamodel import xmlpath
from .datamodel.xmlpath import PathError, XmlPath
from .errors import StatusError
from .formats.columns import Columns
from .formats.filters import matches
from .formats.tables import Cell, Table
from .store.items import Item

_DEFAULT_LIMIT = 100
# Parameters of the route itself: never filters, although `xsiType` is a short name too.
_OWN_PARAMETERS = frozenset(
    {"xsiType", "columns", "format", "fields", "limit", "offset", "req_format", "sortBy", "sortOrder"}
)


@dataclass(frozen=True)
class Listing:
    """What is special about one listing.

    Attributes:
        root: Type of the rows when the request names none.
        aliases: Short name -> schema path.
        defaults: Columns sent unasked.
        uri_prefix: What stands before the encoded ID in column ``URI``.
        key: Last step of the primary key's path.
        pageable: Whether ``limit`` and ``offset`` work.
        filterable: Whether filters work; scans, reconstructions and assessors lose them.
        metadata: What stands beside the rows.
        more_defaults: Further default columns by the root type.
        relabel: Changes a row for the project it is shown in.
    """

    root: str
    aliases: Mapping[str, str]
    defaults: tuple[str, ...]
    uri_prefix: str
    key: str = "ID"
    pageable: bool = False
    filterable: bool = True
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    more_defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    relabel: Callable[[Item, dict[str, Cell]], None] | None = None


@dataclass(frozen=True)
class _Column:
    key: str
    path: XmlPath


def alias_table(listing: Listing) -> Table:
    """Return the table of short names, as ``?fields=`` asks for it."""
    rows: list[dict[str, Cell]] = [{"key": key, "xpath": path} for key, path in listing.aliases.items()]
    return Table(("key", "xpath"), rows)


def run(call: Call, listing: Listing, items: Sequence[Item]) -> Table:
    """Return the table of a listing request."""
    if call.parameter("fields") is not None:
        return alias_table(listing)
    query = _Query(call, listing)
    rows = query.rows(items)
    limited = listing.pageable and (call.parameter("limit") is not None or call.parameter("offset") is not None)
    return Table(query.keys, sorted_rows(call, rows), listing.metadata if rows else {}, counted=not limited)


def _asked(call: Call) -> dict[str, str]:
    """Return the parameters of a listing; ``req_format=form`` adds those of a form body (rest-data 4.3)."""
    if call.parameter("req_format") == "form":
        call.form = call.form or read_form(call.body.read())
    return first_values(call.query + (call.form if call.parameter("req_format") == "form" else ()))


class _Query:
    """One listing request, worked out against the data model."""

    def __init__(self, call: Call, listing: Listing) -> None:
        self._call = call
        self._asked = _asked(call)
        self._listing = listing
        self._model = call.model
        self._columns = Columns(call.archive)
        self._filters = self._read_filters() if listing.filterable else []
        self._root = self._read_root()
        self._wanted = self._read_columns()
        self.keys = (*dict.fromkeys(column.key for column in self._wanted), "URI")

    def _read_filters(self) -> list[tuple[XmlPath, str]]:
        found = ((self._path(key), value) for key, value in self._asked.items() if key not in _OWN_PARAMETERS)
        return [(path, value) for path, value in found if path is not None]

    def _path(self, name: str) -> XmlPath | None:
        """Return the path of a short name or of a full path, None for anything else.

        A path that differs from a short name's only in upper and lower case is that one (rest-data 4.3).
        """
        known = self._listing.aliases
        text = known.get(name, name if xmlpath.is_path(name) else "")
        text = next((path for path in known.values() if path.lower() == text.lower()), text)
        try:
            path = xmlpath.parse(text)
        except PathError:
            return None
        return path if path.root in self._model else None

    def _named_columns(self) -> list[str]:
        text = self._asked.get("columns", "")
        names = [name.strip() for name in text.split(",") if name.strip()]
        return [] if names in ([], ["DEFAULT"]) else names

    def _read_root(self) -> str:
        """Return the type of the rows: asked for, or made narrower by the paths in use."""
        asked = self._call.parameter("xsiType")
        if asked is not None and "," not in asked:
            if asked not in self._model:
                raise StatusError(400, f"Unknown data type {asked}")
            return asked
        root = self._listing.root
        paths = [self._path(name) for name in self._named_columns()] + [path for path, _ in self._filters]
        for path in paths:
            if path is not None and self._model.extends(path.root, root):
                root = path.root
        return root

    def _read_columns(self) -> list[_Column]:
        names = self._named_columns() or [*self._listing.defaults, *self._more_defaults()]
        columns = [
            self._column(path) for name in names if (path := self._path(name)) is not None and self._columns.knows(path)
        ]
        helper = self._column(xmlpath.parse(f"{self._root}/{self._listing.key}"))
        return [*columns, helper]

    def _more_defaults(self) -> tuple[str, ...]:
        more = self._listing.more_defaults.items()
        return tuple(name for root, names in more if self._model.extends(self._root, root) for name in names)

    def _column(self, path: XmlPath) -> _Column:
        return _Column(_column_key(self._listing.aliases, path), path)

    def rows(self, items: Sequence[Item]) -> list[dict[str, Cell]]:
        """Return the rows of the objects that are of the wanted type and meet the filters."""
        found = [item for item in items if self._model.extends(item.xsi_type, self._root) and self._meets(item)]
        return [row for item in self._page(found) for row in self._item_rows(item)]

    def _meets(self, item: Item) -> bool:
        return all(matches(self._columns.cells(item, path), wanted) for path, wanted in self._filters)

    def _page(self, items: list[Item]) -> list[Item]:
        limit, offset = self._call.parameter("limit"), self._call.parameter("offset")
        if not self._listing.pageable or (limit is None and offset is None):
            return items
        start = _number(offset or "0")
        if limit == "*":
            return items[start:]
        return items[start : start + (_DEFAULT_LIMIT if limit is None else _number(limit))]

    def _item_rows(self, item: Item) -> list[dict[str, Cell]]:
        """Return the rows of one object: several when a column repeats, or when columns name its scans."""
        return [row for scan in self._joined_scans(item) for row in self._joined_rows(item, scan)]

    def _joined_scans(self, item: Item) -> list[Item] | list[None]:
        """Return the scans that a session is repeated for, when columns name fields of scans (rest-data 4.3)."""
        is_joined = any(self._is_of_scans(column.path) for column in self._wanted)
        if not is_joined or not self._model.extends(item.xsi_type, "xnat:imageSessionData"):
            return [None]
        return self._call.archive.items.owned(item, "scan") or [None]

    def _is_of_scans(self, path: XmlPath) -> bool:
        return self._model.extends(path.root, "xnat:imageScanData")

    def _joined_rows(self, item: Item, scan: Item | None) -> list[dict[str, Cell]]:
        sources = [scan or item if self._is_of_scans(column.path) else item for column in self._wanted]
        found = self._columns.rows(sources, [column.path for column in self._wanted])
        rows = [{c.key: cell for c, cell in zip(self._wanted, row, strict=True)} for row in found]
        for row in rows:
            row["URI"] = self._listing.uri_prefix + quote(item.id, safe="")
            if self._listing.relabel is not None:
                self._listing.relabel(item, row)
        return rows


def _column_key(aliases: Mapping[str, str], path: XmlPath) -> str:
    """Return a column's key: the short name of the same path, else the path in lower case (rest-data 4.3)."""
    plain = path.plain.lower()
    for name, known in aliases.items():
        if xmlpath.parse(known).plain.lower() == plain and _same_selection(xmlpath.parse(known), path):
            return name
    return plain


def _same_selection(known: XmlPath, path: XmlPath) -> bool:
    pairs = zip(known.steps, path.steps, strict=True)
    return all(wanted.key == step.key for wanted, step in pairs)


def _number(text: str) -> int:
    try:
        return max(0, int(text))
    except ValueError:
        raise StatusError(500) from None


def sorted_rows(call: Call, rows: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """Return the page sorted by the asked columns; unknown ones are ignored, nulls come last."""
    reverse = (call.parameter("sortOrder") or "").upper() == "DESC"
    names = [name.strip() for name in (call.parameter("sortBy") or "").split(",")]
    for name in reversed([name for name in names if rows and name in rows[0]]):
        present = [row for row in rows if row[name] is not None]
        absent = [row for row in rows if row[name] is None]
        present.sort(key=lambda row: _sort_key(row[name]), reverse=reverse)
        rows = present + absent
    return rows


def _sort_key(cell: Cell) -> tuple[int, float, str]:
    if isinstance(cell, (int, float)):
        return (0, float(cell), "")
    return (1, 0.0, str(cell))
