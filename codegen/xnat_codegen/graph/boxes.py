"""Where things stand in a picture: boxes and lines, in pixels from the upper left corner."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from .model import Node

CHARACTER = 7.3
"""Width of a character of the monospaced font; a little wider than any, so that texts fit their boxes."""
LINE = 16.0
PADDING = 8.0
MARGIN = 24.0
MAX_FIELDS = 40
Point: TypeAlias = tuple[float, float]


def fields_shown(node: Node) -> tuple[str, ...]:
    """Returns the fields that a box shows; very many are cut off, and said to be."""
    if len(node.fields) <= MAX_FIELDS:
        return node.fields
    return (*node.fields[:MAX_FIELDS], f"and {len(node.fields) - MAX_FIELDS} more")


def width_of(node: Node) -> float:
    """Returns the width of a box that holds the texts of a type."""
    return max(map(len, (node.name, node.python, *fields_shown(node)))) * CHARACTER + 2 * PADDING


def height_of(node: Node) -> float:
    """Returns the height of such a box: two lines of names, and one for each field."""
    shown = len(fields_shown(node))
    return (2 + shown) * LINE + PADDING * (2 if shown else 1)


@attrs.frozen
class Box:
    """A type and its place."""

    node: Node
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        """The height."""
        return height_of(self.node)

    @property
    def left(self) -> Point:
        """The middle of the left side, at the height of the names."""
        return self.x, self.y + LINE + PADDING / 2

    @property
    def right(self) -> Point:
        """The same on the right side."""
        return self.x + self.width, self.y + LINE + PADDING / 2

    @property
    def top(self) -> Point:
        """The upper side, where a line from above ends."""
        return self.x + LINE, self.y

    @property
    def bottom(self) -> Point:
        """The lower side, where a line to what lies below begins."""
        return self.x + LINE, self.y + self.height


@attrs.frozen
class Line:
    """A line through points; ``extends`` points to its first point, ``holds`` is dashed and has a text at an end."""

    points: tuple[Point, ...]
    relation: Literal["extends", "holds"]
    text: str = ""
    text_at: Point = (0.0, 0.0)


@attrs.frozen
class Picture:
    """Everything that is drawn."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    center: str = ""

    @property
    def width(self) -> float:
        """The width, with a margin."""
        ends = [line.text_at[0] + len(line.text) * CHARACTER for line in self.lines if line.text]
        return max([0.0, *ends, *(box.x + box.width for box in self.boxes)]) + MARGIN

    @property
    def height(self) -> float:
        """The height, with a margin."""
        return max([0.0, *(box.y + box.height for box in self.boxes)]) + MARGIN
