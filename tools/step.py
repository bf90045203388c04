"""Run one command of the Makefile and say on one line how it went and how long it took.

Usage: step.py TITLE COMMAND [ARGUMENT ...]. The command's own output is shown only when it fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence


def run(title: str, command: Sequence[str]) -> int:
    """Return the command's exit status after printing its line; a missing program counts as a failure."""
    start = time.monotonic()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    except OSError as error:
        done = subprocess.CompletedProcess(command, 127, f"{error}\n")
    seconds = time.monotonic() - start
    verdict = "ok" if done.returncode == 0 else "FAILED"
    shown = "" if done.returncode == 0 else f"$ {' '.join(command)}\n{done.stdout}"
    # One write, so that the lines of steps that run side by side never mix.
    sys.stdout.write(f"  {title:<52} {verdict:>6} {seconds:6.1f} s\n{shown}")
    sys.stdout.flush()
    return done.returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
