"""Snapshots: what a listing answered, with the objects and the index of keys that are made of it when asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from .objects import XnatObject

T = TypeVar("T")
Row = dict[str, object]


class RowSource(Protocol):
    """What rows come from and can tell the address of their items: a listing, or a search."""

    @property
    def owner(self) -> XnatObject | None:
        """The object that the rows' items were reached through, None when there was none."""
        ...

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Returns the path of a row's item."""
        ...


class Snapshot(Generic[T]):
    """The rows of one answer; safe to use from threads.

    Attributes:
        rows: The rows as the server sent them.
    """

    __slots__ = ("_by_key", "_keys", "_lock", "_make", "_objects", "rows")

    def __init__(self, rows: list[Row], make: Callable[[Row], T], keys: tuple[str, ...]) -> None:
        """Keeps the rows.

        Args:
            rows: The rows.
            make: Returns the object of a row.
            keys: Row keys that items are found by; a later one stands before an earlier one.
        """
        self.rows = rows
        self._make = make
        self._keys = keys
        self._lock = threading.Lock()
        self._objects: list[T | None] = [None] * len(rows)
        self._by_key: dict[str, list[int]] | None = None

    def __iter__(self) -> Iterator[T]:
        for index, found in enumerate(self._objects):
            yield self.at(index) if found is None else found

    def at(self, index: int) -> T:
        """Returns the object of a row, always the same one."""
        found = self._objects[index]
        if found is not None:
            return found
        made = self._make(self.rows[index])
        with self._lock:
            found = self._objects[index]
            if found is None:
                found = self._objects[index] = made
        return found

    def indexes(self, key: str) -> list[int]:
        """Returns the positions of the rows that a key stands for."""
        if self._by_key is None:
            found: dict[str, list[int]] = {}
            for name in self._keys:
                found.update(self._positions(name))
            self._by_key = found
        return self._by_key.get(key, [])

    def _positions(self, name: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, row in enumerate(self.rows if name else ()):
            found.setdefault(str(row.get(name) or ""), []).append(position)
        found.pop("", None)
        return found
