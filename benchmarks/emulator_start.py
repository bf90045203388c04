"""From ``xnat_emulator.start()`` to the first answer, with modules imported and an empty archive; and ``reset()``."""

from __future__ import annotations

import sys

from measure import PROGRAMS, Peers, reported, run_in_turn
from table import Bar, Result, Row

BAR_SECONDS = 0.3


def run(_peers: Peers) -> Result:
    """Return the seconds of a start and of a reset, each the median of runs of a process of its own."""
    found = run_in_turn({"emulator": [sys.executable, str(PROGRAMS / "start_emulator.py")]})
    start, reset = (reported(found, key)["emulator"] for key in ("start", "reset"))
    rows = [
        Row("emulator: start to ready, empty archive", "xnat_emulator", start, "s", 1.0, "modules imported"),
        Row("emulator: reset to ready, empty archive", "xnat_emulator", reset, "s", reset / start),
    ]
    return Result(rows, [Bar("seconds from start() to ready, modules imported, empty archive", start, BAR_SECONDS)])
