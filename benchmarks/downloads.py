"""Download one file of 512 MiB, and one zip archive as large, to disk: nginx sends the bodies, the emulator the rest.

The clock runs inside each program, after login and listing; so does the count of added memory (VmHWM). xnatctl has no
way to download one file as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from filled import MIB, Filled, random_file
from front import Front, front, program, scratch
from measure import PROGRAMS, Peers
from table import Bar, Result
from transfers import measure

import xnat_emulator

SIZE = 512 * MIB
OURS, BARE, HASHING = "xnat-sdk", "urllib3 loop", "urllib3 loop, MD5 in a second thread"
CHECKING = "urllib3 loop, CRC in a second thread"
SLOWER, ADDED_MB, DISK = 1.2, 8.0, 1.01


def ours(kind: str, *arguments: str) -> list[str]:
    """Return our command for a kind of download."""
    return [sys.executable, str(PROGRAMS / "download_ours.py"), *arguments, kind]


def programs(url: str, path: str, files: str, size: int, target: Path, peers: Peers) -> dict[str, dict[str, list[str]]]:
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
        "one zip archive, 512 MiB, CRCs compared": {
            CHECKING: [*bare, *whole, "crc"],
            f"{BARE}, nothing compared": [*bare, *whole],
            OURS: ours("zip", *archive),
            "xnatpy, nothing compared": [*xnatpy, *archive, "zip"],
            "xnatctl, nothing compared": [peers["xnatctl"], str(PROGRAMS / "download_xnatctl.py"), *archive],
        },
    }


def measured(name: str, commands: Mapping[str, list[str]], folder: Path, nginx: Front) -> Result:
    """Return the rows and bars of one measurement; its first contender is the floor."""
    floor = next(iter(commands))
    found = measure(name, commands, [folder / "target", folder / "tmp"], floor, nginx.server)
    bars = [
        Bar(f"time over {floor}, {name}", found.ratio(OURS, floor), SLOWER),
        Bar(f"MB of memory added, {name}", found.added_mb[OURS], ADDED_MB),
        Bar(f"disk used over the payload, {name}", found.disk_mb[OURS] / (SIZE / MIB), DISK),
    ]
    return Result(found.rows, bars)


def run(peers: Peers) -> Result:
    """Return the time of each contender; nothing where there is no nginx."""
    if program() is None:
        print("  downloads skipped: nginx is not installed")
        return Result([])
    parts: list[Result] = []
    with scratch() as folder, xnat_emulator.start(data=folder / "data") as server:
        filled = Filled(server.url)
        files = filled.scan(1)
        body = random_file(folder / "root" / "big.bin", SIZE)
        filled.large(files, "big.bin", body)
        (row,) = filled.rows(files)
        archive = folder / "root" / "all.zip"
        filled.archive(filled.files, archive)
        answers = {r"/files/big\.bin\?": "big.bin", r"/files\?zip": "all.zip"}
        with front(server.url, folder, answers) as nginx:
            commands = programs(nginx.url, row["URI"], filled.files, archive.stat().st_size, folder / "target", peers)
            parts += [measured(name, each, folder, nginx) for name, each in commands.items()]
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
