"""Download one file of 512 MiB, and one zip archive as large, to disk: nginx sends the bodies, the emulator the rest.

The clock runs inside each program, after login and listing; so does the count of added memory (VmHWM).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from filled import MIB, Filled, random_file
from front import front, program, scratch
from measure import BEST_OF, PROGRAMS, best, disk_peak_mb, run_in_turn
from table import Bar, Result, compare

import xnat_emulator

SIZE = 512 * MIB
OURS, BARE, HASHING = "xnat-sdk", "urllib3 loop", "urllib3 loop, MD5 in a second thread"
SLOWER, ADDED_MB = 1.2, 8.0
NOTE = f"body from nginx; best of {BEST_OF}"


def ours(kind: str, *arguments: str) -> list[str]:
    """Return our command for a kind of download."""
    return [sys.executable, str(PROGRAMS / "download_ours.py"), *arguments, kind]


def programs(
    url: str, path: str, files: str, size: int, target: Path, peers: Mapping[str, str]
) -> dict[str, dict[str, list[str]]]:
    """Return the commands of each contender in each measurement; `size` is that of the archive of `files`."""
    bare = [sys.executable, str(PROGRAMS / "download_bare.py")]
    xnatpy = [peers["xnatpy"], str(PROGRAMS / "download_xnatpy.py")]
    file = [url, path, str(target), str(SIZE)]
    archive, whole = [url, files, str(target), str(size)], [url, f"{files}?format=zip", str(target), str(size)]
    return {
        "one file, 512 MiB": {BARE: [*bare, *file], OURS: ours("file", *file)},
        "one file, 512 MiB, MD5 compared": {
            HASHING: [*bare, *file, "md5"],
            OURS: ours("listed", *file),
            "xnatpy": [*xnatpy, *file, "listed"],
            "pyxnat, nothing compared": [peers["pyxnat"], str(PROGRAMS / "download_pyxnat.py"), *file],
        },
        "one zip archive, 512 MiB": {
            BARE: [*bare, *whole],
            OURS: ours("zip", *archive),
            "xnatpy": [*xnatpy, *archive, "zip"],
        },
    }


def measure(name: str, commands: Mapping[str, list[str]], target: Path) -> Result:
    """Return the rows and bars of one measurement; its first contender is the floor."""
    found = run_in_turn(commands, runs=BEST_OF)
    seconds, added = best(found, "seconds"), best(found, "added_mb")
    floor = next(iter(commands))
    notes = {contender: f"{NOTE}; {added[contender]:.1f} MB added" for contender in commands}
    times = disk_peak_mb(commands[OURS], target) / (SIZE / MIB)
    bars = [
        Bar(f"time over {floor}, {name}", seconds[OURS] / seconds[floor], SLOWER),
        Bar(f"MB of memory added, {name}", max(run.report["added_mb"] for run in found[OURS]), ADDED_MB),
        Bar(f"disk used over the payload, {name}", times, 1.01),
    ]
    return Result(compare(name, seconds, floor, "s", notes), bars)


def run(peers_python: str) -> Result:
    """Return the time of each contender; nothing where there is no nginx."""
    if program() is None:
        print("  downloads skipped: nginx is not installed")
        return Result([])
    peers = {name: peers_python.replace("/xnatpy/", f"/{name}/") for name in ("xnatpy", "pyxnat")}
    parts: list[Result] = []
    with scratch() as folder, xnat_emulator.start(data=folder / "data") as server:
        filled = Filled(server.url)
        files = filled.scan(1)
        big = random_file(folder / "big.bin", SIZE)
        filled.large(files, "big.bin", big)
        (row,) = filled.rows(files)
        body = folder / "root" / row["URI"].lstrip("/")
        body.parent.mkdir(parents=True)
        big.rename(body)
        archive = folder / "root" / "all.zip"
        filled.archive(filled.files, archive)
        target = folder / "target"
        with front(server.url, folder, {f"{filled.files}?zip": "all.zip"}) as url:
            measured = programs(url, row["URI"], filled.files, archive.stat().st_size, target, peers)
            parts += [measure(name, commands, target) for name, commands in measured.items()]
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
