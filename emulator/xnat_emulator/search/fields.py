"""From the ids of search documents to values: display fields, schema paths and joined types (schema-and-search 3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from ..datamodel import xmlpath
from ..datamodel.display import DisplayElement, DisplayField, element, search_type, sql_name
from ..datamodel.schema import DataModel
from ..datamodel.xmlpath import PathError, XmlPath
from ..formats.columns import Columns, typed
from ..formats.tables import Cell
from ..store.archive import Archive
from ..store.items import Item
from ..store.patch import ABSTRACT_DEFAULTS
from .computed import compute
from .corpus import Corpus
from .document import SearchField
from .variables import defined

_TYPED_PATH = re.compile(r"[\w-]+:[\w-]+/")
_LONGEST_KEY = 63
_MOMENTS = frozenset({"meta/insert_date", "meta/last_modified", "last_modified"})
_USER_MARK = "{XDAT_USER_ID}"
_ALIASES: WeakKeyDictionary[Archive, dict[str, int]] = WeakKeyDictionary()

Reader = Callable[[Item], Sequence[Cell]]


@dataclass(frozen=True)
class Source:
    """Where the values of a column or of a condition come from.

    Attributes:
        element: Type it belongs to.
        id: Id with its value behind ``=``.
        key: Name of the column.
        datatype: Type of the values, as columns name it.
        header: Text above the column.
        cells: Values for an object of the root type; more than one only for conditions on repeating paths.
        is_path: It is a schema path and no display field, which compares differently.
        moment: Its values are moments, also where its type says date.
    """

    element: str
    id: str
    key: str
    datatype: str
    header: str
    cells: Reader
    is_path: bool = False
    moment: bool = False

    def cell(self, item: Item) -> Cell:
        """Return the value for an object."""
        found = self.cells(item)
        return found[0] if found else None


class Fields:
    """Finds fields for one search.

    Args:
        corpus: What is searched.
        root: Type of the rows.
    """

    def __init__(self, corpus: Corpus, root: str) -> None:
        self._corpus = corpus
        self._root = root
        self._call = corpus.call
        self._model = corpus.call.model
        self._columns = Columns(corpus.call.archive)

    def display(self, xsi_type: str) -> DisplayElement:
        """Return the search fields of a type."""
        return element(self._call.site.schemas, self._model, xsi_type)

    def column(self, wanted: SearchField) -> Source | None:
        """Return the source of a column, None for one that the server leaves out."""
        name, value = _parted(wanted)
        owner = wanted.element or self._root
        if owner not in self._model:
            return None
        if "/" not in name and (found := self.by_id(owner, name, self._value(value))) is not None:
            return found
        path = name if "/" in name else f"{self._root}/{name}"
        return self._path_column(path)

    def _value(self, value: str) -> str:
        if value != _USER_MARK:
            return value
        user = self._call.archive.users.get(self._call.login)
        return "" if user is None else str(user.number)

    def by_id(self, owner: str, name: str, value: str = "") -> Source | None:
        """Return the source of a display field, None when the type has none of this id."""
        display = self.display(owner)
        found = display.by_id.get(name) or _counted(self._model, owner, name)
        if found is not None:
            return self._display_source(owner, found, value)
        if name.startswith("XNAT_COL_"):
            path = next((p for p in self._model.type(owner).fields if _path_id(f"{owner}/{p}") == name), None)
            return None if path is None else self._path_column(f"{owner}/{path}")
        return None

    def _display_source(self, owner: str, found: DisplayField, value: str) -> Source:
        if found.content == "variable":
            found = replace(found, datatype=self._variable_type(owner, value))
        identifier = f"{found.id}={value}" if value else found.id
        key = f"{found.id}_{_clean(value)}" if value else found.id
        return Source(
            element=owner,
            id=identifier,
            key=self._key(owner, key.lower()),
            datatype=found.datatype,
            header=found.title,
            cells=self._display_reader(owner, found, value),
            moment=found.datatype == "dateTime" or found.path in _MOMENTS or found.content in _MOMENTS,
        )

    def _variable_type(self, owner: str, name: str) -> str:
        known = (one.datatype for one in defined(self._corpus, owner) if one.name.lower() == name.lower())
        return next(known, "string")

    def _key(self, owner: str, name: str) -> str:
        key = name if owner == self._root else f"{sql_name(owner)}_{name}"
        if len(key) <= _LONGEST_KEY:
            return key
        numbers = _ALIASES.setdefault(self._call.archive, {})
        return f"df_alias_{numbers.setdefault(key, len(numbers))}"

    def _display_reader(self, owner: str, found: DisplayField, value: str) -> Reader:
        if found.content:
            work_out, corpus, argument = compute(found.content), self._corpus, found.argument

            def computed(item: Item) -> Sequence[Cell]:
                target = corpus.related(item, owner)
                return () if target is None else (_as(found.datatype, work_out(corpus, target, argument, value)),)

            return computed
        if not found.path:
            return _nothing
        path = found.path if _TYPED_PATH.match(found.path) else f"{owner}/{found.path}"
        return self._reader(owner, xmlpath.parse(path))

    def _reader(self, owner: str, path: XmlPath) -> Reader:
        """Return what reads a path; a path of another type is followed from the owner's object."""
        corpus, columns = self._corpus, self._columns
        simple = self._simple_reader(path)

        def read(item: Item) -> Sequence[Cell]:
            target = corpus.related(item, owner)
            if target is not None and path.root != owner:
                target = corpus.related(target, path.root)
            if target is None:
                return ()
            return simple(target) if simple is not None else columns.cells(target, path)

        return read

    def _simple_reader(self, path: XmlPath) -> Reader | None:
        """Return what reads a path that is one value of the object itself."""
        try:
            field = xmlpath.locate(self._model, path.root, path.steps).field
        except PathError:
            return None
        if field is None:
            return None
        name, datatype = field.path, field.datatype

        def read(item: Item) -> Sequence[Cell]:
            value = item.node.values.get(name)
            return () if value is None else (typed(value, datatype),)

        return read

    def _path_column(self, text: str) -> Source | None:
        """Return the source of a column over a schema path; repeating paths and predicates give none."""
        source = None if "[" in text else self.by_path(text)
        if source is None or not self._is_single(xmlpath.parse(text)):
            return None
        name = text.partition("/")[2].replace("@", "")
        plain = self.display(source.element).by_path.get(name.lower())
        return source if plain is None else self._display_source(source.element, plain, "")

    def by_path(self, text: str) -> Source | None:
        """Return the source of a schema path, None when there is no such path."""
        path = self._known_path(text)
        if path is None:
            return None
        identifier = _path_id(text)
        datatype = _path_type(self._model, path.root, path)
        return Source(
            element=path.root,
            id=identifier,
            key=self._key(path.root, identifier.lower()),
            datatype=datatype,
            header=path.steps[-1].name,
            cells=self._reader(path.root, path),
            is_path=True,
            moment=datatype == "dateTime",
        )

    def _known_path(self, text: str) -> XmlPath | None:
        """Return the path that a text means; a field of the type itself is found whatever the case."""
        try:
            path = xmlpath.parse(text)
        except PathError:
            return None
        if path.root not in self._model:
            return None
        if self._columns.knows(path):
            return path
        wanted = "/".join(step.name for step in path.steps).lower()
        fields = self._model.type(path.root).fields
        return next((xmlpath.parse(f"{path.root}/{name}") for name in fields if name.lower() == wanted), None)

    def _is_single(self, path: XmlPath) -> bool:
        """Tell whether a path leads to one value at most."""
        name, steps = path.root, path.steps
        while steps:
            try:
                found = xmlpath.locate(self._model, name, steps)
            except PathError:
                return True
            if found.slot is None:
                return True
            if found.slot.repeating:
                return False
            name, steps = ABSTRACT_DEFAULTS.get(found.slot.target, found.slot.target), found.rest
        return False

    def condition(self, text: str) -> Source | None:
        """Return what a condition is about: a display field of the type it names, else a schema path."""
        owner, rest = _split(text)
        if owner in self._model:
            name, _, value = rest.partition("=")
            found = self.by_id(owner, name, self._value(value))
            if found is not None:
                return found
        return self.by_path(text)


def _as(datatype: str, cell: Cell) -> Cell:
    """Return a text as the number that its field holds; what is no number stays a text."""
    if not isinstance(cell, str) or datatype not in {"integer", "float"}:
        return cell
    try:
        return int(cell) if datatype == "integer" else float(cell)
    except ValueError:
        return cell


def _nothing(item: Item) -> Sequence[Cell]:
    del item
    return ()


def _parted(wanted: SearchField) -> tuple[str, str]:
    """Return id and value of a column: without a value of its own, what follows ``=`` or ``.`` is cut off as one."""
    name, _, behind = wanted.id.partition("=")
    if wanted.value is not None:
        return name, wanted.value.strip() or behind
    return (name.partition(".")[0], behind)


def _split(text: str) -> tuple[str, str]:
    """Part a condition's field into type and rest, at the first dot, else the first slash, else ``@``."""
    for sign in (".", "/", "@"):
        if sign in text:
            owner, _, rest = text.partition(sign)
            return owner, rest
    return text, ""


def _clean(text: str) -> str:
    """Return a text as part of a column's name (schema-and-search 4.6)."""
    plain = re.sub(r"[/@\[\]]", "", text).replace(":", "_col_").replace(",", "_com_")
    return re.sub(r"\W", "_", plain)


def _path_id(text: str) -> str:
    return _clean(text).upper()


def _path_type(model: DataModel, name: str, path: XmlPath) -> str:
    last = "/".join(step.name for step in path.steps)
    if last in {"meta/insert_date", "meta/last_modified"}:
        return "dateTime"
    if last.startswith("meta/"):
        return "string"
    steps = path.steps
    while steps:
        try:
            found = xmlpath.locate(model, name, steps)
        except PathError:
            return "string"
        if found.field is not None:
            return search_type(found.field.datatype)
        if found.slot is None or not found.rest:
            return "string"
        target = ABSTRACT_DEFAULTS.get(found.slot.target, found.slot.target)
        name, steps = found.step.xsi_type or target, found.rest
    return "string"


def _counted(model: DataModel, owner: str, name: str) -> DisplayField | None:
    """Return the field that counts a subject's experiments of a type, as default searches of projects have it."""
    if owner != "xnat:subjectData" or not name.startswith("CNT_"):
        return None
    wanted = name.removeprefix("CNT_").lower()
    counted = next((known for known in model.elements.values() if sql_name(known) == wanted), None)
    if counted is None:
        return None
    return DisplayField(
        name, searchable=False, needs_value=True, content="count_experiments", argument=counted, datatype="integer"
    )
