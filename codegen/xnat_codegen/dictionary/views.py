"""What the templates of the dictionary see: texts that are ready to print."""

from __future__ import annotations

import attrs

from .markdown import NOTHING, Markdown


@attrs.frozen
class Fact:
    """A text with a name in front."""

    name: Markdown
    text: Markdown


@attrs.frozen
class Table:
    """A table, which is only printed where it has rows; what stands above it is printed in any case."""

    head: tuple[str, ...]
    rows: tuple[tuple[Markdown, ...], ...]
    heading: Markdown = NOTHING
    introduction: Markdown = NOTHING


@attrs.frozen
class Section:
    """A class: what it is, its own fields, links to those that its bases bring, and its listings.

    Attributes:
        anchor: The place of the class on its page.
        fields: One table, or none where there is nothing to say.
        listings: The same.
    """

    anchor: str
    heading: Markdown
    documentation: Markdown
    facts: tuple[Fact, ...]
    fields: tuple[Table, ...]
    inherited: tuple[Fact, ...]
    listings: tuple[Table, ...]


@attrs.frozen
class Diagram:
    """The picture beside a page: its address, and its width in pixels."""

    address: str
    width: int


@attrs.frozen
class TypePage:
    """A data type: the class and its structures, and how searches and listings know it."""

    title: Markdown
    sections: tuple[Section, ...]
    searching: Table
    listed: tuple[Markdown, ...]
    aliases: tuple[Table, ...]
    diagram: Diagram


@attrs.frozen
class Index:
    """The first page."""

    types: int
    fields: int
    levels: tuple[Fact, ...]
    namespaces: tuple[Table, ...]
