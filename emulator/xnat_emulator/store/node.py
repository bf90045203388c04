"""An item as a tree: flat values by path and child items by slot, and its text form in the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias, TypedDict, cast

from ..datamodel.values import Value

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"


@dataclass(slots=True)
class Node:
    """One item or child item.

    Attributes:
        xsi_type: Its concrete type.
        values: Flat path -> value.
        children: Slot path -> child items.
        number: Hidden primary key, 0 until it is stored.
        event: Id of the event that created it.
        started: When it was created, ISO text in UTC.
        ended: When this state ended, for entries of the history; empty for what stands now.
        ended_by: Id of the event that ended it.
    """

    xsi_type: str
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    children: dict[str, list[Node]] = field(default_factory=dict[str, "list[Node]"])
    number: int = 0
    event: int = 0
    started: str = ""
    ended: str = ""
    ended_by: int = 0

    def text(self, path: str) -> str:
        """Return a value as text, empty when there is none."""
        value = self.values.get(path)
        return "" if value is None else str(value)

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything below it."""
        yield self
        for children in self.children.values():
            for child in children:
                yield from child.walk()

    def copy(self) -> Node:
        """Return a copy that can be changed without touching this one."""
        return decode(encode(self))


class _Packed(TypedDict):
    """The text form: one-letter keys, because there are many of these."""

    t: str
    n: int
    e: int
    s: str
    v: dict[str, Value]
    c: dict[str, list[_Packed]]


def encode(node: Node) -> str:
    """Return the text form of a node."""
    return json.dumps(_pack(node), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Node:
    """Return the node of a text form."""
    return _unpack(cast("_Packed", json.loads(text)))


def _pack(node: Node) -> _Packed:
    return {
        "t": node.xsi_type,
        "n": node.number,
        "e": node.event,
        "s": node.started,
        "v": node.values,
        "c": {slot: [_pack(child) for child in items] for slot, items in node.children.items()},
    }


def _unpack(packed: _Packed) -> Node:
    children = {slot: [_unpack(child) for child in items] for slot, items in packed["c"].items()}
    return Node(packed["t"], packed["v"], children, packed["n"], packed["e"], packed["s"])
