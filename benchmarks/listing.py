"""List 100,000 subjects and read ID and label of each: ours, xnatpy, and urllib3 with json.loads.

The clock runs inside each program around listing and reading; the peak memory is that of the whole process (VmHWM).
"""

from __future__ import annotations

import sys
from pathlib import Path

from measure import PROGRAMS, Peers, reported, run_in_turn
from serving import serving
from table import Bar, Result, compare

import xnat_emulator

FLOOR, OURS, PEER = "urllib3 + json.loads", "xnat-sdk", "xnatpy"
SUBJECTS = 100_000
STUB = str(Path(__file__).parent / "stub.py")


def programs(url: str, peers: Peers) -> dict[str, list[str]]:
    """Return the command of each contender."""
    return {
        FLOOR: [sys.executable, str(PROGRAMS / "list_urllib3.py"), url],
        OURS: [sys.executable, str(PROGRAMS / "list_ours.py"), url],
        PEER: [peers["xnatpy"], str(PROGRAMS / "list_xnatpy.py"), url],
    }


def run(peers: Peers) -> Result:
    """Return time and memory of each contender."""
    with (
        xnat_emulator.start(demo=True) as server,
        serving([sys.executable, STUB, server.url, str(SUBJECTS)]) as url,
    ):
        found = run_in_turn(programs(url, peers))
    if any(run.report["subjects"] != SUBJECTS for runs in found.values() for run in runs):
        raise SystemExit(f"a contender did not see all {SUBJECTS} subjects")
    seconds, memory = reported(found, "seconds"), reported(found, "peak_mb")
    rows = compare(f"list {SUBJECTS:,} subjects", seconds, FLOOR, "s", {})
    rows += compare(f"list {SUBJECTS:,} subjects, peak memory", memory, FLOOR, "MB", {})
    bars = [
        Bar(f"time over urllib3 + json.loads, {SUBJECTS:,} subjects", seconds[OURS] / seconds[FLOOR], 3),
        Bar(f"memory over urllib3 + json.loads, {SUBJECTS:,} subjects", memory[OURS] / memory[FLOOR], 1.5),
    ]
    return Result(rows, bars)
