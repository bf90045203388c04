"""Iteration order of a Java 8 hash map, which decides the key order of XNAT's JSON (recorded answers, D1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_MASK = 0xFFFFFFFF


@lru_cache(maxsize=4096)
def string_hash(text: str) -> int:
    """Return ``String.hashCode()`` of a text as an unsigned 32 bit number."""
    value = 0
    for unit in text.encode("utf-16-be").hex(" ", 2).split():
        value = (31 * value + int(unit, 16)) & _MASK
    return value


@lru_cache(maxsize=1024)
def _order(keys: tuple[str, ...]) -> tuple[str, ...]:
    buckets = 16
    while len(keys) > 0.75 * buckets:
        buckets *= 2

    def bucket(key: str) -> int:
        value = string_hash(key)
        return (value ^ (value >> 16)) & (buckets - 1)

    return tuple(sorted(keys, key=bucket))


def hash_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys in hash map order; keys of one bucket keep their order."""
    return _order(tuple(keys))


def hash_ordered(mapping: Mapping[str, T]) -> dict[str, T]:
    """Return a copy of a mapping whose keys stand in hash map order."""
    return {key: mapping[key] for key in hash_order(mapping)}
