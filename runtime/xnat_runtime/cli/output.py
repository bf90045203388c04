"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from ..errors import InvalidValueError
from .cells import shown
from .formats import write_json, write_object, write_separated
from .grid import write_table
from .picking import Counts, Row, pick

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["Output", "Row"]


@attrs.frozen
class Output:
    """Writes results in the format that was asked for.

    Attributes:
        settings: The shared options.
    """

    settings: Settings

    def say(self, text: str) -> None:
        """Writes a line for people to standard error; nothing when output is for programs."""
        if self.settings.format == "table":
            # What was printed before stands above it, also where both go to one file.
            sys.stdout.flush()
            sys.stderr.write(f"{text}\n")

    def record(self, values: Row, text: str = "", path: str = "") -> None:
        """Writes the result of a command that has one: JSON, its path with ``-q``, else the text or NAME  VALUE lines.

        Args:
            values: What is told, by name.
            text: The same for people; "" for one line a name.
            path: What ``-q`` prints.
        """
        match self.settings.format:
            case "json":
                write_object(values)
            case "paths":
                sys.stdout.write(f"{path}\n" if path else "")
            case "table" if text:
                sys.stdout.write(f"{text}\n")
            case "table":
                width = max((len(name) for name in values), default=0)
                sys.stdout.writelines(f"{name:<{width}}  {shown(name, value)}\n" for name, value in values.items())
            case kind:
                write_separated([values], list(values), kind, header=not self.settings.no_header)

    def rows(
        self,
        rows: Iterable[Row],
        columns: Sequence[str],
        *,
        path: str = "uri",
        noun: str = "",
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        """Writes rows: as a table, tsv, csv, JSON, or paths alone; those that the options ask for.

        Rows are written as they come, so that the first ones are there before the last ones are made.

        Args:
            rows: The rows, by column.
            columns: Columns that are shown when ``--columns`` does not say; JSON has all.
            path: The column that ``-q`` prints.
            noun: What a row is, for the line below a table, such as ``session``; "" for no such line.
            aliases: Further names of columns in the options -> columns.

        Raises:
            InvalidValueError: A column is asked for that there is not, or paths of rows that have none.
        """
        picked = pick(rows, columns, self.settings, aliases or {})
        header = not self.settings.no_header
        match self.settings.format:
            case "json":
                write_json(picked.rows, [*picked.columns, *picked.others])
            case "paths":
                sys.stdout.writelines(f"{found}\n" for row in picked.rows if (found := _path(row, path)))
            case "table":
                write_table(picked.rows, picked.columns, header=header)
                self._count(picked.counts, noun)
            case kind:
                write_separated(picked.rows, picked.columns, kind, header=header)

    def _count(self, counts: Counts, noun: str) -> None:
        if noun and counts.shown < counts.total:
            self.say(f"{counts.shown:,} of {counts.total:,} {plural(noun)}")
        elif noun:
            self.say(f"{counts.total:,} {noun if counts.total == 1 else plural(noun)}")

    def ask(self, question: str) -> bool:
        """Returns whether a person at the terminal says yes.

        Raises:
            InvalidValueError: There is nobody to ask.
        """
        if not sys.stdin.isatty():
            msg = f"{question} Nobody can answer here: add --yes, or look first with --dry-run"
            raise InvalidValueError(msg)
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _path(row: Row, name: str) -> object:
    """Returns the path of a row; of one that failed, for instance, there is none."""
    if name not in row:
        msg = "-q: these rows name no items that have a path"
        raise InvalidValueError(msg)
    return row[name]


def plural(noun: str) -> str:
    """Returns the plural of a noun of the archive."""
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
