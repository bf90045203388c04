"""A slow, busy site: large sessions and long listings come through without a timeout, in few requests.

``XNAT_SLOW_MB`` and ``XNAT_SLOW_SESSIONS`` say how much there is; ``make soak`` takes 2,048 MB and 5,000 sessions
with the waits that the emulator calls slow, at ten times its rate, so that it ends within minutes.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, Mode, Slow, faults
from xnat_runtime.transfers.events import Retried, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import RetryPolicy, XnatSession, connect

MEGABYTES = int(os.environ.get("XNAT_SLOW_MB", "8"))
SESSIONS = int(os.environ.get("XNAT_SLOW_SESSIONS", "60"))
IS_FULL = MEGABYTES >= 2048
SLOW = (
    Slow(bytes_per_second=20_000_000)
    if IS_FULL
    else Slow(request_ms=20, archive_ms=100, bytes_per_second=8_000_000, proxy_timeout_ms=3_000)
)
FILE_BYTES = 16_000_000 if IS_FULL else 1_000_000
PATIENT = RetryPolicy(attempts=4, base=0.01)


@pytest.fixture(scope="module")
def site() -> Iterator[Emulator]:
    with xnat_emulator.start(mode=Mode(slow=SLOW)) as server:
        yield server


@pytest.fixture
def session(site: Emulator) -> Iterator[XnatSession]:
    with connect(site.url, site.user, site.password, retry=PATIENT) as connection:
        site.requests.clear()
        yield connection
    site.faults.clear()


@pytest.fixture(scope="module")
def large(site: Emulator) -> dict[str, str]:
    """Return name -> MD5 of the files of a session of so many megabytes."""
    imaging = site.build.project("LARGE").subject("S").mr_session("E", scans=["T1"], slices=1)
    count, chance = MEGABYTES * 1_000_000 // FILE_BYTES, random.Random(8)
    found: dict[str, str] = {}
    for number in range(count):
        name, data = f"{number:04d}.bin", chance.randbytes(FILE_BYTES)
        imaging.scans[0].resource(f"R{number:04d}", {name: data})
        found[name] = hashlib.md5(data).hexdigest()
    return found


def test_a_large_session_comes_through_while_the_site_is_busy(site: Emulator, session, large, tmp_path: Path):
    told: list[TransferEvent] = []
    imaging = session.create_object("/data/projects/LARGE/subjects/S/experiments/E")
    busy = Fault(faults.Unavailable(retry_after="1"), path="*/files*", nth=2, count=2)
    with site.faults.add(busy) as active:
        report = imaging.download_dir(tmp_path, options=TransferOptions(retry=PATIENT), progress=told.append)
    pauses = [event.delay for event in told if isinstance(event, Retried)]
    print(f"{MEGABYTES} MB: {report.size:,} bytes in {len(site.requests)} requests, pauses {pauses}")
    got = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in tmp_path.rglob("*.bin")}
    assert got == large
    assert active.hits == 2
    assert pauses
    assert all(pause >= 1 for pause in pauses)
    assert len(site.requests) <= len(large) + 8


@pytest.fixture(scope="module")
def many(site: Emulator) -> int:
    project = site.build.project("MANY")
    for number in range(0, SESSIONS, 50):
        subject = project.subject(f"S{number:05d}")
        for each in range(number, min(number + 50, SESSIONS)):
            subject.mr_session(f"E{each:05d}", scans=0)
    return SESSIONS


def test_an_inventory_of_many_sessions_takes_few_requests(site: Emulator, session, many: int):
    with site.faults.add(Fault(faults.Unavailable(status=503), method="GET", nth=2, count=1)):
        project = session.projects["MANY"]
        labels = [imaging.label for imaging in project.sessions]
        subjects = {imaging.id: imaging.xsi_type for imaging in project.sessions}
    print(f"{many} imaging sessions in {len(site.requests)} requests")
    assert len(set(labels)) == len(subjects) == many
    assert len(site.requests) <= 6
