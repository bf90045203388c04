"""Objects from the rows of a search: they behave as objects of a listing, and nothing more is asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from .archive import AssessorObject, ExperimentObject, ProjectObject, ScanObject, SubjectObject
from .codec import TEXT
from .collections import plain_path
from .display import displays
from .errors import DecodeError, InvalidValueError, UnexpectedAnswerError
from .fields import ScalarField
from .item import Item
from .objects import XnatObject
from .paths import join
from .query import DisplayField, QueryField, Selectable, VariableField
from .search_answer import WHERE, Row, require
from .search_document import type_of
from .search_terms import AnyField
from .searchable import SearchRecord
from .variable_columns import entry_path

if TYPE_CHECKING:
    from .session import BaseSession

T = TypeVar("T", bound=XnatObject | SearchRecord)
Keys = dict[str, str]


@attrs.frozen
class Shape:
    """What the objects of a class are made of; the source of their rows, which tells their addresses.

    Attributes:
        needed: Paths that their address is made of.
        further: Paths that a listing of them has too.
        pattern: The address: words, and paths in braces.
    """

    needed: tuple[str, ...]
    further: tuple[str, ...]
    pattern: tuple[str, ...]

    @property
    def owner(self) -> None:
        """Objects that a search found were reached through no other object."""

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Returns the address for a row by path.

        Raises:
            UnexpectedAnswerError: The row lacks a value that the address needs.
        """
        for path in self.needed:
            if not row[path]:
                msg = f"a row has no {path}, which its address needs"
                raise UnexpectedAnswerError(msg, method="POST", url=WHERE)
        return join(*(str(row[part[1:-1]]) if part[0] == "{" else part for part in self.pattern))


# Nearest runtime base first. The addresses are those that the collections of the connection give their items.
_SHAPES: tuple[tuple[type[XnatObject], Shape], ...] = (
    (ProjectObject, Shape(("ID",), ("name", "secondary_ID", "description"), ("data", "projects", "{ID}"))),
    (
        SubjectObject,
        Shape(("ID", "project"), ("label",), ("data", "projects", "{project}", "subjects", "{ID}")),
    ),
    (
        ScanObject,
        Shape(
            ("ID", "image_session_ID"),
            ("type", "quality", "note", "series_description"),
            ("data", "experiments", "{image_session_ID}", "scans", "{ID}"),
        ),
    ),
    (
        AssessorObject,
        Shape(("ID",), ("label", "project", "date", "imageSession_ID"), ("data", "experiments", "{ID}")),
    ),
    (
        ExperimentObject,
        Shape(("ID",), ("label", "project", "date", "subject_ID"), ("data", "experiments", "{ID}")),
    ),
)


def shape_of(item_class: type[Item]) -> Shape:
    """Returns what the rows of a class must hold.

    Raises:
        InvalidValueError: No address can be made of a row.
    """
    if issubclass(item_class, SearchRecord):
        # Only what its display document shows: other columns of accounts are none of a search's business.
        shown = (display.path for display in displays(item_class).values() if display.path)
        return Shape((), tuple(dict.fromkeys(shown)), ())
    for base, shape in _SHAPES:
        if issubclass(item_class, base):
            return shape
    msg = f"{item_class.__name__} has no address of its own that a row of a search tells; use select()"
    raise InvalidValueError(msg)


def own_fields(item_class: type[Item], paths: Sequence[str]) -> list[AnyField]:
    """Returns fields of a type by their paths; those that it does not have are left out."""
    members = item_class.__xnat_members__().values()
    scalars: dict[str, ScalarField[Any]] = {  # Any: fields of every type
        member.path: member for member in members if isinstance(member, ScalarField)
    }
    found = ((path, scalars.get(path)) for path in paths)
    return [
        QueryField(item_class.xsi_type, path, TEXT)
        if member is None
        else member.query_field_of(item_class.xsi_type, "")
        for path, member in found
        if member is not None or "/" in path
    ]


class ObjectRows(Generic[T]):
    """Makes objects of rows."""

    def __init__(self, item_class: type[T], view: tuple[AnyField, ...] = ()) -> None:
        self.item_class = item_class
        self.view = view
        self._shape = shape_of(item_class)
        self._own = own_fields(item_class, (*self._shape.needed, *self._shape.further))

    def columns(self, session: BaseSession) -> list[AnyField]:
        """Returns the columns that the objects are made of, those of their parents too where fields of these are asked.

        Raises:
            InvalidValueError: A field belongs neither to the objects nor to their parents.
        """
        return [*self._own, *self.view, *self._parent_fields(session)]

    def _parent_class(self, session: BaseSession, field: AnyField) -> type[XnatObject] | None:
        """Returns the class of the parent that a field belongs to, None for a field of the objects themselves."""
        root = self.item_class.xsi_type
        if session.registry.is_subtype(root, type_of(field)):
            return None
        found = session.registry.load(type_of(field))
        if (
            issubclass(self.item_class, XnatObject)
            and found is not None
            and issubclass(found, XnatObject)
            and issubclass(found, self.item_class.__xnat_parent_kind__())
        ):
            return found
        msg = (
            f"{field.xpath} belongs neither to {self.item_class.__name__} nor to its parent, so its objects cannot "
            "hold it: read it with select(), or as a table"
        )
        raise InvalidValueError(msg)

    def _parent_fields(self, session: BaseSession) -> list[AnyField]:
        classes = [self._parent_class(session, field) for field in self.view]
        parent = next((found for found in classes if found is not None), None)
        if parent is None:
            return []
        shape = shape_of(parent)
        return own_fields(parent, (*shape.needed, *shape.further))

    def build(self, session: BaseSession, rows: list[Row], keys: Keys) -> list[T]:
        """Returns the objects of rows, each once, although a row that a type below is joined to can come twice.

        Raises:
            FieldNotOnServerError: A column is missing that the objects' addresses or a viewed field need.
        """
        if not rows:
            return []
        pairs = self._pairs(keys, self._own, needed=self._shape.needed)
        pairs += self._pairs(keys, [field for field in self.view if self._parent_class(session, field) is None])
        read = _reader(pairs)
        if issubclass(self.item_class, SearchRecord):
            records = [self.item_class.__xnat_found__(read(raw)) for raw in rows]
            return cast("list[T]", records)
        parents = self._parents(session, rows, keys) or repeat(None)
        return cast("list[T]", self._objects(session, map(read, rows), parents))

    def _objects(
        self, session: BaseSession, rows: Iterable[Row], parents: Iterable[XnatObject | None]
    ) -> list[XnatObject]:
        shape, item_class = self._shape, cast("type[XnatObject]", self.item_class)
        identity = _identity(shape)
        found: dict[object, XnatObject] = {}
        for row, parent in zip(rows, parents, strict=False):
            mark = identity(row)
            if mark not in found:
                found[mark] = item_class.__xnat_from_server__(session, "", row, parent, shape)
        return list(found.values())

    @staticmethod
    def _pairs(keys: Keys, fields: Sequence[AnyField], needed: Sequence[str] | None = None) -> list[tuple[str, str]]:
        """Returns row names with column keys; of fields nobody asked for, those that a server left out are left out."""
        wanted = [field for field in fields if needed is None or field.path in needed or field.xpath in keys]
        return [(row_name(field), require(field, keys)) for field in wanted]

    def _parents(self, session: BaseSession, rows: list[Row], keys: Keys) -> list[XnatObject | None]:
        fields = [field for field in self.view if self._parent_class(session, field) is not None]
        if not fields:
            return []
        parent = cast("type[XnatObject]", self._parent_class(session, fields[0]))
        shape = shape_of(parent)
        pairs = self._pairs(keys, own_fields(parent, (*shape.needed, *shape.further)), shape.needed)
        pairs += self._pairs(keys, fields)
        read, identity = _reader(pairs), _identity(shape)
        known: dict[object, XnatObject] = {}

        def at(raw: Row) -> XnatObject | None:
            row = read(raw)
            if not all(row[path] for path in shape.needed):
                return None
            mark = identity(row)
            if mark not in known:
                known[mark] = parent.__xnat_from_server__(session, "", row, None, shape)
            return known[mark]

        return [at(raw) for raw in rows]


def _identity(shape: Shape) -> Callable[[Row], object]:
    """Returns what tells the rows of one item from those of others."""
    return cast("Callable[[Row], object]", itemgetter(*shape.needed))


def _reader(pairs: Sequence[tuple[str, str]]) -> Callable[[Row], Row]:
    """Returns what makes rows by path of rows by column key; ten thousand of them are no rarity."""
    names = tuple(name for name, _ in pairs)
    if len(names) < 2:
        return lambda raw: {name: raw[key] for name, key in pairs}
    cells = itemgetter(*(key for _, key in pairs))
    return lambda raw: dict(zip(names, cells(raw), strict=True))


class TupleRows:
    """Makes tuples of rows, one for each object."""

    def __init__(self, item_class: type[Item], fields: tuple[AnyField, ...]) -> None:
        self.item_class = item_class
        self.fields = fields

    def columns(self, session: BaseSession) -> list[AnyField]:
        """Returns the columns: the fields, and what keeps apart objects with equal values (schema-and-search 4.6)."""
        del session
        return [*self.fields, *own_fields(self.item_class, shape_of(self.item_class).needed)]

    def build(self, session: BaseSession, rows: list[Row], keys: Keys) -> list[tuple[Any, ...]]:  # Any: see select()
        """Returns the tuples of rows.

        Raises:
            FieldNotOnServerError: The server left a column out.
            MissingValueError: A field that identifies has no value in some row.
        """
        del session
        if not rows:
            return []
        readers = [(field, require(field, keys)) for field in self.fields]
        return [tuple(read_cell(field, row[key]) for field, key in readers) for row in rows]


def read_cell(field: Selectable[object], raw: object) -> object:
    """Returns the value of a cell.

    Raises:
        DecodeError: The cell is not of the field's type.
    """
    try:
        return field.cell(raw)
    except ValueError:
        term = cast("AnyField", field)
        msg = f"{term.xpath}: the server's search sent something that is no {term.codec.name}"
        raise DecodeError(msg) from None


def row_name(field: AnyField) -> str:
    """Returns where the row of an object holds a field."""
    if isinstance(field, VariableField):
        return entry_path(field.value)
    return field.xpath if isinstance(field, DisplayField) else plain_path(field.path)
