"""Transfers of many files that are killed (-9) at random moments, and made again.

``XNAT_TRANSFER_KILLS`` says how often each is killed; ``make soak`` does it at 50 moments, with 500 files.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

import xnat_emulator
from xnat_emulator import Emulator
from xnat_sdk import connect

from .relay import Relay

KILLS = int(os.environ.get("XNAT_TRANSFER_KILLS", "2"))
CHILD = str(Path(__file__).with_name("transfer_child.py"))
FILES, SCANS = (500, 5) if KILLS > 2 else (200, 5)
STRATEGIES = ("auto", "files")
# What is not content: requests and answers have headers, tables about 400 bytes a file, and the login its own.
ROUND_BYTES, FILE_BYTES = 100_000 + 1_000 * FILES, 1_500
LARGEST = 16_000


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    chance = random.Random(5)
    names = [f"{number % SCANS + 1}/{number:03d}.dcm" for number in range(FILES)]
    return {name: chance.randbytes(chance.randint(1, LARGEST)) for name in names}


@pytest.fixture(scope="module")
def server(contents: dict[str, bytes]) -> Iterator[Emulator]:
    with xnat_emulator.start() as started:
        fill(started, contents)
        yield started


@pytest.fixture
def relay(server: Emulator) -> Iterator[Relay]:
    started = Relay(server.url)
    yield started
    started.close()


def fill(server: Emulator, contents: dict[str, bytes]) -> None:
    headers = urllib3.make_headers(basic_auth="admin:admin") | {"Content-Type": "application/zip"}
    session = f"{server.url}/data/projects/KILLS/subjects/S/experiments/E"
    for path, query in (
        (f"{server.url}/data/projects/KILLS", ""),
        (f"{server.url}/data/projects/KILLS/subjects/S", ""),
        (session, "?xsiType=xnat:mrSessionData"),
        *((f"{session}/scans/{number}", "?xsiType=xnat:mrScanData") for number in range(1, SCANS + 1)),
    ):
        assert urllib3.request("PUT", path + query, headers=headers).status in {200, 201}
    for number in range(1, SCANS + 1):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as target:
            for name, content in contents.items():
                if name.startswith(f"{number}/"):
                    target.writestr(name.partition("/")[2], content)
        path = f"{session}/scans/{number}/resources/DICOM/files/x.zip?extract=true&inbody=true"
        assert urllib3.request("PUT", path, body=archive.getvalue(), headers=headers).status == 200


def begin(kind: str, url: str, folder: Path, strategy: str, state: Path) -> subprocess.Popen[str]:
    """Start a transfer and return it when it is about to begin."""
    command = [sys.executable, CHILD, kind, url, str(folder), strategy, str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        pytest.fail(process.communicate()[1])
    return process


def complete(kind: str, url: str, folder: Path, strategy: str, state: Path) -> tuple[int, int]:
    """Let a transfer come to its end; return how many files it moved and skipped."""
    with begin(kind, url, folder, strategy, state) as process:
        told, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    _, moved, skipped = told.split()
    return int(moved), int(skipped)


def kill_after(seconds: float, kind: str, url: str, folder: Path, strategy: str, state: Path) -> bool:
    """Kill a transfer after a while; return whether it was still at work."""
    with begin(kind, url, folder, strategy, state) as process:
        time.sleep(seconds)
        process.kill()
        process.communicate()
    return process.returncode != 0


def standing(folder: Path) -> dict[str, bytes]:
    """Return the files under final names, by scan and name."""
    return {
        f"{path.relative_to(folder).parts[2]}/{path.name}": path.read_bytes()
        for path in folder.rglob("*.dcm")
        if not path.name.startswith(".")
    }


def duration(kind: str, url: str, folder: Path, strategy: str, state: Path) -> float:
    """Return the seconds of a transfer that nobody disturbs."""
    with begin(kind, url, folder, strategy, state) as process:
        start = time.perf_counter()
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return time.perf_counter() - start


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_killed_download_goes_on(relay: Relay, contents: dict[str, bytes], tmp_path: Path, strategy: str):
    chance, killed = random.Random(strategy), 0
    state = tmp_path / "state"
    whole = duration("download", relay.url, tmp_path / "whole", strategy, state)
    assert standing(tmp_path / "whole") == contents
    for number in range(8 * KILLS):
        if killed == KILLS:
            break
        folder = tmp_path / f"{number}"
        if kill_after(chance.uniform(0, whole), "download", relay.url, folder, strategy, state):
            killed += 1
        else:
            whole *= 0.7  # the machine was busier while it was measured
        there = standing(folder)
        assert there.items() <= contents.items()
        missing = contents.keys() - there.keys()
        relay.reset()
        moved, skipped = complete("download", relay.url, folder, strategy, state)
        most = sum(len(contents[name]) for name in missing) + LARGEST
        assert relay.down <= most + ROUND_BYTES + FILE_BYTES * len(missing)
        assert (moved, skipped) == (len(missing), len(there))
        assert standing(folder) == contents
        left = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".dcm"]
        assert left == []
    assert killed == KILLS


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_killed_upload_goes_on(
    server: Emulator, relay: Relay, contents: dict[str, bytes], tmp_path: Path, strategy: str
):
    chance, killed = random.Random(strategy), 0
    source, state = tmp_path / "source", tmp_path / "state"
    for name, content in contents.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    empty_resource(server)
    whole = duration("upload", relay.url, source, strategy, state)
    assert on_server(server) == contents
    for _ in range(4 * KILLS):
        if killed == KILLS:
            break
        empty_resource(server)
        kill_after(chance.uniform(0, whole), "upload", relay.url, source, strategy, state)
        there = settled(server)
        assert there.items() <= contents.items()
        if there == contents and not [path for path in state.rglob("*") if path.is_file()]:
            continue  # it was complete; once more would be an upload of files that exist
        killed += 1
        missing = contents.keys() - there.keys()
        relay.reset()
        complete("upload", relay.url, source, strategy, state)
        most = sum(len(contents[name]) for name in missing) + LARGEST
        assert relay.up <= most + ROUND_BYTES + FILE_BYTES * len(missing)
        assert on_server(server) == contents
    assert killed == KILLS


def empty_resource(server: Emulator) -> None:
    headers = urllib3.make_headers(basic_auth="admin:admin")
    uri = f"{server.url}/data/projects/KILLS/subjects/S/experiments/E/resources/UP"
    urllib3.request("DELETE", f"{uri}?removeFiles=true", headers=headers)
    assert urllib3.request("PUT", uri, headers=headers).status in {200, 201}


def on_server(server: Emulator) -> dict[str, bytes]:
    """Return what the resource holds."""
    with connect(server.url, user="admin", password="admin") as session:
        files = session.projects["KILLS"].sessions["E"].resources["UP"].files
        if not len(files):
            return {}
        archive = session.get(f"{session.projects['KILLS'].sessions['E'].resources['UP'].uri}/files?format=zip").content
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name.partition("/files/")[2]: opened.read(name) for name in opened.namelist()}


def settled(server: Emulator) -> dict[str, bytes]:
    """Return what the resource holds when the server is done with what it had received of a killed upload."""
    found = on_server(server)
    while True:
        time.sleep(0.3)
        again = on_server(server)
        if again.keys() == found.keys():
            return again
        found = again
