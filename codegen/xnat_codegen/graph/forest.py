"""Lays out many types: trees of what extends what, from left to right, one row for each type without heirs."""

from __future__ import annotations

from collections import defaultdict

from .boxes import MARGIN, Box, Line, Picture, height_of, width_of
from .model import Graph, Node

GAP = 10.0
BETWEEN = 56.0
"""Between columns, where the lines run."""


def forest(graph: Graph) -> Picture:
    """Returns the picture; what types hold is left to smaller ones, where it can be followed."""
    return _Forest(graph).picture()


class _Forest:
    """The work of `forest`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.heirs: dict[str, list[str]] = defaultdict(list)
        for edge in graph.between("extends"):
            self.heirs[edge.target].append(edge.source)
        self.depths: dict[str, int] = {}
        self.boxes: dict[str, Box] = {}
        self.next_row = MARGIN

    def picture(self) -> Picture:
        extending = {edge.source for edge in self.graph.between("extends")}
        roots = [name for name in self.graph.nodes if name not in extending]
        for root in roots:
            self.measure(root, 0)
        columns = self.columns()
        # The trees come first: what stands alone would hide where they begin.
        for root in sorted(roots, key=lambda name: (not self.heirs[name], name)):
            self.place(root, columns)
        lines = [self.line(self.boxes[edge.target], self.boxes[edge.source]) for edge in self.graph.between("extends")]
        return Picture(tuple(self.boxes.values()), tuple(lines))

    def measure(self, name: str, depth: int) -> None:
        self.depths[name] = depth
        for heir in self.heirs[name]:
            self.measure(heir, depth + 1)

    def columns(self) -> dict[int, tuple[float, float]]:
        """Left side and width of each column."""
        found: dict[int, tuple[float, float]] = {}
        left = MARGIN
        for depth in sorted(set(self.depths.values())):
            names = [name for name, at in self.depths.items() if at == depth]
            width = max(width_of(self.graph.nodes[name]) for name in names)
            found[depth] = (left, width)
            left += width + BETWEEN
        return found

    def place(self, name: str, columns: dict[int, tuple[float, float]]) -> None:
        node: Node = self.graph.nodes[name]
        left, width = columns[self.depths[name]]
        for heir in self.heirs[name]:
            self.place(heir, columns)
        below = [self.boxes[heir].y for heir in self.heirs[name]]
        if below:
            top = (below[0] + below[-1]) / 2
        else:
            top = self.next_row
            self.next_row += height_of(node) + GAP
        self.boxes[name] = Box(node, left, top, width)

    def line(self, base: Box, heir: Box) -> Line:
        (x, y), (end, level) = base.right, heir.left
        middle = end - BETWEEN / 2
        return Line(((x, y), (middle, y), (middle, level), (end, level)), "extends")
