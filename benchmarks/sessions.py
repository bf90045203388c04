"""Download one imaging session to a folder, every file compared: 2,000 files of 20 KB, and 20 files of 20 MB.

nginx sends the bodies and the table of files, the emulator the rest; with and without 20 ms for every request. The
clock runs inside each program, after login. The floors work out every MD5, ask for no table and compare only the CRC.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filled import MIB, Filled, random_file
from front import Front, front, program, scratch
from measure import PROGRAMS, Peers
from table import Bar, Result
from transfers import measure

import xnat_emulator

OURS, UNZIP, PARALLEL = "xnat-sdk", "unzip while receiving, urllib3", "8 parallel downloads, urllib3"
LATENCIES = (0, 20)
# A file takes whole blocks of the disk, and the journal of an unfinished transfer a few hundred KB.
SLOWER, DISK = 1.5, 1.05
SCANS, SMALL, SMALL_BYTES, LARGE, LARGE_BYTES = 20, 2_000, 20_000, 20, 20 * MIB


class Kind(NamedTuple):
    """One session: how it is called, the bytes of its files, and the paths of the large ones."""

    name: str
    size: int
    floor: str
    paths: tuple[str, ...] = ()


def fill_small(filled: Filled, _root: Path) -> Kind:
    """Put 2,000 small files into 20 scans."""
    for number in range(1, SCANS + 1):
        filled.small(filled.scan(number), SMALL // SCANS, SMALL_BYTES)
    return Kind(f"session, {SMALL:,} x 20 KB", SMALL * SMALL_BYTES, UNZIP)


def fill_large(filled: Filled, root: Path) -> Kind:
    """Put 20 large files into 20 scans, and where nginx finds them."""
    for number in range(1, LARGE + 1):
        content = random_file(root / f"{number}", LARGE_BYTES)
        filled.large(filled.scan(number), f"{number}.dcm", content)
    paths = tuple(row["URI"] for row in filled.rows(filled.files))
    for path in paths:
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True)
        (root / Path(path).stem).rename(place)
    return Kind(f"session, {LARGE} x 20 MB", LARGE * LARGE_BYTES, PARALLEL, paths)


def programs(url: str, kind: Kind, session: str, target: Path, peers: Peers) -> dict[str, list[str]]:
    """Return the command of each contender, the floor first."""
    size, place, identity = str(kind.size), str(target), session.rpartition("/")[2]
    unzip = [
        sys.executable,
        str(PROGRAMS / "session_bare.py"),
        url,
        f"{session}/scans/ALL/files?format=zip",
        place,
        size,
    ]
    parallel = [sys.executable, str(PROGRAMS / "session_parallel.py"), url, place, size, *kind.paths]
    floors = {PARALLEL: parallel, UNZIP: unzip} if kind.paths else {UNZIP: unzip}
    return {
        **floors,
        OURS: [sys.executable, str(PROGRAMS / "session_ours.py"), url, place, size],
        "xnatpy, nothing compared": [peers["xnatpy"], str(PROGRAMS / "session_xnatpy.py"), url, place, size],
        "pyxnat, nothing compared": [peers["pyxnat"], str(PROGRAMS / "session_pyxnat.py"), url, place, size],
        "xnatctl, nothing compared": [
            peers["xnatctl"],
            str(PROGRAMS / "session_xnatctl.py"),
            url,
            identity,
            place,
            size,
        ],
    }


def measured(name: str, kind: Kind, commands: Mapping[str, list[str]], folder: Path, nginx: Front) -> Result:
    """Return the rows and bars of one session with one latency."""
    found = measure(name, commands, [folder / "target", folder / "tmp"], kind.floor, nginx.server)
    bars = [
        Bar(f"time over {kind.floor}, {name}", found.ratio(OURS, kind.floor), SLOWER),
        Bar(f"disk used over the payload, {name}", found.disk_mb[OURS] / (kind.size / MIB), DISK),
    ]
    return Result(found.rows, bars)


@contextmanager
def served(folder: Path, fill: Callable[[Filled, Path], Kind]) -> Iterator[tuple[Filled, Kind, str]]:
    """Yield a filled server."""
    with xnat_emulator.start(data=folder / "data") as server:
        filled = Filled(server.url)
        kind = fill(filled, folder / "root")
        archive, table = folder / "root" / "all.zip", folder / "root" / "all.json"
        archive.parent.mkdir(exist_ok=True)
        filled.archive(filled.files, archive)
        table.write_text(json.dumps({"ResultSet": {"Result": filled.rows(filled.files), "title": "Files"}}), "utf-8")
        yield filled, kind, server.url


def run(peers: Peers) -> Result:
    """Return the time of each contender; nothing where there is no nginx."""
    if program() is None:
        print("  sessions skipped: nginx is not installed")
        return Result([])
    parts: list[Result] = []
    answers = {rf"/scans/ALL/files\?{kind}": f"all.{kind}" for kind in ("zip", "json")}
    for fill in (fill_small, fill_large):
        with scratch() as folder, served(folder, fill) as (filled, kind, upstream):
            for latency in LATENCIES:
                with front(upstream, folder, answers, wait_ms=latency) as nginx:
                    commands = programs(nginx.url, kind, filled.path, folder / "target", peers)
                    parts.append(measured(f"{kind.name}, +{latency} ms", kind, commands, folder, nginx))
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
