"""A query for 10,000 subjects, ID and label of each read: ours, and urllib3 with json.loads on the same document.

The clock runs inside each program around searching and reading; the search itself is written down before. xnatpy has
no part in it: it asks for each object, which takes 10,001 requests.
"""

from __future__ import annotations

import sys
from pathlib import Path

from measure import PROGRAMS, Peers, reported, run_in_turn
from serving import serving
from table import Bar, Result, compare

import xnat_emulator

FLOOR, OURS = "urllib3 + json.loads", "xnat-sdk"
SUBJECTS = 10_000
STUB = str(Path(__file__).parent / "stub_search.py")


def run(_peers: Peers) -> Result:
    """Return time and requests of each contender."""
    with (
        xnat_emulator.start(demo=True) as server,
        serving([sys.executable, STUB, server.url, str(SUBJECTS)]) as url,
    ):
        found = run_in_turn(
            {
                FLOOR: [sys.executable, str(PROGRAMS / "search_urllib3.py"), url],
                OURS: [sys.executable, str(PROGRAMS / "search_ours.py"), url],
            }
        )
    if any(run.report["subjects"] != SUBJECTS for runs in found.values() for run in runs):
        raise SystemExit(f"a contender did not see all {SUBJECTS} subjects")
    seconds, requests = reported(found, "seconds"), reported(found, "requests")
    notes = {name: f"{count:.0f} request" for name, count in requests.items()}
    bars = [
        Bar(f"time over urllib3 + json.loads, query for {SUBJECTS:,} objects", seconds[OURS] / seconds[FLOOR], 5),
        Bar(f"requests of a query for {SUBJECTS:,} objects", requests[OURS], 1),
    ]
    return Result(compare(f"query for {SUBJECTS:,} subjects", seconds, FLOOR, "s", notes), bars)
