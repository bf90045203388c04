"""A graph as a class diagram in Mermaid's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Graph, Node


def mermaid(graph: Graph) -> Iterator[str]:
    """Yields the lines of the diagram; types are called as their classes, their own names stand in brackets."""
    yield "classDiagram"
    yield "  direction LR"
    for node in graph.nodes.values():
        yield from _class(node, is_center=node.name == graph.center)
    for edge in graph.edges:
        source, target = _name(graph.nodes[edge.source]), _name(graph.nodes[edge.target])
        if edge.relation == "extends":
            yield f"  {target} <|-- {source}"
        else:
            yield f"  {source} o-- {target} : {_text(edge.text)}"


def _class(node: Node, *, is_center: bool) -> Iterator[str]:
    shown = f'  class {_name(node)}["{node.name}"]'
    yield f"{shown} {{" if node.fields else shown
    for field in node.fields:
        # Mermaid writes generics between tildes, and takes the last word after a colon for the type.
        yield f"    +{field.replace('[', '~').replace(']', '~')}"
    if node.fields:
        yield "  }"
    if is_center:
        yield f"  style {_name(node)} stroke-width:3px"


def _name(node: Node) -> str:
    return node.python


def _text(text: str) -> str:
    return re.sub(r"[^\w /()-]", " ", text)
