"""Read 3,000 bytes of a file of 50 MB without downloading it, and all of it in pieces; count what crosses the network.

A stub sends the file, once as a server that honours ranges and once as a stock one, which does not; the emulator
answers the rest. xnatctl has no way to read a part. Counts, so the worst of a few runs; times play no part.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pydicom
from filled import Filled
from front import scratch
from measure import PROGRAMS, Peers, run_in_turn, worst
from serving import serving
from table import Bar, Result, Row, compare

import xnat_emulator
from xnat_sdk import connect

OURS, BARE = "xnat-sdk", "urllib3, Range, 8 KiB receive buffer"
STUB = str(Path(__file__).parent / "stub_file.py")
SIZE, PART, PIECE, RUNS = 50_000_000, 3_000, 16_000, 3
MOST = {"ranges": PART, "whole": 256 << 10}
"""How the server sends -> bytes that may move."""
# A window of 64 KiB that doubles up to 1 MiB, and one request for the first piece.
MOST_REQUESTS = 4 + -(-SIZE // (1 << 20)) + 1
MOST_FOR_A_HEADER = 4


def programs(url: str, path: str, peers: Peers) -> dict[str, list[str]]:
    """Return the command of each contender."""
    arguments = [url, path, str(PART)]
    return {
        BARE: [sys.executable, str(PROGRAMS / "reading_bare.py"), *arguments],
        OURS: [sys.executable, str(PROGRAMS / "reading_ours.py"), *arguments],
        "xnatpy": [peers["xnatpy"], str(PROGRAMS / "reading_xnatpy.py"), *arguments],
        "pyxnat": [peers["pyxnat"], str(PROGRAMS / "reading_pyxnat.py"), *arguments],
    }


def measure(kind: str, url: str, path: str, peers: Peers) -> Result:
    """Return what each contender moves from a server of a kind."""
    found = run_in_turn(programs(url, path, peers), runs=RUNS)
    moved, requests = worst(found, "bytes"), worst(found, "requests")
    notes = {
        name: f"{count:.0f} request{'s' * (count != 1)}; the worst of {RUNS}; body from a stub"
        for name, count in requests.items()
    }
    name = f"read {PART:,} bytes of 50 MB, {'ranges honoured' if kind == 'ranges' else 'no ranges'}"
    return Result(compare(name, moved, BARE, "bytes", notes), [Bar(f"bytes moved, {name}", moved[OURS], MOST[kind])])


def in_pieces(url: str, path: str) -> Result:
    """Return how many requests it takes to read the whole file in small pieces, where ranges are honoured."""
    command = [sys.executable, str(PROGRAMS / "reading_ours.py"), url, path, str(SIZE), str(PIECE)]
    requests = worst(run_in_turn({OURS: command}, runs=1), "requests")[OURS]
    name = f"read 50 MB in pieces of {PIECE:,} bytes, ranges honoured"
    return Result(
        [Row(name, OURS, requests, "requests", 1, "windows of 64 KiB to 1 MiB")],
        [Bar(f"requests, {name}", requests, MOST_REQUESTS)],
    )


def requests_per_header(mode: xnat_emulator.Mode) -> Iterator[int]:
    """Yield how many requests the header of each of the demo's DICOM files took."""
    with (
        xnat_emulator.start(demo=True, mode=mode) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        for imaging in session.projects["sandbox"].sessions:
            for file in [file for scan in imaging.scans for file in scan.files if file.file_format == "DICOM"]:
                before = len(server.requests)
                with file.open() as remote:
                    pydicom.dcmread(remote, stop_before_pixels=True)
                yield len(server.requests) - before


def headers() -> Result:
    """Return the most requests that a DICOM header takes, with and without ranges."""
    name, rows = "read a DICOM header of the demo's files", list[Row]()
    for ranges in (True, False):
        counts = list(requests_per_header(xnat_emulator.Mode(ranges=ranges)))
        note = f"most of {len(counts)} files, {'ranges honoured' if ranges else 'no ranges'}; body from the emulator"
        rows.append(Row(name, OURS, max(counts), "requests", 1, note))
    return Result(rows, [Bar(f"requests, {name}", max(row.value for row in rows), MOST_FOR_A_HEADER)])


def run(peers: Peers) -> Result:
    """Return what moves; nothing on systems that do not tell what crossed the network."""
    if sys.platform != "linux":
        print("  reading skipped: only Linux tells what crossed the network")
        return Result([])
    parts: list[Result] = []
    with scratch() as folder, xnat_emulator.start(data=folder / "data") as server:
        filled = Filled(server.url)
        files = filled.scan(1)
        filled.empty(files, "big.bin", SIZE)
        (row,) = filled.rows(files)
        for kind in MOST:
            with serving([sys.executable, STUB, server.url, str(SIZE), kind]) as url:
                parts.append(measure(kind, url, row["URI"], peers))
                parts += [in_pieces(url, row["URI"])] if kind == "ranges" else []
    parts.append(headers())
    return Result([row for part in parts for row in part.rows], [bar for part in parts for bar in part.bars])
