"""Upload one file of 512 MiB, and a folder of 2,000 small files; a stub throws the bodies away.

The clock runs inside each program, after login; so does the count of added memory (VmHWM). No program may write a
temporary file, which is watched.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from filled import MIB, SUBJECT, Filled, random_file
from front import scratch
from measure import PROGRAMS, Peers
from serving import serving
from table import Bar, Result
from transfers import measure

import xnat_emulator

OURS, UNCOMPARED = "xnat-sdk", "xnat-sdk, nothing compared"
BLOCKS, HASHING = "http.client, 1 MiB blocks", "http.client, 1 MiB blocks, MD5 in a second thread"
USTAR = "ustar stream, http.client, MD5s"
STUB = str(Path(__file__).parent / "stub_uploads.py")
SIZE, SMALL, SMALL_BYTES = 512 * MIB, 2_000, 20_000
LATENCIES = (0, 20)
ADDED_MB = 8.0


def programs(url: str, source: Path, peers: Peers) -> dict[str, list[str]]:
    """Return the command of each contender."""
    arguments = [url, f"{SUBJECT}/experiments/E/resources/UP", str(source)]
    bare = [sys.executable, str(PROGRAMS / "upload_bare.py"), *arguments]
    ours = [sys.executable, str(PROGRAMS / "upload_ours.py"), *arguments]
    others = {
        f"{client}, nothing compared": [peers[client], str(PROGRAMS / f"upload_{client}.py"), *arguments]
        for client in ("xnatpy", "pyxnat", "xnatctl")
    }
    if source.is_dir():
        return {USTAR: [*bare, "md5"], OURS: ours, **others}
    return {BLOCKS: bare, UNCOMPARED: [*ours, "bare"], HASHING: [*bare, "md5"], OURS: ours, **others}


def measured(
    name: str, commands: Mapping[str, list[str]], floors: Mapping[str, tuple[str, float]], folder: Path
) -> Result:
    """Return the rows and bars of one measurement.

    Args:
        name: What is measured.
        commands: Contender -> command; the first is the floor of the table.
        floors: Contender of ours -> its floor, and how many times slower it may be.
        folder: Where temporary files are made.
    """
    found = measure(name, commands, [folder / "tmp"], next(iter(commands)), lambda: "stub, thrown away")
    bars = [
        Bar(f"time of {each} over {floor}, {name}", found.ratio(each, floor), limit)
        for each, (floor, limit) in floors.items()
    ]
    bars += [
        Bar(f"MB of memory added, {name}", found.added_mb[OURS], ADDED_MB),
        Bar(f"MB of temporary files, {name}", found.disk_mb[OURS], 0.1),
    ]
    return Result(found.rows, bars)


def table_of(source: Path) -> str:
    """Return the table that a server has of a file or of the files of a folder."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    rows: list[tuple[str, int, str]] = []
    for path in files:
        with path.open("rb") as stream:
            rows.append((path.name, path.stat().st_size, hashlib.file_digest(stream, "md5").hexdigest()))
    return json.dumps(rows)


def run(peers: Peers) -> Result:
    """Return the time of each contender."""
    parts: list[Result] = []
    with scratch() as folder, xnat_emulator.start(data=folder / "data") as server:
        Filled(server.url).resource("UP")
        big, small, table = folder / "big.bin", folder / "small", folder / "table.json"
        random_file(big, SIZE)
        for number in range(SMALL):
            random_file(small / f"{number:05d}.dcm", SMALL_BYTES)
        table.write_text(table_of(big), encoding="utf-8")
        with serving([sys.executable, STUB, server.url, str(table), "0"]) as url:
            floors = {UNCOMPARED: (BLOCKS, 1.25), OURS: (HASHING, 1.25)}
            parts.append(measured("upload one file, 512 MiB", programs(url, big, peers), floors, folder))
        big.unlink()
        table.write_text(table_of(small), encoding="utf-8")
        for latency in LATENCIES:
            with serving([sys.executable, STUB, server.url, str(table), str(latency)]) as url:
                name = f"upload a folder, {SMALL:,} x 20 KB, +{latency} ms"
                parts.append(measured(name, programs(url, small, peers), {OURS: (USTAR, 1.5)}, folder))
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
