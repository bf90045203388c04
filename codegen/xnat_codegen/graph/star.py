"""Lays out what is around one type: what it extends above, heirs below, what holds it left, what it holds right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .boxes import CHARACTER, LINE, MARGIN, Box, Line, Picture, height_of, width_of
from .model import Edge, Graph

GAP = 28.0
INDENT = 40.0
SPACE = 40.0
"""Beside a text on a line."""


def star(graph: Graph) -> Picture:
    """Returns the picture."""
    return _Star(graph).picture()


class _Star:
    """The work of `star`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.boxes: dict[tuple[str, str], Box] = {}
        self.lineage = list(_lineage(graph, graph.center))

    def picture(self) -> Picture:
        holders = [edge for edge in self.graph.between("holds") if edge.target in self.lineage]
        held = self.graph.between("holds", source=self.graph.center)
        holders = [edge for edge in holders if edge not in held]
        left = MARGIN
        if holders:
            left = self.stack("left", dict.fromkeys(edge.source for edge in holders), left) + _room(holders, "source")
        right = self.middle(left)
        if held:
            self.stack("right", dict.fromkeys(edge.target for edge in held), right + _room(held, "target"))
        lines = [*self.chain(), *self.branches(), *self.into(holders), *self.out_of(held)]
        return Picture(tuple(self.boxes.values()), tuple(lines), self.graph.center)

    def stack(self, side: str, names: Sequence[str] | dict[str, None], left: float) -> float:
        """Puts boxes below each other and returns where they end on the right."""
        top = MARGIN
        width = max(width_of(self.graph.nodes[name]) for name in names)
        for name in names:
            self.boxes[side, name] = Box(self.graph.nodes[name], left, top, width)
            top += height_of(self.graph.nodes[name]) + GAP
        return left + width

    def middle(self, left: float) -> float:
        """Puts the type below what it extends and above its heirs; returns where the column ends on the right."""
        top = MARGIN
        heirs = [edge.source for edge in self.graph.between("extends", target=self.graph.center)]
        for name in (*reversed(self.lineage), *heirs):
            node = self.graph.nodes[name]
            at = left + INDENT if name in heirs else left
            self.boxes["middle", name] = Box(node, at, top, width_of(node))
            top += height_of(node) + (GAP / 2 if name in heirs else GAP)
        return max(box.x + box.width for (side, _), box in self.boxes.items() if side == "middle")

    def chain(self) -> Iterator[Line]:
        for heir, base in zip(self.lineage, self.lineage[1:], strict=False):
            upper, lower = self.boxes["middle", base], self.boxes["middle", heir]
            yield Line((upper.bottom, lower.top), "extends")

    def branches(self) -> Iterator[Line]:
        """One trunk down from the type, with a branch to each heir."""
        center = self.boxes["middle", self.graph.center]
        for edge in self.graph.between("extends", target=self.graph.center):
            x, y = self.boxes["middle", edge.source].left
            yield Line((center.bottom, (center.bottom[0], y), (x, y)), "extends")

    def into(self, holders: Sequence[Edge]) -> Iterator[Line]:
        """From the left: level beside the texts of one type, then apart to what it holds."""
        for name in dict.fromkeys(edge.source for edge in holders):
            own = [edge for edge in holders if edge.source == name]
            text, start = _texts(own), self.boxes["left", name].right
            turn = start[0] + LINE + len(text) * CHARACTER, start[1]
            for number, target in enumerate(dict.fromkeys(edge.target for edge in own)):
                points = (start, turn, self.boxes["middle", target].left)
                yield Line(points, "holds", "" if number else text, (start[0] + LINE / 2, start[1] - 4))

    def out_of(self, held: Sequence[Edge]) -> Iterator[Line]:
        """To the right, the other way round."""
        for target in dict.fromkeys(edge.target for edge in held):
            text = _texts([edge for edge in held if edge.target == target])
            start, end = self.boxes["middle", self.graph.center].right, self.boxes["right", target].left
            text_x = end[0] - LINE / 2 - len(text) * CHARACTER
            yield Line((start, (text_x - LINE / 2, end[1]), end), "holds", text, (text_x, end[1] - 4))


def _lineage(graph: Graph, name: str) -> Iterator[str]:
    yield name
    for edge in graph.between("extends", source=name):
        yield from _lineage(graph, edge.target)


def _texts(edges: Sequence[Edge]) -> str:
    """The texts of several edges on one line."""
    return ", ".join(dict.fromkeys(edge.text for edge in edges))


def _room(edges: Sequence[Edge], end: str) -> float:
    """How far apart columns stand, so that the longest text at one end of the lines fits."""
    lines: dict[str, list[Edge]] = {}
    for edge in edges:
        lines.setdefault(edge.source if end == "source" else edge.target, []).append(edge)
    return max(len(_texts(own)) for own in lines.values()) * CHARACTER + LINE + 2 * SPACE
