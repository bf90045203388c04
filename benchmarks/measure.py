"""Run whole programs in turn, several times each, and take medians."""

from __future__ import annotations

import json
import math
import os
import stat
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

from table import RUNS, SLOW_RUNS

PROGRAMS = Path(__file__).parent / "programs"
_SAMPLING_SECONDS = 0.005


class Peers:
    """The environments of clients written by others."""

    def __init__(self, folder: Path) -> None:
        """Take note of the folder that holds an environment per client."""
        self._folder = folder

    def __getitem__(self, client: str) -> str:
        """Return the interpreter that has a client."""
        return str(self._folder / client / "bin" / "python")


class Run(NamedTuple):
    """One run of a program.

    Attributes:
        wall: Seconds from start to exit of the process.
        report: What the program said of itself on its last line, as a JSON object; empty when it said nothing.
        requests: How many requests the server saw meanwhile.
    """

    wall: float
    report: dict[str, float]
    requests: int


def run_once(command: Sequence[str], count_requests: Callable[[], int]) -> Run:
    """Run a program to its end; a failing program ends the benchmark with its output."""
    before = count_requests()
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    wall = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    last = done.stdout.strip().rpartition("\n")[2]
    return Run(wall, json.loads(last) if last.startswith("{") else {}, count_requests() - before)


def run_in_turn(
    programs: Mapping[str, Sequence[str]],
    *,
    runs: int = RUNS,
    slow_seconds: float = math.inf,
    count_requests: Callable[[], int] = lambda: 0,
) -> dict[str, list[Run]]:
    """Return the runs of each program. They take turns, so that noise meets all alike; the first round is dropped.

    A program that took longer than `slow_seconds` in the first round takes part in `SLOW_RUNS` rounds more.
    """
    first = {name: run_once(command, count_requests) for name, command in programs.items()}
    found: dict[str, list[Run]] = {name: [] for name in programs}
    for number in range(runs):
        for name, command in programs.items():
            if number < SLOW_RUNS or first[name].wall <= slow_seconds:
                found[name].append(run_once(command, count_requests))
    return found


def walls(found: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """Return the median seconds of the whole process for each program."""
    return {name: median(run.wall for run in runs) for name, runs in found.items()}


def reported(found: Mapping[str, Sequence[Run]], key: str) -> dict[str, float]:
    """Return the median of a number that each program reported itself."""
    return {name: median(run.report[key] for run in runs) for name, runs in found.items()}


def worst(found: Mapping[str, Sequence[Run]], key: str) -> dict[str, float]:
    """Return the most of a number that each program reported itself."""
    return {name: max(run.report[key] for run in runs) for name, runs in found.items()}


def best(found: Mapping[str, Sequence[Run]], key: str) -> dict[str, float]:
    """Return the least of a number that each program reported itself: what others do on the machine only adds."""
    return {name: min(run.report[key] for run in runs) for name, runs in found.items()}


def disk_peak_mb(command: Sequence[str], folders: Sequence[Path]) -> float:
    """Return the most MB that folders held while a program ran; files that it has open without a name count too."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_held, folders)) + _nameless(process.pid))
            time.sleep(_SAMPLING_SECONDS)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return peak / (1 << 20)


def _held(folder: Path) -> int:
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(base, name).stat().st_blocks * 512
    return total


def _nameless(process: int) -> int:
    total = 0
    with suppress(FileNotFoundError, PermissionError):
        for each in Path(f"/proc/{process}/fd").iterdir():
            with suppress(FileNotFoundError):
                about = each.stat()
                total += about.st_blocks * 512 if stat.S_ISREG(about.st_mode) and about.st_nlink == 0 else 0
    return total
