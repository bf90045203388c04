"""Iteration orders of Java 8 maps, which decide the key order of XNAT's JSON (recorded answers, D1)."""

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


def hashtable_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys in the order of Java's older ``Hashtable``, which holds metadata and columns of tables.

    Buckets are walked from the last to the first, and a new key stands first in its bucket. (Seen in an answer to a
    search of a 2023 server; agrees with rest-data 4.1.)
    """
    size, buckets = 11, dict[int, list[str]]()
    for count, key in enumerate(keys):
        if count >= int(size * 0.75):
            size = size * 2 + 1
            buckets = _bucketed(_walk(buckets), size)
        buckets.setdefault(_bucket(key, size), []).insert(0, key)
    return tuple(_walk(buckets))


def _bucket(key: str, size: int) -> int:
    return (string_hash(key) & 0x7FFFFFFF) % size


def _bucketed(keys: Iterable[str], size: int) -> dict[int, list[str]]:
    buckets: dict[int, list[str]] = {}
    for key in keys:
        buckets.setdefault(_bucket(key, size), []).insert(0, key)
    return buckets


def _walk(buckets: Mapping[int, list[str]]) -> list[str]:
    return [key for number in sorted(buckets, reverse=True) for key in buckets[number]]
