"""Listings: the typed rows of a collection."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from .collections import Collection, plain_path
from .documents import read_table
from .errors import AmbiguousKeyError, FieldNotOnServerError, KeyNotFoundError
from .query import Constraint, QueryField

if TYPE_CHECKING:
    import pandas as pd

    from .objects import XnatObject
    from .session import BaseSession

T_co = TypeVar("T_co", bound="XnatObject", covariant=True)
S = TypeVar("S", bound="XnatObject")
D = TypeVar("D")
AnyField = QueryField[Any]  # Any: fields of every type stand side by side in columns()


class Listing(Generic[T_co]):
    """The items of a collection, as a snapshot taken at the first use: one request however many items there are.

    Iterating yields the objects. ``listing[key]`` takes an ID, the second key (label, scan type, file name), an
    object of the listing, a position (an int is a position, never a scan's ID) or a slice.
    """

    def __init__(
        self,
        session: BaseSession,
        collection: Collection[T_co],
        *,
        owner: XnatObject | None = None,
        narrowed: type[XnatObject] | None = None,
        extra: tuple[AnyField, ...] = (),
        constraints: tuple[Constraint, ...] = (),
    ) -> None:
        self._session = session
        self._collection = collection
        self._owner = owner
        self._narrowed = narrowed
        self._extra = extra
        self._constraints = constraints
        self._rows: list[dict[str, object]] | None = None
        self._objects: list[T_co | None] = []
        self._by_key: dict[str, list[int]] | None = None
        self._classes: dict[object, type[T_co]] = {}

    @property
    def uri(self) -> str:
        """The path of the collection."""
        return (self._owner.uri if self._owner is not None else "") + self._collection.path

    @property
    def session(self) -> BaseSession:
        """The connection."""
        return self._session

    @property
    def owner(self) -> XnatObject | None:
        """The object that the collection belongs to, None for collections of the connection."""
        return self._owner

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Returns the path of a row's item."""
        return self._collection.uri_of("" if self._owner is None else self._owner.uri, row)

    # What is asked

    def of_type(self, item_class: type[S]) -> Listing[S]:
        """Returns the items of one data type and those that extend it; the server is asked for that type only."""
        return Listing(
            self._session,
            cast("Collection[S]", self._collection),
            owner=self._owner,
            narrowed=item_class,
            extra=self._extra,
            constraints=self._constraints,
        )

    def columns(self, *fields: AnyField) -> Listing[T_co]:
        """Returns the same items with these fields loaded by the listing itself: one request, not one an item."""
        return self._with(extra=self._extra + fields)

    def filter(self, *constraints: Constraint) -> Listing[T_co]:
        """Returns the items that fulfil all constraints; the fields they name are loaded by the listing itself."""
        return self._with(constraints=self._constraints + constraints)

    def _with(
        self, *, extra: tuple[AnyField, ...] | None = None, constraints: tuple[Constraint, ...] | None = None
    ) -> Listing[T_co]:
        return Listing(
            self._session,
            self._collection,
            owner=self._owner,
            narrowed=self._narrowed,
            extra=self._extra if extra is None else extra,
            constraints=self._constraints if constraints is None else constraints,
        )

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._rows = None
        self._objects = []
        self._by_key = None

    # Mapping and sequence behaviour

    def __iter__(self) -> Iterator[T_co]:
        self.rows()
        for index, found in enumerate(self._objects):
            yield self._make(index) if found is None else found

    def __len__(self) -> int:
        return len(self.rows())

    def __bool__(self) -> bool:
        return bool(self.rows())

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            return bool(self._indexes(key))
        return any(key == item for item in self)

    @overload
    def __getitem__(self, key: str | int | XnatObject) -> T_co: ...
    @overload
    def __getitem__(self, key: slice) -> list[T_co]: ...
    def __getitem__(self, key: str | int | slice | XnatObject) -> T_co | list[T_co]:
        """Returns one item, or several for a slice.

        Raises:
            KeyNotFoundError: No item has this ID or second key (also a KeyError).
            AmbiguousKeyError: Several items have this second key (also a LookupError).
            IndexError: The position is out of range.
        """
        if isinstance(key, slice):
            return [self._at(index) for index in range(*key.indices(len(self.rows())))]
        if isinstance(key, int):
            return self._at(range(len(self.rows()))[key])
        if isinstance(key, str):
            return self._at(self._index(key))
        for item in self:
            if item == key:
                return item
        msg = f"{key!r} is not in {self.uri}"
        raise KeyNotFoundError(msg)

    @overload
    def get(self, key: str) -> T_co | None: ...
    @overload
    def get(self, key: str, default: D) -> T_co | D: ...
    def get(self, key: str, default: D | None = None) -> T_co | D | None:
        """Returns the item with this ID or second key, else the default; an ambiguous key raises."""
        return self[key] if self._indexes(key) else default

    def keys(self) -> list[str]:
        """Returns the IDs."""
        return [str(row.get(self._collection.key, "")) for row in self.rows()]

    def values(self) -> list[T_co]:
        """Returns the objects."""
        return list(self)

    def items(self) -> list[tuple[str, T_co]]:
        """Returns pairs of ID and object."""
        return list(zip(self.keys(), self, strict=True))

    def as_mapping(self) -> Mapping[str, T_co]:
        """Returns a plain mapping of IDs to objects, for code that wants one: it iterates over its keys."""
        return dict(self.items())

    # Tables

    def rows(self) -> list[dict[str, object]]:
        """Returns the rows as the server sent them, by column; one request at the first use.

        Raises:
            NotFoundError: The owner does not exist or is not visible.
            FieldNotOnServerError: The server does not know a requested field.
        """
        if self._rows is None:
            rows = self._load()
            self._objects = [None] * len(rows)
            self._rows = rows
        return self._rows

    def tabulate_dict(self) -> list[dict[str, str]]:
        """Returns the rows with every cell as text."""
        return [{key: str(value) for key, value in row.items()} for row in self.rows()]

    def tabulate_json(self) -> str:
        """Returns the rows as a JSON array."""
        return json.dumps(self.tabulate_dict())

    def tabulate_csv(self) -> str:
        """Returns the rows as CSV with a header line."""
        table = self.tabulate_dict()
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(dict.fromkeys(key for row in table for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return buffer.getvalue()

    def tabulate_pandas(self) -> pd.DataFrame:
        """Returns the rows as a pandas DataFrame (extra ``pandas``)."""
        from .extras import require  # noqa: PLC0415  # only this method needs it

        pandas = require("pandas", extra="pandas")
        return cast("pd.DataFrame", pandas.DataFrame(self.tabulate_dict()))

    # How it is asked

    def _query(self) -> list[tuple[str, str]]:
        narrowed = self._narrowed.xsi_type if self._narrowed is not None else self._collection.xsi_type
        query = [("format", "json")]
        if narrowed:
            query.append(("xsiType", narrowed))
        fields = self._fields()
        if fields:
            query.append(("columns", ",".join([*self._collection.columns, *(field.xpath for field in fields)])))
        return query

    def _fields(self) -> list[AnyField]:
        """Returns the fields to ask for: those of columns() and filter(), less what the listing has anyway."""
        named = [*self._extra, *(field for constraint in self._constraints for field in constraint.fields())]
        known = {*self._collection.columns, *self._collection.renamed.values()}
        return list({field.xpath: field for field in named if field.path not in known}.values())

    def _load(self) -> list[dict[str, object]]:
        document = self._session.get_json(self.uri, query=self._query())
        rows = read_table(document, self.uri)
        self._rename(rows)
        (self._narrowed or self._collection.item()).__xnat_prepare_rows__(rows)
        if self._narrowed is not None:
            rows = [row for row in rows if self._is_wanted(row, self._narrowed)]
        if self._constraints:
            rows = [row for row in rows if self._holds(row)]
        return rows

    def _rename(self, rows: list[dict[str, object]]) -> None:
        """Gives columns that the server spells in its own way the names of their schema paths."""
        names = self._collection.renamed
        for field in self._fields():
            if rows and plain_path(field.path) in rows[0]:
                continue
            key = self._collection.row_key(field.xpath, field.path)
            if rows and key not in rows[0]:
                msg = f"{field.xpath}: this server sends no such field; is it in the schemas of this server's version?"
                raise FieldNotOnServerError(msg, field=field.xpath)
            names[key] = plain_path(field.path)
        for row in rows if names else ():
            row.update({path: row.pop(key) for key, path in names.items() if key in row})

    def _is_wanted(self, row: dict[str, object], wanted: type[XnatObject]) -> bool:
        xsi_type = self._type_of(row)
        return xsi_type not in self._session.registry.types or self._session.registry.is_subtype(
            xsi_type, wanted.xsi_type
        )

    def _holds(self, row: dict[str, object]) -> bool:
        def read(field: AnyField) -> object:
            return field.codec.decode(row.get(plain_path(field.path)))

        return all(constraint.holds(read) for constraint in self._constraints)

    @staticmethod
    def _type_of(row: Mapping[str, object]) -> str:
        return str(row.get("xsiType") or row.get("element_name") or "")

    def _make(self, index: int) -> T_co:
        row = self.rows()[index]
        xsi_type = row.get("xsiType") or row.get("element_name")
        item_class = self._classes.get(xsi_type) or self._class_of(xsi_type)
        made = item_class.__xnat_from_server__(self._session, "", row, self._owner, self)
        self._objects[index] = made
        return made

    def _class_of(self, xsi_type: object) -> type[T_co]:
        """Returns the class of rows of a type; each type is looked up once, since listings can be very long."""
        declared = cast("type[T_co]", self._narrowed or self._collection.item())
        found = self._classes[xsi_type] = self._session.registry.class_for(str(xsi_type or ""), declared)
        return found

    def _at(self, index: int) -> T_co:
        self.rows()
        found = self._objects[index]
        return self._make(index) if found is None else found

    def _index(self, key: str) -> int:
        found = self._indexes(key)
        if not found:
            msg = f"{key!r} is neither an ID nor a {self._collection.second_key or 'name'} in {self.uri}"
            raise KeyNotFoundError(msg)
        if len(found) > 1:
            candidates = [self.keys()[index] for index in found]
            names = f"{', '.join(candidates[:10])}{', ...' if len(candidates) > 10 else ''}"
            msg = f"{key!r} stands for {len(found)} items of {self.uri}: use one of the IDs {names}"
            raise AmbiguousKeyError(msg, candidates=candidates)
        return found[0]

    def _indexes(self, key: str) -> list[int]:
        if self._by_key is None:
            self._by_key = {}
            for name in (self._collection.second_key, self._collection.key):
                self._add_keys(self._by_key, name)
        return self._by_key.get(key, [])

    def _add_keys(self, index: dict[str, list[int]], name: str) -> None:
        """Adds the rows by one key; a later call wins, so an ID always stands before an equal label."""
        own: dict[str, list[int]] = {}
        for position, row in enumerate(self.rows() if name else ()):
            own.setdefault(str(row.get(name) or ""), []).append(position)
        own.pop("", None)
        index.update(own)

    def __repr__(self) -> str:
        kind = (self._narrowed or self._collection.item()).__name__
        if self._rows is None:
            return f"<Listing of {kind} at {self.uri}, not loaded>"
        shown = ", ".join(
            f"({row.get(self._collection.key)}, {row.get(self._collection.second_key, '')})" for row in self._rows[:10]
        )
        return f"<Listing of {len(self._rows)} {kind}: {shown}{', ...' if len(self._rows) > 10 else ''}>"
