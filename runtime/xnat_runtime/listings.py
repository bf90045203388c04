"""Listings: the typed rows of a collection."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast, overload

from .classes import plain_class
from .collections import Collection, plain_path
from .documents import read_table
from .errors import AmbiguousKeyError, DecodeError, FieldNotOnServerError, InvalidValueError, KeyNotFoundError
from .listing_keys import KeyViews
from .query import Constraint, CustomVariables, DisplayField, QueryField
from .showable import Showable
from .snapshots import Snapshot
from .variable_columns import cell, gathered, is_gathered, plain_columns, with_entries

if TYPE_CHECKING:
    from .html_tables import Table
    from .objects import XnatObject
    from .session import BaseSession

T_co = TypeVar("T_co", bound="XnatObject", covariant=True)
S = TypeVar("S", bound="XnatObject")
D = TypeVar("D")
AnyField = QueryField[Any]  # Any: fields of every type stand side by side in columns()


class Listing(Showable, KeyViews[T_co], Generic[T_co]):
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
        self._lock = threading.Lock()
        self._taken: Snapshot[T_co] | None = None
        self._classes: dict[object, tuple[type[T_co], XnatObject | None]] = {}
        self._is_gathered = is_gathered(self._fields())

    @property
    def uri(self) -> str:
        """The path of the collection."""
        return self._base + self._collection.path

    @property
    def _base(self) -> str:
        return "" if self._owner is None else self._owner.__xnat_base__()

    @property
    def session(self) -> BaseSession:
        """The connection."""
        return self._session

    @property
    def owner(self) -> XnatObject | None:
        """The object that the collection belongs to, None for collections of the connection."""
        return self._owner

    @property
    def __xnat_collection__(self) -> Collection[T_co]:
        """The route that is asked."""
        return self._collection

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Returns the path of a row's item."""
        return self._collection.uri_of(self._base, row)

    # What is asked

    def of_type(self, item_class: type[S]) -> Listing[S]:
        """Returns the items of one data type and those that extend it; the server is asked for that type only.

        Raises:
            InvalidValueError: The listing cannot hold items of that type.
        """
        item_class = plain_class(item_class)
        held = self._narrowed or self._collection.item()
        if not issubclass(item_class, held) and not issubclass(held, item_class):
            msg = f"{self.uri} holds {held.__name__}, never {item_class.__name__}"
            raise InvalidValueError(msg)
        made: type[Listing[S]] = cast("type[Listing[S]]", type(self))
        return made(
            self._session,
            cast("Collection[S]", self._collection),
            owner=self._owner,
            narrowed=item_class,
            extra=self._extra,
            constraints=self._constraints,
        )

    def columns(self, *fields: AnyField | CustomVariables[Any]) -> Listing[T_co]:  # Any: as in AnyField
        """Returns the same items with these fields loaded by the listing itself: one request, not one an item.

        ``SubjectData.fields`` loads all custom variables, for ``fields`` and for ``custom_variables``; so does one of
        them, ``SubjectData.fields["weight"]``, since a server sends all or none (rest-data 18).

        Raises:
            InvalidValueError: A field is not one of the listing's type; narrow the listing with of_type() first.
        """
        found = plain_columns(fields)
        self._require_own(found)
        return self._with(extra=self._extra + found)

    def filter(self, *constraints: Constraint) -> Listing[T_co]:
        """Returns the items that fulfil all constraints; the fields they name are loaded by the listing itself.

        Raises:
            InvalidValueError: A field is not one of the listing's type; narrow the listing with of_type() first.
        """
        for constraint in constraints:
            if not isinstance(cast("object", constraint), Constraint):
                msg = f"filter() takes conditions such as SubjectData.label == 'x', not {type(constraint).__name__}"
                raise InvalidValueError(msg)
            self._require_own(plain_columns(constraint.fields()))
        return self._with(constraints=self._constraints + constraints)

    def _require_own(self, fields: Iterable[AnyField]) -> None:
        """Refuses fields of other types: for those, a server leaves out rows without a word (rest-data 4.3)."""
        held = self._narrowed or self._collection.item()
        for field in fields:
            if not isinstance(cast("object", field), QueryField):
                msg = f"columns() takes fields, such as {held.__name__}.label, not {type(field).__name__}"
                raise InvalidValueError(msg)
            if isinstance(field, DisplayField):
                msg = f"{field.xpath} is a field of searches: session.query({held.__name__}) knows it, listings do not"
                raise InvalidValueError(msg)
            if not self._session.registry.is_subtype(held.xsi_type, field.xsi_type):
                msg = (
                    f"{field.xpath} is no field of every {held.__name__} in {self.uri}: narrow the listing first, with "
                    "of_type() and the class that has the field"
                )
                raise InvalidValueError(msg)

    def _with(
        self, *, extra: tuple[AnyField, ...] | None = None, constraints: tuple[Constraint, ...] | None = None
    ) -> Listing[T_co]:
        return type(self)(
            self._session,
            self._collection,
            owner=self._owner,
            narrowed=self._narrowed,
            extra=self._extra if extra is None else extra,
            constraints=self._constraints if constraints is None else constraints,
        )

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._taken = None

    def _snapshot(self) -> Snapshot[T_co]:
        """Returns the snapshot; the first of several threads asks the server, the others wait for it."""
        taken = self._taken
        if taken is None:
            with self._lock:
                taken = self._taken
                if taken is None:
                    keys = (self._collection.second_key, self._collection.key)
                    taken = self._taken = Snapshot(self._load(), self._make, keys)
        return taken

    # Mapping and sequence behaviour

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._snapshot())

    def __len__(self) -> int:
        return len(self.rows())

    def __bool__(self) -> bool:
        return bool(self.rows())

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            return bool(self._snapshot().indexes(key))
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
        taken = self._snapshot()
        if isinstance(key, slice):
            return [taken.at(index) for index in range(*key.indices(len(taken.rows)))]
        if isinstance(key, int):
            return taken.at(self._position(key, len(taken.rows)))
        if isinstance(key, str):
            return taken.at(self._index(key, taken))
        for item in taken:
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
        taken = self._snapshot()
        return taken.at(self._index(key, taken)) if taken.indexes(key) else default

    def keys(self) -> list[str]:
        """Returns the IDs."""
        return self._keys_of(self.rows())

    def _keys_of(self, rows: list[dict[str, object]]) -> list[str]:
        return [str(row.get(self._collection.key, "")) for row in rows]

    def values(self) -> list[T_co]:
        """Returns the objects."""
        return list(self)

    def items(self) -> list[tuple[str, T_co]]:
        """Returns pairs of ID and object."""
        taken = self._snapshot()
        return list(zip(self._keys_of(taken.rows), taken, strict=True))

    def _second_keys(self) -> list[str]:
        return [str(row.get(self._collection.second_key) or "") for row in self.rows()]

    @property
    def used_filters(self) -> tuple[Constraint, ...]:
        """The constraints of `filter`."""
        return self._constraints

    # Tables

    def rows(self) -> list[dict[str, object]]:
        """Returns the rows as the server sent them, by column; one request at the first use.

        Raises:
            NotFoundError: The owner does not exist or is not visible.
            FieldNotOnServerError: The server does not know a requested field.
        """
        return self._snapshot().rows

    # How it is asked

    def _query(self) -> list[tuple[str, str]]:
        narrowed = self._narrowed.xsi_type if self._narrowed is not None else self._collection.xsi_type
        query = [("format", "json")]
        if narrowed:
            query.append(("xsiType", narrowed))
        fields = self._fields()
        # Without columns of their own, routes (resources, files) send everything and take no columns=.
        if self._collection.columns and (fields or self._collection.is_explicit):
            query.append(("columns", ",".join([*self._collection.columns, *(field.xpath for field in fields)])))
        return query

    def _fields(self) -> list[AnyField]:
        """Returns the fields to ask for: those of columns() and filter(), less what the listing has anyway."""
        filtered = plain_columns(field for constraint in self._constraints for field in constraint.fields())
        known = {*self._collection.columns, *self._collection.renamed.values()}
        return list({field.xpath: field for field in (*self._extra, *filtered) if field.path not in known}.values())

    def _load(self) -> list[dict[str, object]]:
        document = self._session.get_json(self.uri, query=self._query())
        rows = self._read(read_table(document, self.uri))
        self._rename(rows)
        rows = gathered(rows)
        (self._narrowed or self._collection.item()).__xnat_prepare_rows__(rows)
        if self._narrowed is not None:
            rows = [row for row in rows if self._is_wanted(row, self._narrowed)]
        if self._constraints:
            rows = [row for row in rows if self._holds(row)]
        return rows

    def _read(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return rows

    def _rename(self, rows: list[dict[str, object]]) -> None:
        """Gives columns that the server spells in its own way the names of their schema paths."""
        names = self._collection.renamed
        for field in self._fields():
            path = plain_path(field.path)
            spellings = (path, *self._collection.row_keys(field.xpath, field.path))
            found = next((key for key in spellings if any(key in row for row in rows)), None)
            if found is None and rows:
                msg = f"{field.xpath}: this server sends no such field; is it in the schemas of this server's version?"
                raise FieldNotOnServerError(msg, field=field.xpath)
            if found not in {None, path}:
                names[str(found)] = path
        for row in rows if names else ():
            row.update({path: row.pop(key) for key, path in names.items() if key in row})

    def _is_wanted(self, row: dict[str, object], wanted: type[XnatObject]) -> bool:
        xsi_type = self._type_of(row)
        return xsi_type not in self._session.registry.types or self._session.registry.is_subtype(
            xsi_type, wanted.xsi_type
        )

    def _holds(self, row: dict[str, object]) -> bool:
        def read(field: AnyField) -> object:
            try:
                return field.codec.decode(cell(row, field))
            except ValueError:
                msg = f"{field.xpath}: the server sent something that is no {field.codec.name} in {self.uri}"
                raise DecodeError(msg) from None

        return all(constraint.holds(read) for constraint in self._constraints)

    @staticmethod
    def _type_of(row: Mapping[str, object]) -> str:
        return str(row.get("xsiType") or row.get("element_name") or "")

    def _make(self, row: dict[str, object]) -> T_co:
        xsi_type = row.get("xsiType") or row.get("element_name")
        item_class, parent = self._classes.get(xsi_type) or self._class_of(xsi_type)
        values = with_entries(row) if self._is_gathered else row
        return item_class.__xnat_from_server__(self._session, "", values, parent, self)

    def _class_of(self, xsi_type: object) -> tuple[type[T_co], XnatObject | None]:
        """Returns class and parent of rows of a type, looked up once a type, since listings can be very long.

        The owner of a listing is not always the parent: imaging sessions of a project belong to subjects.
        """
        declared = cast("type[T_co]", self._narrowed or self._collection.item())
        item_class = self._session.class_for(str(xsi_type or ""), declared)
        parent = self._owner if isinstance(self._owner, item_class.__xnat_parent_kind__()) else None
        found = self._classes[xsi_type] = (item_class, parent)
        return found

    def _position(self, index: int, length: int) -> int:
        if not -length <= index < length:
            msg = f"there is no position {index} in {self.uri}, which has {length} items"
            raise IndexError(msg)
        return index % length

    def _index(self, key: str, taken: Snapshot[T_co]) -> int:
        found = taken.indexes(key)
        if not found:
            msg = f"{key!r} is neither an ID nor a {self._collection.second_key or 'name'} in {self.uri}"
            raise KeyNotFoundError(msg)
        if len(found) > 1:
            raise self._ambiguous(key, self._keys_of([taken.rows[index] for index in found]))
        return found[0]

    def _ambiguous(self, key: str, candidates: list[str]) -> AmbiguousKeyError:
        names = f"{', '.join(candidates[:10])}{', ...' if len(candidates) > 10 else ''}"
        is_same = len(set(candidates)) < len(candidates)
        advice = "iterate to tell them apart" if is_same else f"use one of the IDs {names}"
        msg = f"{key!r} stands for {len(candidates)} items of {self.uri}: {advice}"
        return AmbiguousKeyError(msg, candidates=candidates)

    @property
    def __xnat_kind__(self) -> type[XnatObject]:
        """The class that all items have at least."""
        return self._narrowed or self._collection.item()

    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns what notebooks show."""
        from .notebook_rows import of_listing  # noqa: PLC0415 - only notebooks look

        return of_listing(self, identifying, limit)

    def __reduce__(self) -> NoReturn:
        msg = "a listing cannot be pickled, the objects in it can: pickle list(listing)"
        raise TypeError(msg)

    def __repr__(self) -> str:
        kind = self.__xnat_kind__.__name__
        if self._taken is None:
            return f"<Listing of {kind} at {self.uri}, not loaded>"
        rows = self._taken.rows
        shown = ", ".join(
            f"({row.get(self._collection.key)}, {row.get(self._collection.second_key, '')})" for row in rows[:10]
        )
        return f"<Listing of {len(rows)} {kind}: {shown}{', ...' if len(rows) > 10 else ''}>"
