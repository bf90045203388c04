"""Start + import + connect + first listing of projects: ours, xnatpy and a bare urllib3 script on one server."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from measure import PROGRAMS, Peers, Run, run_in_turn, run_once, walls
from table import Bar, Result, Row, compare

import xnat_emulator

FLOOR, OURS, PEER = "urllib3", "xnat-sdk", "xnatpy"
LISTING = "/data/projects"
# Added latency in milliseconds -> how many times faster than xnatpy we have to be.
FASTER = {0: 3.0, 20: 8.0}


def programs(url: str, peers: Peers) -> dict[str, list[str]]:
    """Return the command of each contender."""
    return {
        FLOOR: [sys.executable, str(PROGRAMS / "connect_urllib3.py"), url],
        OURS: [sys.executable, str(PROGRAMS / "connect_ours.py"), url],
        PEER: [peers["xnatpy"], str(PROGRAMS / "connect_xnatpy.py"), url],
    }


def rows_of(latency: int, found: Mapping[str, Sequence[Run]]) -> list[Row]:
    """Return the rows of one latency, with the requests that each contender made."""
    notes = {name: f"{runs[-1].requests} requests, logout included" for name, runs in found.items()}
    return compare(f"connect and list projects, +{latency} ms", walls(found), FLOOR, "s", notes)


def measure_latency(latency: int, peers: Peers) -> Result:
    """Measure with `latency` milliseconds added to each request."""
    with xnat_emulator.start(demo=True, latency_ms=latency) as server:
        found = run_in_turn(programs(server.url, peers), count_requests=lambda: len(server.requests))
    seconds = walls(found)
    faster = Bar(f"times faster than xnatpy, +{latency} ms", seconds[PEER] / seconds[OURS], FASTER[latency], True)
    return Result(rows_of(latency, found), [faster])


def requests_before_listing() -> int:
    """Return how many requests ours sends before it asks for the projects."""
    with xnat_emulator.start(demo=True) as server:
        run_once([sys.executable, str(PROGRAMS / "connect_ours.py"), server.url], lambda: 0)
        return [record.path for record in server.requests].index(LISTING)


def run(peers: Peers) -> Result:
    """Return rows and bars for every latency."""
    parts = [measure_latency(latency, peers) for latency in FASTER]
    before = Bar("requests before the first listing", requests_before_listing(), 3)
    return Result([row for part in parts for row in part.rows], [*(bar for part in parts for bar in part.bars), before])
