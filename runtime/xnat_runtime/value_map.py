"""The mapping that a keyed list of texts reads as, such as ``subject.fields``."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, TypeVar

from .edits import ChangeSet
from .errors import InvalidValueError
from .fields import UNSET

if TYPE_CHECKING:
    from .item import Item
    from .keyed_values import KeyedValues

T = TypeVar("T")


class ValueMap(MutableMapping[str, T]):
    """The entries of a keyed list; assigning or deleting one sends it at once, or with the owner's edit()."""

    __slots__ = ("_item", "_member")

    def __init__(self, item: Item, member: KeyedValues[T]) -> None:
        self._item = item
        self._member = member

    def _load(self) -> dict[str, T]:
        return self._member.entries(self._item)

    def __getitem__(self, key: str) -> T:
        told = self._member.told(self._item, key)
        if told is UNSET:
            return self._load()[key]
        if told is None:
            raise KeyError(key)
        return told

    def find(self, key: str) -> T | None:
        """Returns the entry of a name, whatever its case, None when there is none."""
        told = self._member.told(self._item, key)
        return self.get(self.stored_key(key)) if told is UNSET else told

    def stored_key(self, key: str) -> str:
        """Returns a name as it is stored, whatever its case; the name itself when there is no such entry."""
        names = self._load()
        return key if key in names else next((name for name in names if name.lower() == key.lower()), key)

    def __setitem__(self, key: str, value: T | float) -> None:
        """Sets an entry; where entries are texts, a number or truth value is stored as XNAT writes it."""
        value = self._member.stored(value)
        if not key.strip() or (isinstance(value, str) and not value.strip()):
            msg = f"{self._member.label} takes no blank name or text, which XNAT ignores; del removes an entry"
            raise InvalidValueError(msg)
        self._item.__xnat_change__(ChangeSet(entries={(self._member.path, key): value}))
        self._member.note(self._item, key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._item.__xnat_change__(ChangeSet(entries={(self._member.path, key): None}))
        self._member.note(self._item, key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        told = self._item.__xnat_list_slot__(self._member.path)
        known = [*map(repr, self._load())] if told[1] in told[0] else ["not loaded"]
        return f"<{self._member.label} [{', '.join(known)}]>"
