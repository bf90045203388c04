"""Tables for people: a line for each row, whatever the width of the terminal; the first lines come at once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from .cells import cropped, fitted, shown, width

if TYPE_CHECKING:
    from .picking import Row

_GAP: Final = "  "
_BLOCK: Final = 1000
_LEAST: Final = 3


def write_table(rows: Iterable[Row], columns: Sequence[str], *, header: bool) -> None:
    """Writes rows to standard output.

    On a terminal the widths follow from the first screenful, and grow when later rows need more; cells are cut where
    the line would be longer than the terminal is wide. Elsewhere nothing is cut, and all rows are laid out together.

    Args:
        rows: The rows.
        columns: The columns.
        header: Whether their names stand above.
    """
    cells = ([shown(name, row.get(name)) for name in columns] for row in rows)
    if sys.stdout.isatty():
        _write_blocks(cells, columns, header=header)
    else:
        _write_whole(list(cells), columns, header=header)


def _write_blocks(cells: Iterator[list[str]], columns: Sequence[str], *, header: bool) -> None:
    size = shutil.get_terminal_size()
    natural = [width(name) if header else 0 for name in columns]
    for number, block in enumerate(_blocks(cells, size.lines)):
        natural = [max([wide, *(width(line[at]) for line in block)]) for at, wide in enumerate(natural)]
        widths = fit(natural, size.columns)
        lines = [f"{_line(line, widths, size.columns)}\n" for line in block]
        if header and number == 0:
            lines.insert(0, bold(_line(columns, widths, size.columns)) + "\n")
        sys.stdout.write("".join(lines))
        sys.stdout.flush()


def _blocks(cells: Iterator[list[str]], first: int) -> Iterator[list[list[str]]]:
    """Yields the rows in blocks; one at least, so that an empty table has its header."""
    yield list(islice(cells, max(first, 1)))
    while block := list(islice(cells, _BLOCK)):
        yield block


def _write_whole(cells: list[list[str]], columns: Sequence[str], *, header: bool) -> None:
    table = [list(columns), *cells] if header else cells
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    sys.stdout.writelines([f"{_GAP.join(map(fitted, line, widths)).rstrip()}\n" for line in table])


def fit(natural: Sequence[int], terminal: int) -> list[int]:
    """Returns the widths of columns so that a line fits the terminal: the widest ones give way.

    Args:
        natural: The widths that the cells have.
        terminal: Columns of the terminal.
    """
    room = terminal - len(_GAP) * (len(natural) - 1)
    widths = list(natural)
    while sum(widths) > room and max(widths) > _LEAST:
        widest = max(widths)
        second = max((wide for wide in widths if wide < widest), default=0)
        share = -(-(sum(widths) - room) // widths.count(widest))
        narrower = max(second, widest - share, _LEAST)
        widths = [narrower if wide == widest else wide for wide in widths]
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], terminal: int) -> str:
    return cropped(_GAP.join(map(fitted, cells, widths)).rstrip(), terminal)


def bold(text: str) -> str:
    """Returns a text in bold where the terminal and the person like it.

    Written by hand: importing rich takes longer than listing 10,000 items.
    """
    return f"\x1b[1m{text}\x1b[0m" if has_style() else text


def has_style() -> bool:
    """Whether standard output is a terminal that shows bold, and nobody has said no (``NO_COLOR``)."""
    is_able = os.environ.get("TERM") != "dumb" and (os.name != "nt" or "WT_SESSION" in os.environ)
    return sys.stdout.isatty() and is_able and not os.environ.get("NO_COLOR")
