"""Lists inside an item's document: the descriptors and the mappings and sequences they read as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Generic, Self, TypeVar, cast, overload

from .codec import Codec
from .edits import ChangeSet, fill_structure, subelement, xml_text
from .errors import DecodeError, InvalidValueError
from .fields import Member
from .objects import Item
from .query import CustomVariables
from .structures import XnatStructure

if TYPE_CHECKING:
    from xml.etree import ElementTree

T = TypeVar("T")
S = TypeVar("S", bound=XnatStructure)
E = TypeVar("E")


class _List(Member, Generic[E]):
    """What the kinds of list share: the entries are read from the document once and kept with the item."""

    def read_entries(self, item: Item) -> E:
        """Returns the entries as the item's document has them."""
        raise TypeError(type(self).__name__, item)

    def entries(self, item: Item) -> E:
        """Returns the entries of an item, those added here included."""
        row, slot = item.__xnat_list_slot__(self.path)
        if slot not in row:
            entries = self.read_entries(item)
            # Reading may have loaded the document, and with it made a new row.
            row, slot = item.__xnat_list_slot__(self.path)
            row[slot] = entries
        return cast("E", row[slot])

    @property
    def element_name(self) -> str:
        """The name of one entry's element."""
        return self.path.rpartition("/")[2]


class _SimpleList(_List[E], Generic[E, T]):
    def __init__(self, path: str, codec: Codec[T]) -> None:
        super().__init__(path)
        self.codec = codec

    def _decode(self, raw: object) -> T | None:
        try:
            return self.codec.decode(raw)
        except ValueError:
            msg = f"{self.label}: the server sent something that is no {self.codec.name} at path {self.path!r}"
            raise DecodeError(msg) from None

    def check(self, value: object) -> None:
        """Checks a value that is to join the list.

        Raises:
            InvalidValueError: It has the wrong type.
        """
        if not self.codec.accepts(value):
            msg = f"{self.label} takes {self.codec.wanted}, not {type(value).__name__}"
            raise InvalidValueError(msg)

    def _text(self, value: object) -> str:
        return xml_text(self.codec.encode(cast("T", value)), self.label)


class KeyedValues(_SimpleList[dict[str, T], T], Generic[T]):
    """A list of texts with a key each: reads as a mapping, such as ``subject.fields["x"]``."""

    def __init__(self, path: str, codec: Codec[T], *, key: str, text: str) -> None:
        super().__init__(path, codec)
        self.key = key
        self.text = text

    @overload
    def __get__(self, item: None, owner: type[Item]) -> CustomVariables[T]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> ValueMap[T]: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> CustomVariables[T] | ValueMap[T]:
        return self.search_terms(owner.xsi_type) if item is None else ValueMap(item, self)

    def search_terms(self, xsi_type: str) -> CustomVariables[T]:
        """Returns the entries of a type's list as search terms, by key."""
        return CustomVariables(xsi_type, self.codec, is_searchable=self.path == "fields/field")

    def entry_path(self, key: str) -> str:
        """Returns the path of one entry's text, such as ``fields/field[name=x]/field``.

        Raises:
            InvalidValueError: The key holds what ends a key in a path.
        """
        if set(key) & set("[]/=@"):
            msg = f"{self.label}: an entry whose name holds one of [ ] / = @ cannot be removed over XNAT's REST API"
            raise InvalidValueError(msg)
        return f"{self.path}[{self.key}={key}]/{self.text}"

    def read_entries(self, item: Item) -> dict[str, T]:
        """Returns the entries as the item's document has them; a cleared one, which keeps its name, is left out."""
        nodes = item.__xnat_children__(self.path)
        read = ((str(node.fields.get(self.key, "")), self._decode(node.fields.get(self.text))) for node in nodes)
        return {key: value for key, value in read if value is not None} | self.assigned(item)

    def assigned(self, item: Item) -> dict[str, T]:
        """Returns the entries assigned here before the document was read; assigning asks the server nothing."""
        row, slot = item.__xnat_list_slot__(self.path)
        return cast("dict[str, T]", row.setdefault(f"+{slot}", {}))

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the entries that changed to the element of their owner."""
        for (path, key), value in changes.entries.items():
            if path == self.path:
                entry = subelement(element, self, used)
                entry.set(self.key, xml_text(key, self.label))
                entry.text = self._text(value)


class ValueMap(MutableMapping[str, T]):
    """The entries of a keyed list; assigning or deleting one sends it at once, or with the owner's edit()."""

    __slots__ = ("_item", "_member")

    def __init__(self, item: Item, member: KeyedValues[T]) -> None:
        self._item = item
        self._member = member

    def _load(self) -> dict[str, T]:
        return self._member.entries(self._item)

    def __getitem__(self, key: str) -> T:
        return self._load()[key]

    def __setitem__(self, key: str, value: T) -> None:
        self._member.check(value)
        if not key.strip() or (isinstance(value, str) and not value.strip()):
            msg = f"{self._member.label} takes no blank name or text, which XNAT ignores; del removes an entry"
            raise InvalidValueError(msg)
        self._item.__xnat_change__(ChangeSet(entries={(self._member.path, key): value}))
        self._member.assigned(self._item)[key] = value
        row, slot = self._item.__xnat_list_slot__(self._member.path)
        if slot in row:
            self._load()[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self._load():
            raise KeyError(key)
        self._item.__xnat_change__(ChangeSet(entries={(self._member.path, key): None}))
        del self._load()[key]
        self._member.assigned(self._item).pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        return f"<{self._member.label} at {self._member.path}>"


class Values(_SimpleList[list[T], T], Generic[T]):
    """A list of simple values: reads as a sequence."""

    @overload
    def __get__(self, item: None, owner: type[Item]) -> Self: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> ValueList[T]: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> Self | ValueList[T]:
        return self if item is None else ValueList(item, self)

    def read_entries(self, item: Item) -> list[T]:
        """Returns the entries as the item's document has them."""
        nodes = item.__xnat_children__(self.path)
        found = (self._decode(node.fields.get(self.element_name)) for node in nodes)
        return [value for value in found if value is not None]

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the entries that changed to the element of their owner."""
        for path, value in changes.additions:
            if path == self.path:
                subelement(element, self, used).text = self._text(value)


class ValueList(Sequence[T]):
    """The values of a simple list. The server has no address for one of them, so they can be added only."""

    __slots__ = ("_item", "_member")

    def __init__(self, item: Item, member: Values[T]) -> None:
        self._item = item
        self._member = member

    def _load(self) -> list[T]:
        return self._member.entries(self._item)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._load()[index]

    def __len__(self) -> int:
        return len(self._load())

    def append(self, value: T) -> None:
        """Adds a value and sends it at once, or with the owner's edit()."""
        self._member.check(value)
        entries = self._load()
        self._item.__xnat_change__(ChangeSet(additions=[(self._member.path, value)]))
        entries.append(value)

    def __repr__(self) -> str:
        return f"<{self._member.label} at {self._member.path}>"


class _StructureList(_List[E], Generic[E, S]):
    def __init__(self, path: str, make: Callable[[], type[S]], *, text: str = "") -> None:
        super().__init__(path)
        self.make = make
        self.text = text

    def structure(self) -> type[S]:
        """Returns the class of the entries."""
        return self.make()

    def structures(self, item: Item) -> list[S]:
        """Returns the structures of an item's document, each of its own type."""
        made = self.make()
        nodes = item.__xnat_children__(self.path)
        return [made.__xnat_entry__(item, self.path, node, self.text) for node in nodes]

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the entries that changed to the element of their owner."""
        for path, value in changes.additions:
            if path == self.path and isinstance(value, XnatStructure):
                fill_structure(element, self, value, used)

    def add(self, item: Item, value: S) -> S:
        """Sends a structure that joins the list, and returns the entry that it becomes.

        Raises:
            InvalidValueError: It is of another type than the list holds.
        """
        if not isinstance(value, self.make()):
            msg = f"{self.label} takes {self.make().__name__}, not {type(value).__name__}"
            raise InvalidValueError(msg)
        value.__xnat_changes__("")  # refuses one that belongs to an item already
        item.__xnat_change__(ChangeSet(additions=[(self.path, value)]))
        return value.__xnat_entry_of__(item, self.path)


class Items(_StructureList[list[S], S], Generic[S]):
    """A list of structures: reads as a sequence."""

    def read_entries(self, item: Item) -> list[S]:
        """Returns the entries as the item's document has them."""
        return self.structures(item)

    @overload
    def __get__(self, item: None, owner: type[Item]) -> Self: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> ItemList[S]: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> Self | ItemList[S]:
        return self if item is None else ItemList(item, self)


class ItemList(Sequence[S]):
    """Structures of a list. The server has no address for one of them, so they can be added only."""

    __slots__ = ("_item", "_member")

    def __init__(self, item: Item, member: Items[S]) -> None:
        self._item = item
        self._member = member

    def _load(self) -> list[S]:
        return self._member.entries(self._item)

    @overload
    def __getitem__(self, index: int) -> S: ...
    @overload
    def __getitem__(self, index: slice) -> list[S]: ...
    def __getitem__(self, index: int | slice) -> S | list[S]:
        return self._load()[index]

    def __len__(self) -> int:
        return len(self._load())

    def append(self, value: S) -> None:
        """Adds a structure and sends it at once, or with the owner's edit()."""
        entries = self._load()
        entries.append(self._member.add(self._item, value))

    def __repr__(self) -> str:
        return f"<{self._member.label} at {self._member.path}>"


class KeyedItems(_StructureList[dict[str, S], S], Generic[S]):
    """A list of structures with a key each: reads as a mapping."""

    def __init__(self, path: str, make: Callable[[], type[S]], *, key: str, text: str = "") -> None:
        super().__init__(path, make, text=text)
        self.key = key

    def read_entries(self, item: Item) -> dict[str, S]:
        """Returns the entries as the item's document has them."""
        return {str(entry.__xnat_row__.get(self.key, "")): entry for entry in self.structures(item)}

    @overload
    def __get__(self, item: None, owner: type[Item]) -> Self: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> ItemMap[S]: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> Self | ItemMap[S]:
        return self if item is None else ItemMap(item, self)


class ItemMap(Mapping[str, S]):
    """Structures by key; new ones can be added."""

    __slots__ = ("_item", "_member")

    def __init__(self, item: Item, member: KeyedItems[S]) -> None:
        self._item = item
        self._member = member

    def _load(self) -> dict[str, S]:
        return self._member.entries(self._item)

    def __getitem__(self, key: str) -> S:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def add(self, value: S) -> None:
        """Adds a structure and sends it at once, or with the owner's edit()."""
        entries = self._load()
        entries[str(value.__xnat_row__.get(self._member.key, ""))] = self._member.add(self._item, value)

    def __repr__(self) -> str:
        return f"<{self._member.label} at {self._member.path}>"
