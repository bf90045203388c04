"""Run every benchmark, print one table, write it to results.md; exit status 1 when a bar is missed.

Usage: run.py [NAME ...], with names such as ``connect`` or ``listing``; all of them without a name. The folder
with the peers' environments is named by XNAT_PEERS (the Makefile sets it).
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from pathlib import Path

import table
from measure import Peers

ALL = (
    "connect", "imports", "cli", "listing", "search", "downloads", "sessions", "uploads", "reading", "codegen",
    "emulator_download", "emulator_start",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers"


def main(names: list[str]) -> int:
    """Return the exit status after running the named benchmarks."""
    peers = Peers(Path(os.environ.get("XNAT_PEERS", PEERS)))
    rows: list[table.Row] = []
    bars: list[table.Bar] = []
    for name in names or ALL:
        start = time.monotonic()
        result: table.Result = importlib.import_module(name).run(peers)
        rows += result.rows
        bars += result.bars
        print(f"  {name:<12} {time.monotonic() - start:6.1f} s", *result.bars, sep="\n    ", flush=True)
    text = table.markdown(rows, bars)
    print(f"\n{text}")
    if not names:
        Path(__file__).with_name("results.md").write_text(table.heading() + text, encoding="utf-8")
    return 0 if all(bar.met for bar in bars) else 1


if __name__ == "__main__":
    # Gigabytes would stay in memory otherwise, and servers that nobody stops.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
