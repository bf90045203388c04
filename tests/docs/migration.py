"""The tables of docs/migrating.md as names: what another client calls a thing, and what it is called here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parents[2] / "docs" / "migrating.md"
CLIENTS = ("xnatpy", "pyxnat")
NAME = re.compile(r"`([^`]+)`")
PARTS = re.compile(r"(?P<path>[A-Za-z_]\w*(?:\.\w+)*)(?:\((?:(?P<parameter>\w+)=)?\))?")
NOTHING = "—"


class Name(NamedTuple):
    """A name of a table: the dotted path, and the parameter in its parentheses or ""."""

    path: str
    parameter: str


class Row(NamedTuple):
    """One row: its line in the page, both cells of names, and what differs."""

    line: int
    there: list[Name]
    here: list[Name]
    note: str


def names_in(cell: str) -> list[Name]:
    found = []
    for text in NAME.findall(cell):
        match = PARTS.fullmatch(text)
        assert match, f"{text!r} is no name: path, path() or path(parameter=)"
        found.append(Name(match["path"], match["parameter"] or ""))
    return found


def rows_of(client: str) -> list[Row]:
    """Return the rows of the tables of one client, which name it in the first column of their heads."""
    found = []
    inside = False
    for line, text in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if not text.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if cells[0] in CLIENTS:
            inside = cells[0] == client
        elif inside and not set(cells[0]) <= {"-"}:
            there, here, note = cells
            found.append(Row(line, names_in(there), [] if here == NOTHING else names_in(here), note))
    return found
