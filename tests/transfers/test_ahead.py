"""An answer received by a second thread: every byte in order, a bounded number ahead, and an end to every wait."""

from __future__ import annotations

import io
import random
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import ConnectionFailedError
from xnat_runtime.transfers.ahead import Ahead
from xnat_runtime.transfers.events import Advanced, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import RetryPolicy
from xnat_runtime.transport import MIB
from xnat_sdk import connect
from xnat_sdk.models import ImageSessionData

PATIENCE = 20
ARCHIVE = TransferOptions(strategy="archive", retry=RetryPolicy(base=0.0))


class Answer:
    """Pieces of an answer; behind them an error, an end, or a wait that only `abort` ends."""

    def __init__(self, pieces: list[bytes], last: Exception | None = None, *, waits: bool = False) -> None:
        self._pieces = iter(pieces)
        self._last = last
        self._waits = waits
        self.woken = threading.Event()
        self.asked = threading.Semaphore(0)
        self.taken = 0

    def read(self, _size: int) -> bytes:
        self.asked.release()
        piece = next(self._pieces, None)
        if piece is not None:
            self.taken += 1
            return piece
        if self._waits:
            assert self.woken.wait(PATIENCE)
            raise broken()
        if self._last is not None:
            raise self._last
        return b""


def broken() -> ConnectionFailedError:
    return ConnectionFailedError("GET /data/x: the connection broke.")


def ahead_of(answer: Answer) -> Ahead:
    return Ahead(answer.read, answer.woken.set)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "xnat-ahead"]


def everything(read: Callable[[int], bytes]) -> list[bytes]:
    return list(iter(lambda: read(MIB), b""))


def test_pieces_come_in_order_and_the_end_stays_the_end():
    pieces = [bytes([number]) * MIB for number in range(9)] + [b"rest"]
    with ahead_of(Answer(pieces)) as ahead:
        assert everything(ahead.read) == pieces
        assert ahead.read(MIB) == b""
    assert threads() == []


def test_a_small_answer_needs_no_thread():
    with ahead_of(Answer([b"small"])) as ahead:
        assert ahead.read(MIB) == b"small"
        assert threads() == []
        assert ahead.read(MIB) == b""


def test_a_slow_reader_is_at_most_four_pieces_behind():
    answer = Answer([b"-" * MIB] * 50)
    with ahead_of(answer) as ahead:
        ahead.read(MIB)
        # The one that was returned, and four that wait.
        for _ in range(5):
            assert answer.asked.acquire(timeout=PATIENCE)
        assert not answer.asked.acquire(timeout=0.1)
        ahead.read(MIB)
        assert answer.asked.acquire(timeout=PATIENCE)
        assert not answer.asked.acquire(timeout=0.1)
    assert answer.taken == 6
    assert threads() == []


def test_a_broken_connection_is_told_behind_the_bytes_that_came():
    with ahead_of(Answer([b"-" * MIB] * 2, broken())) as ahead:
        assert len(ahead.read(MIB)) == MIB
        assert len(ahead.read(MIB)) == MIB
        with pytest.raises(ConnectionFailedError):
            ahead.read(MIB)
        assert ahead.read(MIB) == b""
    assert threads() == []


def test_who_leaves_early_wakes_the_thread_that_waits_for_the_network():
    answer = Answer([b"-" * MIB], waits=True)
    with ahead_of(answer) as ahead:
        ahead.read(MIB)
        for _ in range(2):
            assert answer.asked.acquire(timeout=PATIENCE)
        assert not answer.woken.is_set()
    assert answer.woken.is_set()
    assert threads() == []


def test_an_answer_that_was_read_to_its_end_is_not_cut():
    answer = Answer([b"-" * MIB, b"-"])
    with ahead_of(answer) as ahead:
        everything(ahead.read)
    assert not answer.woken.is_set()


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    chance = random.Random(7)
    return {f"{number:02d}.dcm": chance.randbytes(chance.randint(1, 400_000)) for number in range(30)}


@pytest.fixture(scope="module")
def server(contents: dict[str, bytes]) -> Iterator[Emulator]:
    headers = urllib3.make_headers(basic_auth="admin:admin") | {"Content-Type": "application/zip"}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in contents.items():
            target.writestr(name, content)
    with xnat_emulator.start() as started:
        session = "/data/projects/P/subjects/S/experiments/E"
        made = f"{session}?xsiType=xnat:mrSessionData", f"{session}/scans/1?xsiType=xnat:mrScanData"
        for path in ("/data/projects/P", "/data/projects/P/subjects/S", *made):
            assert urllib3.request("PUT", started.url + path, headers=headers).status in {200, 201}
        files = f"{started.url}{session}/scans/1/resources/DICOM/files/x.zip?extract=true&inbody=true"
        assert urllib3.request("PUT", files, body=archive.getvalue(), headers=headers).status == 200
        yield started


@pytest.fixture
def imaging(server: Emulator) -> Iterator[ImageSessionData]:
    server.faults.clear()
    with connect(server.url, user="admin", password="admin") as session:
        yield session.projects["P"].sessions["E"]
    server.faults.clear()


def standing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("after", [1_000_000, 1_100_000, 3_000_000, 5_000_000])
@pytest.mark.parametrize("reset", [False, True])
def test_an_archive_that_breaks_off_behind_its_first_piece_goes_on(
    server: Emulator, imaging: ImageSessionData, contents: dict[str, bytes], tmp_path: Path, after: int, reset: bool
):
    server.faults.add(Fault(faults.Drop(after=after, reset=reset), path="*/files?*zip*", count=1))
    report = imaging.download_dir(tmp_path / "out", options=ARCHIVE)
    assert standing(tmp_path / "out") == contents
    assert (len(report.moved), report.verified) == (len(contents), "md5")
    assert threads() == []


def test_an_error_of_who_looks_on_ends_the_thread_and_leaves_whole_files(
    imaging: ImageSessionData, contents: dict[str, bytes], tmp_path: Path
):
    seen = []

    def observer(event: TransferEvent) -> None:
        if isinstance(event, Advanced):
            seen.append(event)
            if len(seen) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imaging.download_dir(tmp_path / "out", options=ARCHIVE, progress=observer)
    assert threads() == []
    left = {name: content for name, content in standing(tmp_path / "out").items() if name.endswith(".dcm")}
    assert left
    assert left.items() < contents.items()
    report = imaging.download_dir(tmp_path / "out", options=ARCHIVE)
    assert (len(report.moved), len(report.skipped)) == (len(contents) - len(left), len(left))
    assert standing(tmp_path / "out") == contents
