"""What a benchmark returns, and how the results read as one table."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

RUNS = 5
BEST_OF = 7
SLOW_RUNS = 2
SLOW_SECONDS = 3.0
TRANSFERS = (
    f"Transfers: the best of {BEST_OF}, of {SLOW_RUNS} where a program takes more than {SLOW_SECONDS:g} seconds; the "
    "clock runs inside the program, after it has connected. Memory is what the "
    "process holds then, and what the transfer adds in its worst run; disk is the most that its files hold at once, "
    "temporary ones included; the last column says who sends or takes the bodies."
)


class Cost(NamedTuple):
    """What a transfer takes besides time.

    Attributes:
        connected_mb: Memory of the process after it has connected, before the transfer.
        added_mb: What the transfer adds to it at its peak; the worst run.
        disk_mb: The most that target and temporary files hold at once.
    """

    connected_mb: float
    added_mb: float
    disk_mb: float


class Row(NamedTuple):
    """One contender in one measurement.

    Attributes:
        measurement: What was measured; equal for all contenders of one comparison.
        contender: Who did it.
        value: The median, or the best of a transfer; printed with `unit`.
        ratio: The value over that of the floor of the same comparison.
        cost: What else a transfer takes; None for all other measurements.
    """

    measurement: str
    contender: str
    value: float
    unit: str
    ratio: float
    note: str = ""
    cost: Cost | None = None


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


def _plain(row: Row) -> tuple[str, ...]:
    return row.measurement, row.contender, _number(row), f"{row.ratio:.2f}x", row.note


def _transfer(row: Row) -> tuple[str, ...]:
    assert row.cost is not None
    memory = f"{row.cost.connected_mb:.0f} MB", f"+{row.cost.added_mb:.1f} MB"
    return (
        row.measurement,
        row.contender,
        _number(row),
        f"{row.ratio:.2f}x",
        *memory,
        f"{row.cost.disk_mb:.0f} MB",
        row.note,
    )


def _lines(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return a table whose first line is its heading."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:], ""]


def markdown(rows: Sequence[Row], bars: Iterable[Bar]) -> str:
    """Return a table of the transfers and one of the rest, then one line per bar."""
    plain = [_plain(row) for row in rows if row.cost is None]
    moved = [_transfer(row) for row in rows if row.cost is not None]
    text: list[str] = []
    if plain:
        text += _lines([("measurement", "contender", "value", "to the floor", "note"), *plain])
    if moved:
        text += [TRANSFERS, ""]
        text += _lines([("transfer", "contender", "best", "to the floor", "memory", "added", "disk", "bodies"), *moved])
    return "\n".join([*text, *(f"- {bar}" for bar in bars)]) + "\n"


def heading() -> str:
    """Return the words above a saved table: what the numbers depend on."""
    python = f"Python {platform.python_version()}, {sys.platform}, {platform.machine()}"
    return (
        f"# Benchmark results\n\nWritten by `make bench`. Whole processes, medians of {RUNS} unless a row says "
        f"otherwise, contenders in turn in one run; ratios carry over to other machines, seconds do not ({python}).\n\n"
    )
