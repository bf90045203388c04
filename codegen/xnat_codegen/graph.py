"""``graph``: which data type extends which, as text for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from .ir import Ir
from .view.calls import literal


def graph(ir: Ir) -> Iterator[str]:
    """Yields the lines of a dot file, sorted by name; structures that stand alone are left out."""
    yield "digraph types {"
    yield "  rankdir=LR;"
    yield "  node [shape=box, fontname=sans];"
    for cls in sorted(ir.classes.values(), key=lambda one: one.label):
        if cls.base is not None:
            yield f"  {literal(cls.label)} -> {literal(cls.base.label)};"
        elif cls.is_object:
            yield f"  {literal(cls.label)} [style=bold];"
    yield "}"
