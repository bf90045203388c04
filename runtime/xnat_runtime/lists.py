"""Lists inside an item's document: the descriptors and the mappings and sequences they read as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

from .edits import ChangeSet, fill_structure, subelement
from .errors import InvalidValueError
from .item import Item
from .keyed_values import KeyedValues
from .list_members import ListMember, SimpleListMember
from .structures import XnatStructure

if TYPE_CHECKING:
    from xml.etree import ElementTree

__all__ = ["ItemList", "ItemMap", "Items", "KeyedItems", "KeyedValues", "ValueList", "Values"]

T = TypeVar("T")
S = TypeVar("S", bound=XnatStructure)
E = TypeVar("E")


class Values(SimpleListMember[list[T], T], Generic[T]):
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
        found = (self.decode(node.fields.get(self.element_name)) for node in nodes)
        return [value for value in found if value is not None]

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the entries that changed to the element of their owner."""
        for path, value in changes.additions:
            if path == self.path:
                subelement(element, self, used).text = self.text_of(value)


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


class _StructureList(ListMember[E], Generic[E, S]):
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
