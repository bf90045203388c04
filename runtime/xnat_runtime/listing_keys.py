"""Listings by their keys, under the names that xnatpy gives the views."""

from __future__ import annotations

import abc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from .errors import AmbiguousKeyError
from .listing_tables import Tables

T_co = TypeVar("T_co", covariant=True)


class KeyViews(Tables, Generic[T_co]):
    """What has items with IDs and, mostly, with second keys: labels, scan types, file names."""

    @abc.abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        """Yields the items."""

    @abc.abstractmethod
    def items(self) -> list[tuple[str, T_co]]:
        """Returns pairs of ID and item."""

    @abc.abstractmethod
    def _second_keys(self) -> list[str]:
        """Returns the second key of each item, "" for an item without one."""

    @property
    @abc.abstractmethod
    def uri(self) -> str:
        """The path of the collection."""

    def as_mapping(self) -> Mapping[str, T_co]:
        """Returns a plain mapping of IDs to objects, for code that wants one: it iterates over its keys.

        Raises:
            AmbiguousKeyError: Several items have one key, such as files of the same path in two resources.
        """
        found: dict[str, T_co] = {}
        for key, item in self.items():
            if key in found:
                msg = f"{key!r} stands for several items of {self.uri}, which a mapping cannot hold: iterate instead"
                raise AmbiguousKeyError(msg)
            found[key] = item
        return found

    @property
    def data(self) -> Mapping[str, T_co]:
        """The items by ID; see `as_mapping`."""
        return self.as_mapping()

    @property
    def key_map(self) -> Mapping[str, T_co]:
        """The items by second key, those left out whose second key is not theirs alone."""
        shared = self.non_unique_keys
        return {key: item for key, item in zip(self._second_keys(), self, strict=True) if key and key not in shared}

    @property
    def non_unique_keys(self) -> frozenset[str]:
        """The second keys that several items have: asking for one raises AmbiguousKeyError."""
        counted = Counter(self._second_keys())
        return frozenset(key for key, count in counted.items() if key and count > 1)

    @property
    def listing(self) -> Sequence[T_co]:
        """The items in the order of the server."""
        return list(self)
