"""``ls`` of all subjects of a project on a terminal: seconds from the request to the first row.

Usage: first_row_ours.py URL
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from screen import Screen

from xnat_runtime.cli import run
from xnat_runtime.pool import PoolTransport
from xnat_sdk.__main__ import SITE

sent = 0.0
send = PoolTransport.send


def noting(self, request, **options):
    """Send a request; take note of when that of the listing is sent."""
    global sent  # noqa: PLW0603 - one clock for the program
    if request.path.endswith("/subjects"):
        sent = time.perf_counter()
    return send(self, request, **options)


PoolTransport.send = noting  # type: ignore[method-assign]  # a clock around it
with tempfile.TemporaryDirectory() as home:
    netrc = Path(home, "netrc")
    netrc.write_text("machine 127.0.0.1\nlogin admin\npassword admin\n", encoding="utf-8")
    netrc.chmod(0o600)
    screen = Screen(lines_before=1)
    os.environ["HOME"] = home
    status = run(SITE, ["ls", "sandbox/subjects", "--server", sys.argv[1], "--netrc", str(netrc)])
    shown = screen.close()
if status:
    sys.exit(f"ls ended with status {status}")
print(json.dumps({"seconds": shown - sent}))
