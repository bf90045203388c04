"""The command line: ``--help`` against importing what it stands on, and the first row of a list of 10,000.

The first row is timed on a terminal, from sending the request of the list until the row stands there; starting
Python and logging in happen before the clock starts, for both. The floor reads the same answer with urllib3 and
``json.loads`` and prints its rows. The list comes from memory, so that no database hides what programs cost.
The shortest of nine runs counts: what others do on the machine only adds.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from measure import PROGRAMS, Peers, Run, best, run_in_turn
from serving import serving
from table import Bar, Result, compare

import xnat_emulator

OURS = "xnat-sdk"
ROWS = 10_000
RUNS = 9
IMPORTS = "import typer, rich"
FLOOR = "urllib3 + json.loads"
STUB = str(Path(__file__).parent / "stub.py")
PROGRAM = str(Path(sys.executable).with_name("xnat-sdk"))


def run(_peers: Peers) -> Result:
    """Return the times of whole processes for ``--help``, of the first row, and of the whole list as a process."""
    pages = run_in_turn({IMPORTS: [sys.executable, "-c", IMPORTS], OURS: [PROGRAM, "--help"]}, runs=RUNS)
    with (
        xnat_emulator.start(demo=True) as server,
        serving([sys.executable, STUB, server.url, str(ROWS)]) as url,
    ):
        programs = {
            FLOOR: [sys.executable, str(PROGRAMS / "first_row_urllib3.py"), url],
            OURS: [sys.executable, str(PROGRAMS / "first_row_ours.py"), url],
        }
        found = run_in_turn(programs, runs=RUNS)
    help_page, first, whole = _shortest(pages), best(found, "seconds"), _shortest(found)
    noted = dict.fromkeys((IMPORTS, OURS, FLOOR), f"best of {RUNS}")
    rows = compare("--help, whole process", help_page, IMPORTS, "s", noted)
    rows += compare(f"first row of {ROWS:,}, from the request", first, FLOOR, "s", noted)
    rows += compare(f"list of {ROWS:,}, whole process with login and logout", whole, FLOOR, "s", noted)
    bars = [
        Bar("time of --help over importing typer and rich", help_page[OURS] / help_page[IMPORTS], 1.5),
        Bar(f"first row of a list of {ROWS:,} over urllib3 + json.loads", first[OURS] / first[FLOOR], 1.5),
    ]
    return Result(rows, bars)


def _shortest(found: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    return {name: min(run.wall for run in runs) for name, runs in found.items()}
