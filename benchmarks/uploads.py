"""Upload one file of 512 MiB, and a folder of 2,000 small files; a stub throws the bodies away.

The clock runs inside each program, after login; so does the count of added memory (VmHWM). No program may write a
temporary file, which is watched.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from filled import MIB, SUBJECT, Filled, random_file
from front import scratch
from measure import BEST_OF, PROGRAMS, best, disk_peak_mb, run_in_turn
from serving import serving
from table import Bar, Result, compare

import xnat_emulator

OURS, UNCOMPARED = "xnat-sdk", "xnat-sdk, nothing compared"
BLOCKS, HASHING = "http.client, 1 MiB blocks", "http.client, 1 MiB blocks, MD5 in a second thread"
USTAR = "ustar stream, http.client, MD5s"
STUB = str(Path(__file__).parent / "stub_uploads.py")
SIZE, SMALL, SMALL_BYTES = 512 * MIB, 2_000, 20_000
LATENCIES = (0, 20)
ADDED_MB = 8.0


def programs(url: str, source: Path, peer: str) -> dict[str, list[str]]:
    """Return the command of each contender."""
    arguments = [url, f"{SUBJECT}/experiments/E/resources/UP", str(source)]
    bare = [sys.executable, str(PROGRAMS / "upload_bare.py"), *arguments]
    ours = [sys.executable, str(PROGRAMS / "upload_ours.py"), *arguments]
    peers = {"xnatpy, nothing compared": [peer, str(PROGRAMS / "upload_xnatpy.py"), *arguments]}
    if source.is_dir():
        return {USTAR: [*bare, "md5"], OURS: ours, **peers}
    return {BLOCKS: bare, UNCOMPARED: [*ours, "bare"], HASHING: [*bare, "md5"], OURS: ours, **peers}


def measure(name: str, commands: Mapping[str, list[str]], floors: Mapping[str, tuple[str, float]]) -> Result:
    """Return the rows and bars of one measurement.

    Args:
        name: What is measured.
        commands: Contender -> command; the first is the floor of the table.
        floors: Contender of ours -> its floor, and how many times slower it may be.
    """
    found = run_in_turn(commands, runs=BEST_OF)
    seconds, added = best(found, "seconds"), best(found, "added_mb")
    notes = {each: f"bodies thrown away; best of {BEST_OF}; {added[each]:.1f} MB added" for each in commands}
    bars = [
        Bar(f"time of {each} over {floor}, {name}", seconds[each] / seconds[floor], limit)
        for each, (floor, limit) in floors.items()
    ]
    most = max(run.report["added_mb"] for run in found[OURS])
    temporary = Path(os.environ["TMPDIR"])
    written = disk_peak_mb(commands[OURS], temporary)
    bars += [
        Bar(f"MB of memory added, {name}", most, ADDED_MB),
        Bar(f"MB of temporary files, {name}", written, 0.1),
    ]
    return Result(compare(name, seconds, next(iter(commands)), "s", notes), bars)


def table_of(source: Path) -> str:
    """Return the table that a server has of a file or of the files of a folder."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    rows: list[tuple[str, int, str]] = []
    for path in files:
        with path.open("rb") as stream:
            rows.append((path.name, path.stat().st_size, hashlib.file_digest(stream, "md5").hexdigest()))
    return json.dumps(rows)


def run(peers_python: str) -> Result:
    """Return the time of each contender."""
    parts: list[Result] = []
    with scratch() as folder, xnat_emulator.start(data=folder / "data") as server:
        Filled(server.url).resource("UP")
        # Temporary files of whoever makes some, and the memory of unfinished uploads, are in folders of their own.
        os.environ |= {"TMPDIR": str(folder / "tmp"), "XDG_STATE_HOME": str(folder / "state")}
        (folder / "tmp").mkdir()
        big, small, table = folder / "big.bin", folder / "small", folder / "table.json"
        random_file(big, SIZE)
        for number in range(SMALL):
            random_file(small / f"{number:05d}.dcm", SMALL_BYTES)
        table.write_text(table_of(big), encoding="utf-8")
        with serving([sys.executable, STUB, server.url, str(table), "0"]) as url:
            floors = {UNCOMPARED: (BLOCKS, 1.25), OURS: (HASHING, 1.25)}
            parts.append(measure("upload one file, 512 MiB", programs(url, big, peers_python), floors))
        big.unlink()
        table.write_text(table_of(small), encoding="utf-8")
        for latency in LATENCIES:
            with serving([sys.executable, STUB, server.url, str(table), str(latency)]) as url:
                name = f"upload a folder, {SMALL:,} x 20 KB, +{latency} ms"
                parts.append(measure(name, programs(url, small, peers_python), {OURS: (USTAR, 1.5)}))
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
