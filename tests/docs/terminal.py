"""A program run at a terminal, by somebody who answers its first question."""

from __future__ import annotations

import os
import subprocess
import sys


def typed_at_a_terminal(program: str, answer: str) -> tuple[str, int]:
    """Runs a program at a pseudo terminal, answers its first prompt, and returns what was shown and the status."""
    ours, theirs = os.openpty()
    # Opening it makes it the terminal of the new session, where getpass asks.
    opening = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR))\n"
    command = [sys.executable, "-c", opening + program]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as running:
        os.close(theirs)
        shown = read_until(ours, b": ")
        os.write(ours, f"{answer}\n".encode())
        shown += read_until(ours, None)
        status = running.wait(60)
    os.close(ours)
    return shown.decode(), status


def read_until(terminal: int, end: bytes | None) -> bytes:
    shown = b""
    while end is None or not shown.endswith(end):
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says so when the program has ended
            break
        if not piece:
            break
        shown += piece
    return shown
