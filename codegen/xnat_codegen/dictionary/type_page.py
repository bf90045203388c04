"""Builds the page of a data type."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import attrs

from ..graph.boxes import Picture
from ..graph.model import around
from ..graph.star import star
from ..graph.svg import svg
from ..ir import Class, Collection, Ir
from .fields import field_table, inherited
from .markdown import NOTHING, Markdown, anchored, code, joined, lines, plain
from .places import Places, anchor
from .rest_paths import item_paths, listing_path
from .searches import aliases, listed, searching
from .views import Diagram, Fact, Section, Table, TypePage

LISTING_HEAD = ("Listing, items", "What it is, REST path")
RUNTIME_PARENTS = {"BaseSession": "the connection", "XnatObject": "any item that has files"}
"""Class of the runtime that is a parent -> what it is."""


@attrs.frozen
class Dictionary:
    """What all pages need.

    Attributes:
        package: Import name of the package whose classes are named.
        link_end: What addresses of pages end with in pictures, such as ``.html``.
    """

    ir: Ir
    places: Places
    package: str
    link_end: str


def type_page(cls: Class, book: Dictionary, picture: Picture) -> TypePage:
    """Returns what the template prints."""
    ir, places = book.ir, book.places
    structures = (_structure(one, book) for one in cls.tree() if one is not cls)
    return TypePage(
        title=_name(cls),
        sections=(_main(cls, book), *structures),
        searching=searching(cls, ir),
        listed=tuple(listed(cls, ir, places)),
        aliases=aliases(cls, ir),
        diagram=Diagram(f"{quote(places.name(cls))}.svg", round(picture.width)),
    )


def picture_of(cls: Class, book: Dictionary) -> Picture:
    """Returns what is around a type."""
    return star(around(book.ir, cls.label))


def drawn(picture: Picture, book: Dictionary) -> Iterator[str]:
    """Yields the lines of a picture whose boxes lead to the pages of their types."""
    by_label = {cls.label: cls for cls in book.ir.classes.values()}
    links = {
        box.node.name: f"{quote(book.places.name(by_label[box.node.name]))}{book.link_end}" for box in picture.boxes
    }
    return svg(picture, links)


def _name(cls: Class) -> Markdown:
    return plain(str(cls.python_name))


def _main(cls: Class, book: Dictionary) -> Section:
    return Section(
        anchor=anchor(cls),
        heading=NOTHING,
        documentation=plain(cls.documentation),
        facts=tuple(_facts(cls, book)),
        fields=field_table(cls, book.places, Markdown("## Fields")),
        inherited=inherited(cls, book.places),
        listings=_listings(cls, book),
    )


def _structure(cls: Class, book: Dictionary) -> Section:
    return Section(
        anchor=anchor(cls),
        heading=Markdown(f"## {_name(cls)}"),
        documentation=plain(cls.documentation),
        facts=(Fact(Markdown("Path"), code(cls.label)),),
        fields=field_table(cls, book.places, NOTHING),
        inherited=inherited(cls, book.places),
        listings=(),
    )


def _facts(cls: Class, book: Dictionary) -> Iterator[Fact]:
    for name, text in (*_names(cls, book), *_family(cls, book), *_places(cls, book)):
        yield Fact(Markdown(name), text)


def _names(cls: Class, book: Dictionary) -> Iterator[tuple[str, Markdown]]:
    yield "Type", code(cls.label)
    if cls.element:
        yield "Element", code(f"{cls.label.partition(':')[0]}:{cls.element}")
    yield "Import", code(f"from {book.package}.models import {cls.python_name}")


def _places(cls: Class, book: Dictionary) -> Iterator[tuple[str, Markdown]]:
    paths = item_paths(cls, book.ir)
    if any(one.is_object for one in cls.lineage()):
        yield "REST path", joined(map(code, paths)) if paths else Markdown("one of its own")
        yield from _parent(cls, book.places)
    else:
        yield "Structure", Markdown("part of the items that hold it, without a REST path of its own")


def _family(cls: Class, book: Dictionary) -> Iterator[tuple[str, Markdown]]:
    places = book.places
    bases = [one for one in cls.lineage() if one is not cls]
    if bases:
        yield "Extends", joined(places.class_links(bases), " → ")
    heirs = sorted((one for one in book.ir.all_classes() if one.base is cls), key=lambda one: one.label)
    if heirs:
        yield "Extended by", joined(_heir(one, book) for one in heirs)


def _heir(cls: Class, book: Dictionary) -> Markdown:
    """A heir, with the number of those that extend it in turn."""
    further = sum(cls in one.lineage() for one in book.ir.all_classes()) - 1
    text = book.places.class_link(cls)
    return Markdown(f"{text} (and {further} below it)") if further else text


def _parent(cls: Class, places: Places) -> Iterator[tuple[str, Markdown]]:
    parent = next((one.parent for one in cls.lineage() if one.parent is not None), None)
    if isinstance(parent, tuple):
        yield "Parent", plain(RUNTIME_PARENTS.get(parent[1], parent[1]))
    elif parent is not None:
        yield "Parent", places.class_link(parent)


def _listings(cls: Class, book: Dictionary) -> tuple[Table, ...]:
    rows = tuple(_listing(one, cls, book) for one in cls.collections)
    return (Table(LISTING_HEAD, rows, Markdown("## Listings")),) if rows else ()


def _listing(one: Collection, cls: Class, book: Dictionary) -> tuple[Markdown, ...]:
    items = book.places.class_link(one.item) if isinstance(one.item, Class) else code(one.item[1])
    columns = joined(map(code, one.columns))
    return (
        lines(anchored(anchor(cls, one.property), code(one.property)), items),
        lines(plain(one.title), code(listing_path(one, book.ir)), Markdown(columns and f"Columns: {columns}")),
    )
