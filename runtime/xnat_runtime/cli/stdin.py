"""Paths from standard input, so that ``-q`` of one command feeds the next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValueError

if TYPE_CHECKING:
    from .context import Run

STDIN: Final = "-"


def paths_from(run: Run, arguments: Sequence[str]) -> list[str]:
    """Returns the paths that a command is given, each once, with those of standard input in the place of ``-``.

    Standard input has a path a line; the first cell counts where tabs follow. Blank lines and lines with ``#`` are
    passed over. Each command calls this once.

    Args:
        run: The run.
        arguments: What was typed.

    Raises:
        InvalidValueError: There is no path, or standard input holds something else than text, or JSON.
    """
    if list(arguments).count(STDIN) > 1:
        msg = "standard input can be read once: leave one -"
        raise InvalidValueError(msg)
    found: list[str] = []
    for each in arguments:
        found += _read(run) if each == STDIN else [each]
    if not found or not all(each.strip() for each in found):
        msg = "no path is given: name an item, such as project/subject/session, or - for paths on standard input"
        raise InvalidValueError(msg)
    return list(dict.fromkeys(found))


def _read(run: Run) -> list[str]:
    if sys.stdin.isatty():
        run.out.say("Paths, one a line; Ctrl+D ends:")
    lines = input_text().splitlines()
    found = [cell for line in lines if (cell := line.partition("\t")[0].strip()) and not cell.startswith("#")]
    if not found:
        msg = "standard input holds no path: the command before this one found nothing, or lacks -q"
        raise InvalidValueError(msg)
    if found[0][0] in "[{":
        msg = "standard input holds JSON, not a path a line: use -q in place of --json"
        raise InvalidValueError(msg)
    return found


def input_text() -> str:
    """Returns all of standard input.

    Raises:
        InvalidValueError: It is no text in UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = "standard input is no text in UTF-8"
        raise InvalidValueError(msg) from None
