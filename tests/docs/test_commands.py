"""Commands that the pages tell readers to type exist, with the options that they are given.

Most of them are run as well, by test_docs.py; this also reads those that are not: of servers, of the command line with
its prompts, of make and pip.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from xnat_runtime.cli.commands import SECTIONS

from ..cli.catalogue import NAMES, command
from .pages import PAGES, blocks
from .running import CHECKED, RUN, check_command, shell_environment

OURS = {"xnat-codegen", "xnat-emulator", "xnat-sdk"}
BUILTIN = {"cat", "chmod", "echo", "export", "mkdir", "rm", "source", "tail", "test"}
ENDS = {"|", "||", "&&", ";", "&"}
REDIRECTIONS = re.compile(r"\d?[<>]{1,2}(?:&\d)?")
OPTION = re.compile(r"^-{1,2}[A-Za-z][\w-]*")
PROMPT = "$ "


class Typed(NamedTuple):
    """One command of a page."""

    page: str
    line: int
    words: tuple[str, ...]


def lines_of(text: str, language: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if language == "sh":
            yield line
        elif line.startswith(PROMPT):
            yield line.removeprefix(PROMPT)


def split(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command of a line, without assignments before it, redirections and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    before = ""
    for word in [*lexer, ";"]:
        is_target, before = bool(REDIRECTIONS.fullmatch(before)), word
        if word not in ENDS:
            if not is_target and not REDIRECTIONS.fullmatch(word):
                words.append(word)
            continue
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if words:
            yield tuple(words)
        words = []


def commands_of(page: Path) -> list[Typed]:
    return [
        Typed(page.name, block.line, words)
        for block in blocks(page)
        if block.language in {"sh", "console"} and not block.file
        for line in lines_of(block.text, block.language)
        for words in split(line)
    ]


TYPED = [typed for page in PAGES for typed in commands_of(page)]


@cache
def help_of(words: tuple[str, ...]) -> str:
    done = subprocess.run(
        [*words, "--help"],
        env=shell_environment() | {"COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def command_names(program: str) -> set[tuple[str, ...]]:
    """Return what stands behind one of our programs: a command, or a group and a command of it."""
    if program == "xnat-sdk":
        return {tuple(name.split()) for commands in SECTIONS.values() for name in commands}
    listed = re.findall(r"^ {4}([a-z]+)(?: |$)", help_of((program,)), re.MULTILINE)
    return {(name,) for name in listed}


def faults_of(typed: Typed) -> list[str]:
    """Return what the help of one of our commands does not know: the command, or options of it."""
    program, *rest = [word for word in typed.words if not word.startswith("-")]
    pairs = {tuple(rest[place : place + length]) for place in range(len(rest)) for length in (1, 2)}
    commands = sorted(pairs & command_names(program), key=len, reverse=True)
    if rest and not commands:
        return [" ".join(rest)]
    known = help_of((program,)) + (help_of((program, *commands[0])) if commands else "")
    options = [match[0] for word in typed.words[1:] if (match := OPTION.match(word))]
    return [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", known)]


def test_pages_have_commands():
    assert {typed.words[0] for typed in TYPED} >= {"make", "mypy", "pip", "python", "xnat-codegen", "xnat-emulator"}
    assert {typed.words[0] for typed in TYPED} <= RUN | CHECKED | OURS | BUILTIN


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_commands_know_their_options(name: str):
    ours = [typed for typed in TYPED if typed.words[0] == name]
    assert [(typed.page, typed.line, fault) for typed in ours for fault in faults_of(typed)] == []


def fault_of(typed: Typed) -> str:
    """Return what the command line says of words that it cannot use: missing ones, too many, values of a wrong kind."""
    names = [name for name in NAMES if list(typed.words[1 : 1 + len(name.split())]) == name.split()]
    if not names:
        return ""
    found = command(names[0])
    try:
        found.made.make_context(names[0], list(typed.words[1 + len(names[0].split()) :]), parent=found.context.parent)
    except Exception as error:  # noqa: BLE001 - typer does not export the classes of its complaints
        return f"{error.__class__.__name__}: {error}"
    return ""


def test_words_of_the_command_line_can_be_typed():
    ours = [typed for typed in TYPED if typed.words[0] == "xnat-sdk"]
    assert len(ours) > 50
    assert [(typed.page, typed.line, fault) for typed in ours if (fault := fault_of(typed))] == []


def test_commands_of_make_and_pip_name_what_there_is():
    checked = [typed for typed in TYPED if typed.words[0] in CHECKED]
    assert checked
    for typed in checked:
        check_command(list(typed.words))


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        ("xnat-codegen generate --schemas site -o lab", []),
        ("xnat-codegen generate --schema site", ["--schema"]),
        ("xnat-codegen generat", ["generat"]),
        ("xnat-emulator serve --demo --prot 1", ["--prot"]),
        ("xnat-sdk ls sandbox/sessions --json --sort-by label", []),
        ("xnat-sdk prearchive lisst", ["prearchive lisst"]),
    ],
)
def test_what_no_help_knows_is_found(words: str, faults: list[str]):
    (command,) = split(words)
    assert faults_of(Typed("page.md", 1, command)) == faults


def test_lines_are_split_into_commands():
    line = "A=1 xnat-sdk ls -q p | xnat-sdk download --to 'a b' > x.txt  # comment"
    assert list(split(line)) == [("xnat-sdk", "ls", "-q", "p"), ("xnat-sdk", "download", "--to", "a b")]
