"""docs/migrating.md, the command line: no command in its tables is made up, none of the other clients' is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from .migration import NOTHING, PAGE
from .test_commands import Typed, fault_of, faults_of, split
from .test_migrating import run

CODE = re.compile(r"`([^`]+)`")
CELL = re.compile(r"(?<!\\)\|")
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
GROUPS = {"xnat": ("xnatpy", "xnat.cli", "cli"), "xnatctl": ("xnatctl", "xnatctl.cli.main", "cli")}
"""Program -> its client, the module of its commands, and the name of their group in there."""
XNATPY_COMMANDS = (
    "download batch", "download experiments", "download project", "import experiment", "list projects",
    "list subjects", "login", "logout", "prearchive archive", "prearchive delete", "prearchive list",
    "prearchive move", "rest delete", "rest get", "rest head", "rest post", "rest put", "script copy-project",
    "script data-integrity-check", "script delete-project", "search", "upload",
)  # fmt: skip
"""What `commands_of` returns for xnatpy, for machines without it."""


class Row(NamedTuple):
    """One row: its line in the page, the commands there and here, and what differs."""

    line: int
    there: list[str]
    here: list[str]
    note: str


def rows_of(program: str) -> Iterator[Row]:
    """Yield the rows of the table of a program, which names it in the first column of its head."""
    inside = False
    for line, text in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        cells = [cell.strip().replace(r"\|", "|") for cell in CELL.split(text)[1:-1]]
        if not cells or cells[0].startswith("--"):
            inside = inside and bool(cells)
        elif cells[1] == "here":
            inside = cells[0] == f"`{program}`"
        elif inside:
            there, here, note = cells
            yield Row(line, CODE.findall(there), [] if here == NOTHING else CODE.findall(here), note)


def commands_of(program: str, folder: Path) -> dict[str, list[str]]:
    """Return the commands of a program as it tells them itself, each with its options; skip where it is not there."""
    client, module, group = GROUPS[program]
    found: dict[str, list[str]] = run(client, "commands.py", [module, group], None, folder)
    return found


def faults_here(text: str) -> list[str]:
    """Return what is wrong with a command of ours: names, options, or words that it cannot take."""
    parts = [Typed(PAGE.name, 0, words) for words in split(text)]
    wrong = [fault for typed in parts for fault in [*faults_of(typed), fault_of(typed)] if fault]
    return wrong + [text for typed in parts if typed.words[0] != "xnat-sdk"]


def faults_there(text: str, known: dict[str, list[str]]) -> list[str]:
    """Return what is wrong with a command of another client."""
    mine = [name for name in known if f"{text} ".startswith(f"{name} ") or f"{name} ".startswith(f"{text} ")]
    options = {option for name in mine for option in known[name]}
    return [option for option in OPTION.findall(text) if option not in options] if mine else [text]


@pytest.mark.parametrize("program", GROUPS)
def test_every_command_on_the_right_exists_here(program: str):
    rows = list(rows_of(program))
    assert len(rows) > 20
    assert [(row.line, fault) for row in rows for text in row.here for fault in faults_here(text)] == []
    assert [row.line for row in rows if not row.here and not row.note] == []


@pytest.mark.parametrize("program", GROUPS)
def test_every_command_on_the_left_exists_there(program: str, tmp_path: Path):
    known = commands_of(program, tmp_path)
    assert [
        (row.line, fault) for row in rows_of(program) for text in row.there for fault in faults_there(text, known)
    ] == []


def test_every_command_of_xnatpy_has_a_row():
    named = [text for row in rows_of("xnat") for text in row.there]
    assert [name for name in XNATPY_COMMANDS if not any(f"{text} ".startswith(f"{name} ") for text in named)] == []


def test_commands_of_xnatpy_are_those_that_it_tells(tmp_path: Path):
    assert sorted(commands_of("xnat", tmp_path)) == sorted(XNATPY_COMMANDS)


def test_every_group_of_xnatctl_has_a_row(tmp_path: Path):
    named = {text.split()[0] for row in rows_of("xnatctl") for text in row.there}
    assert {name.split()[0] for name in commands_of("xnatctl", tmp_path)} - named == set()


def test_made_up_commands_are_found():
    assert faults_here("xnat-sdk list projects") == ["list projects"]
    assert faults_here("xnat-sdk ls --colums label")
    assert faults_here("xnat-sdk copy")
    assert faults_here("xnat-sdk ls P -q | xnat-sdk delete - --remove-files") == []
    assert faults_there("list projects --columns a", {"list projects": ["--column"]}) == ["--columns"]
    assert faults_there("lst", {"list projects": []}) == ["lst"]
