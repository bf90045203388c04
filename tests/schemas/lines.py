"""The form in which the tests write down a data model: one line per thing, columns separated by tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def line(owner: str, path: str, kind: str, type_: str, occurrence: str, facets: str, default: str, notes: str) -> str:
    """Returns one line; an empty column is written as ``-``."""
    return "\t".join(column or "-" for column in (owner, path, kind, type_, occurrence, facets, default, notes))


def pairs(values: Mapping[str, object]) -> str:
    """Returns ``name=value`` pairs in the order of their names, joined by ``; ``."""
    return "; ".join(f"{name}={text(values[name])}" for name in sorted(values))


def text(value: object) -> str:
    """Returns a value the way an XML attribute holds it: lists with commas, truth in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(str(part) for part in value)
    return str(value)


def occurrence(minimum: int, maximum: object, *, required: bool, choice: int | None) -> str:
    """Returns the occurrence of an element, with ``required`` or the number of its choice group."""
    bounds = f"{minimum}..{maximum}"
    if choice is not None:
        return f"{bounds} choice {choice}"
    return f"{bounds} required" if required else bounds
