"""What is drawn: data types, what they extend, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import attrs

from ..explain import annotation, find, shown
from ..ir import Class, Ir

Relation: TypeAlias = Literal["extends", "holds"]


@attrs.frozen
class Node:
    """A data type.

    Attributes:
        name: Its name, such as ``xnat:mrScanData``.
        python: Its class.
        is_object: Whether its items have a REST path of their own; others lie inside an item.
        fields: Its own fields as ``name: type``, where they are shown.
    """

    name: str
    python: str
    is_object: bool
    fields: tuple[str, ...] = ()


@attrs.frozen(order=True)
class Edge:
    """How two types belong together: ``source`` extends ``target``, or holds it under a name."""

    source: str
    target: str
    relation: Relation
    text: str = ""


@attrs.frozen
class Graph:
    """Types by name, in order, and their edges; ``center`` is the one that all is about, "" for none."""

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    center: str = ""

    def between(self, relation: Relation, *, source: str = "", target: str = "") -> list[Edge]:
        """Returns the edges of a kind that begin or end at a type."""
        return [
            edge
            for edge in self.edges
            if edge.relation == relation and source in {"", edge.source} and target in {"", edge.target}
        ]


def whole(ir: Ir, prefix: str = "") -> Graph:
    """Returns the types of a namespace, or all, with what they extend and hold; the types of others where they meet."""
    own = [cls for cls in _sorted(ir) if not prefix or cls.label.startswith(f"{prefix}:")]
    met = {one.label: one for cls in own for one in (*cls.lineage(), *(target for target, _ in _held(cls)))}
    edges = {Edge(cls.label, cls.base.label, "extends") for cls in met.values() if cls.base and cls.base.label in met}
    edges |= {Edge(cls.label, target.label, "holds", text) for cls in own for target, text in _held(cls)}
    return Graph({name: _node(met[name]) for name in sorted(met)}, tuple(sorted(edges)))


def around(ir: Ir, name: str) -> Graph:
    """Returns one type with its fields, all that it extends, what extends it, what holds it and what it holds.

    Raises:
        CodegenError: There is no such type.
    """
    center = find(ir, name)
    lineage = list(center.lineage())
    heirs = [cls for cls in _sorted(ir) if cls.base is center]
    edges = [Edge(one.label, one.base.label, "extends") for one in (*lineage, *heirs) if one.base]
    held = {Edge(center.label, target.label, "holds", text) for target, text in _held(center)}
    holders = {
        Edge(cls.label, target.label, "holds", text)
        for cls in _sorted(ir)
        for target, text in _held(cls)
        if target in lineage and cls is not center
    }
    by_name = {cls.label: cls for cls in ir.classes.values()}
    names = dict.fromkeys(
        one for edge in (*edges, *sorted(holders), *sorted(held)) for one in (edge.source, edge.target)
    )
    nodes = {one: _node(by_name[one]) for one in names} | {center.label: _node(center, with_fields=True)}
    return Graph(nodes, (*edges, *sorted(holders), *sorted(held)), center.label)


def _sorted(ir: Ir) -> list[Class]:
    return sorted(ir.classes.values(), key=lambda cls: cls.label)


def _held(cls: Class) -> Iterator[tuple[Class, str]]:
    """The named types that a type holds, inside its documents and as collections, with the names that say so."""
    for one in cls.tree():
        _, _, above = one.label.partition("/")
        for member in one.members:
            if member.target is not None and member.target.qname is not None:
                yield member.target, "/".join(step for step in (above, member.path) if step)
    for collection in cls.collections:
        if isinstance(collection.item, Class):
            yield collection.item, f"{collection.property} (collection)"


def _node(cls: Class, *, with_fields: bool = False) -> Node:
    fields = tuple(f"{member.python_name}: {annotation(member)}" for member in shown(cls)) if with_fields else ()
    return Node(cls.label, str(cls.python_name), any(one.is_object for one in cls.lineage()), fields)
