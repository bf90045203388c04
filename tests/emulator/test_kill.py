"""A server that is killed in the middle of uploads, imports and edits keeps what it acknowledged, and nothing half.

``XNAT_KILLS`` says how often it is killed; ``make soak`` does it fifty times.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import urllib3

import xnat_emulator

from .killing import BASIC, Check, Writer

KILLS = int(os.environ.get("XNAT_KILLS", "4"))


def serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "xnat_emulator", "serve", "--port", "0", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready "), line
    return process, line.split()[1]


def run_and_kill(folder: Path, project: str, seconds: float) -> list[Writer]:
    """Let writers work for a while, kill the server in the middle, and return them."""
    process, url = serve(folder)
    with process:
        try:
            made = urllib3.request("PUT", f"{url}/data/projects/{project}", headers=BASIC, retries=False)
            assert made.status == 200
            writers = [Writer(url, project, f"w{number}", seed=hash((project, number))) for number in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(seconds)
        finally:
            process.kill()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
    return writers


def leftovers(folder: Path) -> set[str]:
    """Return contents that no row of the database names."""
    with closing(sqlite3.connect(folder / "archive.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in tables}
        holding = [name for name, found in columns.items() if "blob" in found]
        named = {blob for name in holding for (blob,) in database.execute(f"SELECT blob FROM {name}")}
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()} - named


def test_killed_server_has_what_it_acknowledged_and_nothing_half_written(tmp_path):
    chance = random.Random(7)
    earlier: list[Writer] = []
    acknowledged = 0
    for number in range(KILLS):
        writers = run_and_kill(tmp_path, f"K{number}", chance.uniform(0.3, 2.0))
        with xnat_emulator.start(data=tmp_path) as server:
            check = Check(server.url)
            for writer in [*writers, *earlier]:
                check.writer(writer)
            assert list(server.site.crashes) == []
        assert check.wrong == []
        assert leftovers(tmp_path) == set()
        acknowledged += sum(writer.ledger.acknowledged for writer in writers)
        earlier = writers
    assert acknowledged > 10 * KILLS
