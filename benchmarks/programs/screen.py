"""A terminal of our own: when is the first row of a table written to it?"""

import io
import os
import pty
import sys
import threading
import time


class _Noting(io.FileIO):
    """Writes to the terminal and keeps when the first row was written."""

    first = 0.0
    lines_before = 0
    _lines = 0

    def write(self, data) -> int:
        """Write, and look at the clock when a row below the header is complete."""
        written = super().write(data)
        self._lines += bytes(data).count(b"\n")
        if not self.first and self._lines > self.lines_before:
            self.first = time.perf_counter()
        return written


class Screen:
    """Takes the place of standard output."""

    def __init__(self, lines_before: int) -> None:
        """Open the terminal; so many lines come before the first row."""
        self._read_end, write_end = pty.openpty()
        self._raw = _Noting(write_end, "w")
        self._raw.lines_before = lines_before
        self._kept, sys.stdout = sys.stdout, io.TextIOWrapper(io.BufferedWriter(self._raw), line_buffering=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # Somebody has to, or the program waits.
        while True:
            os.read(self._read_end, 1 << 16)

    def close(self) -> float:
        """Give standard output back; returns when the first row was written, as `time.perf_counter` counts."""
        sys.stdout.flush()
        sys.stdout = self._kept
        return self._raw.first
