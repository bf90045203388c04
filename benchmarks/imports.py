"""``import xnat_sdk`` with one model against importing the libraries that it stands on."""

from __future__ import annotations

import sys

from measure import Peers, reported, run_in_turn, walls
from table import Bar, Result, compare

FLOOR, OURS = "urllib3, attrs, cattrs", "xnat_sdk, SubjectData"
STATEMENTS = {
    FLOOR: "import urllib3, attrs, cattrs",
    OURS: "import xnat_sdk; from xnat_sdk.models import SubjectData",
}
TIMED = "import time; start = time.perf_counter(); {}; print('{{\"seconds\": %f}}' % (time.perf_counter() - start))"


def run(_peers: Peers) -> Result:
    """Return the whole process' time and the time of the import statement alone."""
    found = run_in_turn({name: [sys.executable, "-c", TIMED.format(code)] for name, code in STATEMENTS.items()})
    whole, alone = walls(found), reported(found, "seconds")
    rows = compare("import, whole process", whole, FLOOR, "s", {})
    rows += compare("import, the statement alone", alone, FLOOR, "s", {})
    bars = [
        Bar("import time over that of urllib3, attrs, cattrs, whole process", whole[OURS] / whole[FLOOR], 1.5),
        Bar("import time over that of urllib3, attrs, cattrs, statement alone", alone[OURS] / alone[FLOOR], 1.5),
    ]
    return Result(rows, bars)
