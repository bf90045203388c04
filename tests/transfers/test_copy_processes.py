"""Copies in processes of their own: killed at any moment they go on, and large files need little memory."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from transfers.copying import documents_of, tree_of

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.transfers.copy_project import ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import XnatSession, connect

CHILD = Path(__file__).parent / "copy_child.py"
BYTES = {"Content-Type": "application/octet-stream"}
LARGE = 48 << 20
ADDED = 16 << 20
KILLS = 6


@pytest.fixture
def source() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def target() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def here(source: Emulator) -> Iterator[XnatSession]:
    with connect(source.url, source.user, source.password) as session:
        yield session


@pytest.fixture
def there(target: Emulator) -> Iterator[XnatSession]:
    with connect(target.url, target.user, target.password) as session:
        yield session


def put(session: XnatSession, uri: str, content: bytes) -> None:
    session.put(uri, data=content, query={"inbody": "true"}, headers=BYTES)


def start(source: Emulator, target: Emulator, state: Path, *warm: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), source.url, target.url, str(state), *warm]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot tell its peak without another library")
def test_a_large_file_passes_through_little_memory(here, source, target, tmp_path):
    for project, size in (("W", 1 << 20), ("P", LARGE)):
        here.put(f"/data/projects/{project}")
        put(here, f"/data/projects/{project}/resources/R/files/a.bin", bytes(size))
    child = start(source, target, tmp_path, "W")
    word, moved, _, added = child.communicate()[0].split()
    assert (word, moved, child.returncode) == ("done", "1", 0)
    assert int(added) < ADDED


def fill(session: XnatSession) -> None:
    session.put("/data/projects/P")
    for number in range(3):
        imaging = f"/data/projects/P/subjects/s{number}/experiments/mr{number}"
        session.put(f"/data/projects/P/subjects/s{number}", query={"gender": "female"})
        session.put(imaging, query={"xsiType": "xnat:mrSessionData"})
        session.put(f"{imaging}/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
        session.put(f"{imaging}/assessors/qc{number}", query={"xsiType": "xnat:qcManualAssessorData"})
        for name in range(12):
            put(session, f"{imaging}/scans/1/resources/DICOM/files/{name}.dcm", f"{number} {name}".encode())
        put(session, f"{imaging}/resources/NIFTI/files/large.nii", random.Random(number).randbytes(2 << 20))


def test_a_copy_that_is_killed_goes_on_and_makes_everything_once(here, there, source, target, tmp_path):
    """kill -9 at moments drawn by a fixed seed, one after the other, until what is left is done at once."""
    fill(here)
    random_moments = random.Random(7)
    for _ in range(KILLS):
        child = start(source, target, tmp_path)
        time.sleep(random_moments.uniform(0.02, 0.5))  # the moment of the kill, not a wait for something
        child.kill()
        child.communicate()
    child = start(source, target, tmp_path)
    assert child.communicate()[0].startswith("done ")
    assert tree_of(there, "P") == tree_of(here, "P")
    assert documents_of(there, "P") == documents_of(here, "P")
    made = Counter(record.path for record in target.requests if record.method == "POST" and record.status == 200)
    assert made["/data/projects"] == 1
    assert made["/data/projects/P/subjects"] == 3
    assert not list(Path(tempfile.gettempdir()).glob("xnat-copy-*"))


def test_what_a_killed_run_left_in_temporary_folders_is_removed_by_the_next(here, there, source, target, tmp_path):
    fill(here)
    source.faults.add(Fault(faults.Stall(seconds=60.0), path="*/scans/1/*files*", nth=2, count=None))
    child = start(source, target, tmp_path)
    left = Path(tempfile.gettempdir())
    while not list(tmp_path.glob("copy-*.jsonl")):
        assert child.poll() is None
        time.sleep(0.01)
    name = f"xnat-{next(tmp_path.glob('copy-*.jsonl')).stem}-*"
    for _ in range(600):
        if list(left.glob(name)):
            break
        time.sleep(0.05)
    child.kill()
    child.communicate()
    assert list(left.glob(name))
    source.faults.clear()
    ProjectCopy(here, "P", there, "P", state=tmp_path, options=TransferOptions(workers=1)).run()
    assert not list(left.glob(name))
    assert tree_of(there, "P") == tree_of(here, "P")
