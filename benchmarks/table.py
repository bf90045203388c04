"""What a benchmark returns, and how the results read as one table."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One contender in one measurement.

    Attributes:
        measurement: What was measured; equal for all contenders of one comparison.
        contender: Who did it.
        value: The median, printed with `unit`.
        ratio: The value over that of the floor of the same comparison.
    """

    measurement: str
    contender: str
    value: float
    unit: str
    ratio: float
    note: str = ""


class Bar(NamedTuple):
    """A limit that a measured number must keep; `at_least` tells on which side."""

    text: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the measured number keeps the limit."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        sign = "at least" if self.at_least else "at most"
        return f"{'met   ' if self.met else 'MISSED'} {self.text}: {self.measured:.2f} ({sign} {self.limit:g})"


class Result(NamedTuple):
    """Everything one benchmark has to say."""

    rows: Sequence[Row]
    bars: Sequence[Bar] = ()


def compare(measurement: str, values: dict[str, float], floor: str, unit: str, notes: dict[str, str]) -> list[Row]:
    """Return a row per contender, with ratios to the one called `floor`."""
    return [
        Row(measurement, contender, value, unit, value / values[floor], notes.get(contender, ""))
        for contender, value in values.items()
    ]


def _number(row: Row) -> str:
    return f"{row.value:.3f} {row.unit}" if row.unit == "s" else f"{row.value:,.0f} {row.unit}"


def markdown(rows: Iterable[Row], bars: Iterable[Bar]) -> str:
    """Return the table, then one line per bar."""
    cells = [("measurement", "contender", "median", "to the floor", "note")]
    cells += [(row.measurement, row.contender, _number(row), f"{row.ratio:.2f}x", row.note) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, "", *(f"- {bar}" for bar in bars)]) + "\n"


def heading() -> str:
    """Return the words above a saved table: what the numbers depend on."""
    python = f"Python {platform.python_version()}, {sys.platform}, {platform.machine()}"
    return (
        "# Benchmark results\n\nWritten by `make bench`. Whole processes, medians of 5, contenders in turn in one run; "
        f"ratios carry over to other machines, seconds do not ({python}).\n\n"
    )
