"""The pages of ``--help`` of the program and of its groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .commands import GROUPS, SECTIONS

_START: Final = """\
A path names what is meant: project/subject/session/scan/resource, by label or ID, such as sandbox/test001/test001_MR.
The name of a level at the end means all of it: sandbox/sessions, sandbox/test001/test001_MR/resources.

First steps:
  {program} login https://xnat.example.org
  {program} ls
  {program} ls sandbox/sessions
  {program} download sandbox/test001/test001_MR/2 --to data
"""

_TYPES: Final = re.compile(r" <(?:str|int|path|Path|list\[\w+\])>")
_BRACES: Final = re.compile(r"\{(.*?)\}")

_OPTIONS: Final = """\
Every command has --help, with examples, and takes, before or behind its name:
  --server URL, --profile NAME       the server; else XNAT_HOST, or the profile in use
  --user NAME, --netrc FILE          the account, and where its password is; else what login kept
  --output FORMAT                    table, tsv, csv or json; shorter: --tsv, --csv, --json
  --quiet, -q                        paths only, one a line, for the next command
  --timeout SECONDS                  longest wait for an answer
  --ca-file FILE, --no-verify        certificates to trust; trust any, which lets others listen
  --read-only                        refuse every change before it is sent
  --reason TEXT                      why something is changed, for sites that want to know
  --log-file FILE, --verbose         what was asked and answered, without passwords or patient data
This program itself: --version, --install-completion for the Tab key of your shell.
"""


def root_help(program: str) -> str:
    """Returns the page of the program."""
    lines = [f"Usage: {program} COMMAND ...", "", _START.format(program=program)]
    for section, commands in SECTIONS.items():
        lines += [f"{section}:", *_rows({name: entry.title for name, entry in commands.items()}), ""]
    return "\n".join([*lines, _OPTIONS])


def group_help(program: str, group: str) -> str:
    """Returns the page of a group of commands."""
    found = {
        name.partition(" ")[2]: entry.title
        for commands in SECTIONS.values()
        for name, entry in commands.items()
        if name.startswith(f"{group} ")
    }
    title = GROUPS[group]
    return "\n".join([f"Usage: {program} COMMAND ...", "", f"{title[0].upper()}{title[1:]}.", "", *_rows(found), ""])


def examples_help(program: str, examples: Sequence[str]) -> str:
    """Returns what follows the page of a command: its examples, and where the other options are."""
    told = ["", "", "Examples:", *(f"  {program} {each}" for each in examples)] if examples else [""]
    return "\n".join([*told, "", f"Options of every command (server, output, log): {program} --help"])


def tidied(page: str) -> str:
    """Returns typer's page of a command without the types of its arguments and the braces of what must be given."""
    usage, rest = page.split("\n", 1)
    return "\n".join([_BRACES.sub(r"\1", usage), _TYPES.sub(lambda found: " " * len(found[0]), rest)])


def _rows(titles: dict[str, str]) -> list[str]:
    return [f"  {name:<20} {title}" for name, title in titles.items()]
