"""Many clients at once, reading and writing: no error, and memory that does not grow without end.

``XNAT_LOAD_SECONDS`` says how long; ``make soak`` does it for thirty seconds.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
import urllib3

from .killing import BASIC, logged_in
from .test_kill import serve

SECONDS = float(os.environ.get("XNAT_LOAD_SECONDS", "4"))
CLIENTS = 16
ALLOWED_GROWTH_MB = 60.0
_BIG = bytes(range(256)) * 8_000


class Worker(threading.Thread):
    """One client that does everything in turn, in a subject of its own and in what all share."""

    def __init__(self, url: str, number: int, until: float) -> None:
        super().__init__(daemon=True)
        self.problems: list[str] = []
        self.requests = 0
        self._url, self._until = url, until
        self._subject = f"/data/projects/LOAD/subjects/s{number}"
        self._pool = urllib3.PoolManager(retries=False, headers=logged_in(url))

    def run(self) -> None:
        try:
            for turn in itertools.count():
                if time.monotonic() > self._until:
                    return
                self._round(turn)
        except Exception as error:  # noqa: BLE001 - it is reported by the test
            self.problems.append(repr(error))

    def _round(self, turn: int) -> None:
        session = f"{self._subject}/experiments/{self._subject.rpartition('/')[2]}e{turn % 5}"
        file = f"{session}/resources/R/files/{turn % 7}.bin"
        self._send("PUT", f"{self._subject}?group=g{turn}")
        self._send("PUT", f"{session}?xsiType=xnat:mrSessionData&note=n{turn}")
        self._send("PUT", f"{file}?inbody=true&overwrite=true", body=_BIG)
        assert self._send("GET", file) == _BIG
        self._send("GET", "/data/projects/LOAD/subjects?format=json&columns=ID,label,group")
        self._send("GET", f"{session}?format=json")
        self._send("GET", f"{session}/resources/R/files?format=zip")
        self._send("GET", "/data/experiments?project=LOAD&xsiType=xnat:mrSessionData&format=csv")
        if turn % 5 == 4:
            self._send("DELETE", f"{session}?removeFiles=true")

    def _send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        answer = self._pool.request(method, self._url + path, body=body, redirect=False, timeout=60)
        self.requests += 1
        if answer.status not in {200, 201}:
            self.problems.append(f"{method} {path}: {answer.status} {answer.data[:200]!r}")
        return answer.data


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def run_clients(url: str, seconds: float) -> list[Worker]:
    workers = [Worker(url, number, time.monotonic() + seconds) for number in range(CLIENTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(seconds + 120)
    assert not any(worker.is_alive() for worker in workers)
    return workers


@pytest.mark.skipif(sys.platform != "linux", reason="memory of another process is read from /proc")
def test_sixteen_clients_meet_no_error_and_memory_stays_bounded(tmp_path):
    process, url = serve(tmp_path)
    with process:
        try:
            urllib3.request("PUT", f"{url}/data/projects/LOAD", headers=BASIC, retries=False)
            workers = run_clients(url, SECONDS / 3)
            before = memory_mb(process.pid)
            workers += run_clients(url, SECONDS * 2 / 3)
            after = memory_mb(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
    assert [problem for worker in workers for problem in worker.problems] == []
    assert min(worker.requests for worker in workers) > 0
    assert after - before < ALLOWED_GROWTH_MB, f"{before:.0f} MB, then {after:.0f} MB"
    print(f"{sum(worker.requests for worker in workers)} requests, {before:.0f} MB, then {after:.0f} MB")
