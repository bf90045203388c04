"""Connections that the transfers of one login share: few, and as many as the widest of them asks for."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from xnat_runtime.transfers.download import Connection, Download
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source
from xnat_runtime.transfers.turns import TRANSFERS, Turns, room_for
from xnat_runtime.transport import Request, Response

from .test_download_faults import BASE, BODIES, Site

WAIT = 30


def test_so_many_turns_are_held_at_once():
    turns = Turns(2)
    with turns, turns:
        assert not turns.acquire(timeout=0)
    assert turns.acquire(timeout=0)


def test_the_widest_transfer_that_runs_counts():
    turns = Turns()
    with room_for(turns, 8):
        with room_for(turns, 2), room_for(turns, 8):
            assert turns.width == 8
        assert turns.width == 8
        assert all(turns.acquire(timeout=0) for _ in range(8))
    assert turns.width == TRANSFERS
    for _ in range(8 - TRANSFERS):
        turns.release()
        assert not turns.acquire(timeout=0)
    turns.release()
    assert turns.acquire(timeout=0)


def test_one_that_waits_gets_the_room_that_another_makes():
    turns, came = Turns(1), threading.Event()
    turns.acquire()

    def wait() -> None:
        turns.acquire(timeout=WAIT)
        came.set()

    threading.Thread(target=wait).start()
    with room_for(turns, 2):
        assert came.wait(WAIT)


@pytest.mark.parametrize(("workers", "at_once"), [(None, TRANSFERS), (6, 6)])
def test_more_workers_are_more_connections(tmp_path: Path, workers: int | None, at_once: int):
    site, together, lock = Site(b""), threading.Barrier(at_once), threading.Lock()
    running, most, number = [0], [0], itertools.count()

    def send(request: Request, *, stream: bool = False) -> Response:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        if next(number) < at_once:
            together.wait(WAIT)
        try:
            return site.send(request, stream=stream)
        finally:
            with lock:
                running[0] -= 1

    connection = Connection(send, site.get_json, "http://site", Turns())
    options = (
        TransferOptions(strategy="files") if workers is None else TransferOptions(strategy="files", workers=workers)
    )
    Download(connection, tmp_path / "out", options=options).run([Source(BASE, "E")])
    assert most[0] == at_once <= len(BODIES)
