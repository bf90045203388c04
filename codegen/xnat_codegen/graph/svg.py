"""A picture as SVG: no script, no font and no style from elsewhere, so that it shows the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from .boxes import LINE, PADDING, Box, Line, Picture, fields_shown

STYLE = """\
text { font: 12px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2733; }
.python { fill: #5b6b7b; }
.ground { fill: #ffffff; }
.box { fill: #ffffff; stroke: #8896a5; }
.object { fill: #eaf2fb; stroke: #2f6fae; }
.center { stroke-width: 2.5; }
.line { fill: none; stroke: #8896a5; }
.holds { stroke: #b0752c; stroke-dasharray: 5 3; }
.text { fill: #8a5a1e; stroke: #ffffff; stroke-width: 3; paint-order: stroke; }
a:hover .box { stroke-width: 2.5; }
@media (prefers-color-scheme: dark) {
text { fill: #e3e8ee; }
.python { fill: #a5b1bd; }
.ground, .box { fill: #1e2129; }
.object { fill: #1d3550; stroke: #6fa8dc; }
.holds { stroke: #c98f48; }
.text { fill: #e0b274; stroke: #1e2129; }
}"""
NO_LINKS: Final[Mapping[str, str]] = MappingProxyType({})


def svg(picture: Picture, links: Mapping[str, str] = NO_LINKS) -> Iterator[str]:
    """Yields the lines of the document; blue boxes are types with a REST path of their own.

    Args:
        picture: What is drawn.
        links: Type -> the address that its box leads to.
    """
    size = f"{picture.width:.0f}", f"{picture.height:.0f}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}">'
    )
    yield f"<style>{STYLE}</style>"
    # A triangle at the base, as in class diagrams.
    yield '<defs><marker id="base" markerWidth="12" markerHeight="12" refX="0" refY="6" orient="auto">'
    yield '<path class="box" d="M11,1 L1,6 L11,11 z"/></marker></defs>'
    yield '<rect class="ground" width="100%" height="100%"/>'
    yield from (_path(line) for line in picture.lines)
    for box in picture.boxes:
        drawn = _box(box, is_center=box.node.name == picture.center)
        yield from _linked(drawn, links[box.node.name]) if box.node.name in links else drawn
    yield from (_label(line) for line in picture.lines if line.text)
    yield "</svg>"


def _path(line: Line) -> str:
    points = " L".join(f"{x:.1f},{y:.1f}" for x, y in line.points)
    if line.relation == "holds":
        return f'<path class="line holds" d="M{points}"/>'
    return f'<path class="line" d="M{points}" marker-start="url(#base)"/>'


def _box(box: Box, *, is_center: bool) -> Iterator[str]:
    kind = f"box{' object' if box.node.is_object else ''}{' center' if is_center else ''}"
    size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
    yield f'<g><rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" {size} rx="4"/>'
    x, y = box.x + PADDING, box.y + LINE
    yield _text(x, y, box.node.name, "")
    yield _text(x, y + LINE, box.node.python, "python")
    fields = fields_shown(box.node)
    if fields:
        level = y + LINE + PADDING
        yield f'<path class="line" d="M{box.x:.1f},{level:.1f} h{box.width:.1f}"/>'
    for number, field in enumerate(fields, start=1):
        yield _text(x, y + LINE + PADDING + number * LINE - 2, field, "")
    yield "</g>"


def _linked(drawn: Iterator[str], address: str) -> Iterator[str]:
    yield f"<a href={quoteattr(address)}>"
    yield from drawn
    yield "</a>"


def _label(line: Line) -> str:
    return _text(*line.text_at, line.text, "text")


def _text(x: float, y: float, text: str, kind: str) -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
