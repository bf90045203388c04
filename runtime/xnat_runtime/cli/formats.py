"""Output for programs: tab-separated text, CSV and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from .cells import plain

if TYPE_CHECKING:
    from .picking import Row

# Tabs and line ends part cells and rows; a backslash says that one is meant.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_separated(rows: Iterable[Row], columns: Sequence[str], kind: Literal["tsv", "csv"], *, header: bool) -> None:
    r"""Writes rows as tsv or csv to standard output.

    In tsv a tab inside a cell is ``\t``, a line end ``\n`` or ``\r`` and a backslash two of them, so that every
    row is a line; csv puts such cells between quotation marks (RFC 4180).
    """
    cells: Iterable[list[str]] = ([plain(row.get(name)) for name in columns] for row in rows)
    if kind == "csv":
        import csv  # noqa: PLC0415 - listings for people need none

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([list(columns)] if header else [])
        writer.writerows(cells)
        return
    if header:
        sys.stdout.write("\t".join(columns) + "\n")
    sys.stdout.writelines("\t".join(cell.translate(_ESCAPES) for cell in line) + "\n" for line in cells)


def write_json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Writes rows as a JSON array to standard output, one object a line; every object has all columns, in order.

    Numbers and truth values are such, dates and times texts as ISO 8601 has them, and an empty cell is null.
    """
    start = "[\n"
    for row in rows:
        cells = {name: None if (value := row.get(name)) == "" else value for name in columns}
        sys.stdout.write(start + _json(cells))
        start = ",\n"
    sys.stdout.write("[]\n" if start == "[\n" else "\n]\n")


def write_object(values: Row) -> None:
    """Writes one JSON object to standard output; empty texts stay, else as `write_json`."""
    sys.stdout.write(_json(dict(values)) + "\n")


def _json(values: dict[str, object]) -> str:
    return json.dumps(values, default=plain, ensure_ascii=False)
