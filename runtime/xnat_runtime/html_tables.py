"""Tables as HTML for notebooks: no script, no style sheet, nothing from elsewhere, all text escaped."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from html import escape
from typing import Final, TypeAlias

import attrs

ROW_LIMIT: Final = 20
"""Rows of a table, unless others are asked for."""
COLUMN_LIMIT: Final = 20
TEXT_LIMIT: Final = 100
"""Longest text of a cell, in characters."""

# Notebooks put text on the right of its cell unless each one says otherwise.
_LEFT: Final = 'style="text-align: left"'


class Mark(enum.Enum):
    """What can stand in a cell in place of a value."""

    HIDDEN = "hidden"


Cell: TypeAlias = str | Mark


@attrs.frozen
class Table:
    """A table to be shown.

    Attributes:
        caption: What it shows, in one line.
        header: Titles of the columns; none for a table of names and values.
        rows: The cells; the first one names its row.
        notes: Lines below the table.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def html(self) -> str:
        """Returns the table as one block without empty lines, which Markdown takes as it is."""
        lines = [
            '<div style="overflow-x: auto">',
            "<table>",
            f'<caption style="caption-side: top; text-align: left; padding: 0.5em">{_text(self.caption)}</caption>',
            *self._head(),
            *(text for cells in self.rows for text in ("<tr>", *_row(cells), "</tr>")),
            "</tbody>",
            "</table>",
            *(f"<p><small>{escape(note)}</small></p>" for note in self.notes),
            "</div>",
        ]
        return "\n".join(lines)

    def _head(self) -> list[str]:
        titles = [f'<th scope="col" {_LEFT}>{_text(title)}</th>' for title in self.header]
        return ["<thead>", "<tr>", *titles, "</tr>", "</thead>", "<tbody>"] if titles else ["<tbody>"]


def line(text: str) -> str:
    """Returns a paragraph with one line of text."""
    return f"<p>{escape(' '.join(text.split()))}</p>"


def _row(cells: Sequence[Cell]) -> list[str]:
    first, *others = (_cell(cell) for cell in cells)
    return [f'<th scope="row" {_LEFT}>{first}</th>', *(f"<td {_LEFT}>{cell}</td>" for cell in others)]


def _cell(cell: Cell) -> str:
    return f"<em>{cell.value}</em>" if isinstance(cell, Mark) else _text(cell)


def _text(text: str) -> str:
    """Returns a text on one line, escaped and not too long; what no screen shows is left out."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return escape(plain if len(plain) <= TEXT_LIMIT else f"{plain[: TEXT_LIMIT - 1]}…")
