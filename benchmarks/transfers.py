"""Measure a transfer by several contenders: the best time, memory, disk, and who sent or took the bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from measure import best, disk_peak_mb, run_in_turn, worst
from table import BEST_OF, SLOW_SECONDS, Cost, Row, compare


class Measured(NamedTuple):
    """What was measured of one transfer, by contender.

    Attributes:
        rows: One for each contender.
        seconds: The best times.
        added_mb: The memory that the worst run added.
        disk_mb: The most that target and temporary files held.
    """

    rows: Sequence[Row]
    seconds: Mapping[str, float]
    added_mb: Mapping[str, float]
    disk_mb: Mapping[str, float]

    def ratio(self, contender: str, floor: str) -> float:
        """Return how many times longer a contender takes than another."""
        return self.seconds[contender] / self.seconds[floor]


def measure(
    name: str, commands: Mapping[str, list[str]], folders: Sequence[Path], floor: str, server: Callable[[], str]
) -> Measured:
    """Return what each contender takes.

    Args:
        name: What is transferred.
        commands: Contender -> its program.
        folders: Where files of the transfer can be.
        floor: The contender that the ratios are to.
        server: Returns who sent or took the bodies since it was called last.
    """
    found = run_in_turn(commands, runs=BEST_OF, slow_seconds=SLOW_SECONDS)
    seconds, connected, added = best(found, "seconds"), worst(found, "connected_mb"), worst(found, "added_mb")
    disk, notes = dict[str, float](), dict[str, str]()
    server()
    for each, command in commands.items():
        disk[each] = disk_peak_mb(command, folders)
        notes[each] = server()
    rows = [
        row._replace(cost=Cost(connected[row.contender], added[row.contender], disk[row.contender]))
        for row in compare(name, seconds, floor, "s", notes)
    ]
    return Measured(rows, seconds, added, disk)
