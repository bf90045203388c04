"""Downloads of objects: layouts, manifests, several sessions at once, the same tree both ways, memory and disk."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import InvalidValueError, TransferError
from xnat_runtime.transfers.events import Finished, TransferEvent
from xnat_runtime.transfers.manifest import read_manifest
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_runtime.transfers.verify import verify
from xnat_sdk.models import MrSessionData, ProjectData, QcManualAssessorData, ReconstructedImageData, SubjectData

FILES = TransferOptions(strategy="files")


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def connection(demo: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    demo.faults.clear()
    with xnat_sdk.connect(demo.url, demo.user, demo.password, retry=NEVER) as session:
        yield session
    demo.faults.clear()


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def levels(session: xnat_sdk.XnatSession) -> dict[str, object]:
    project = session.projects["sandbox"]
    subject = project.subjects["test001"]
    imaging = subject.sessions["test001_MR"]
    scan = imaging.scans["T1"]
    return {
        "project": project, "subject": subject, "session": imaging, "scan": scan, "resource": scan.resources["DICOM"],
    }  # fmt: skip


@pytest.mark.parametrize("level", ["project", "subject", "session", "scan", "resource"])
def test_archives_and_single_files_give_the_same_tree_and_a_rerun_moves_nothing(connection, tmp_path, level):
    item = levels(connection)[level]
    one = item.download_dir(tmp_path / "a")
    other = item.download_dir(tmp_path / "b", options=FILES)
    assert tree(tmp_path / "a") == tree(tmp_path / "b") != {}
    assert one.verified == other.verified == "md5"
    again = item.download_dir(tmp_path / "a")
    assert (again.moved, again.size, len(again.skipped)) == ((), 0, len(one.moved))


@pytest.mark.parametrize("kind", ["project", "subject", "session", "assessor", "reconstruction"])
def test_resources_of_every_level_have_the_same_names_both_ways(kind, tmp_path):
    with xnat_emulator.start() as server, xnat_sdk.connect(server.url, server.user, server.password) as session:
        project = ProjectData(parent=session, id="P")
        subject = SubjectData(parent=project, label="s")
        imaging = MrSessionData(parent=subject, label="mr")
        item = {
            "project": lambda: project, "subject": lambda: subject, "session": lambda: imaging,
            "assessor": lambda: QcManualAssessorData(parent=imaging, label="qc"),
            "reconstruction": lambda: ReconstructedImageData(parent=imaging, id="r1", type="mean"),
        }[kind]()  # fmt: skip
        resource = item.create_resource("R")
        for name in ("a b.txt", "deep/er/ü.txt", "c.txt"):
            resource.upload_data(name, name)
        resource.download_dir(tmp_path / "a", options=TransferOptions(strategy="archive"))
        resource.download_dir(tmp_path / "b", options=FILES)
        assert tree(tmp_path / "a") == tree(tmp_path / "b") != {}
        again = resource.download_dir(tmp_path / "a")
        assert (len(again.skipped), again.moved) == (3, ())


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_layout_arranges_the_files_the_same_way_by_either_strategy(connection, tmp_path, strategy):
    layout = "{project}/{subject}/{session}/{scan}-{type}/{file}"
    options = TransferOptions(strategy=strategy)
    levels(connection)["session"].download_dir(tmp_path, layout=layout, options=options)
    assert len(list((tmp_path / "sandbox/test001/test001_MR/2-T1").glob("*.dcm"))) == 24


def test_a_project_takes_a_layout(connection, tmp_path):
    levels(connection)["project"].download_dir(tmp_path, layout="{project}/{session}/{scan}/{resource}/{name}")
    assert len(list((tmp_path / "sandbox/test001_MR/2/DICOM").iterdir())) == 24
    with pytest.raises(InvalidValueError, match="layout"):
        levels(connection)["project"].download_dir(tmp_path, layout="{patient}/{file}")


def test_a_manifest_tells_what_is_there_and_checks_it(connection, tmp_path):
    item = levels(connection)["session"]
    item.download_dir(tmp_path, manifest=True)
    manifest = read_manifest(tmp_path)
    assert (len(manifest.files), manifest.server) == (38, connection.server)
    assert {file.scan for file in manifest.files} >= {"1", "2"}
    assert manifest.date
    assert verify(tmp_path).verified == "md5"
    item.download_dir(tmp_path, manifest=True)
    assert read_manifest(tmp_path).files == manifest.files


def test_sessions_of_a_project_travel_at_once_within_the_limit_of_the_login(demo, connection, tmp_path):
    project = levels(connection)["project"]
    at_once: set[str] = set()
    most: list[int] = []
    lock = threading.Lock()

    def seen(event: TransferEvent) -> None:
        with lock:
            (at_once.discard if isinstance(event, Finished) else at_once.add)(event.unit)
            most.append(len(at_once))

    before = len(demo.requests)
    project.download_dir(tmp_path, progress=seen)
    assert len(demo.requests) - before <= 1 + 2 * len(list(project.sessions))
    assert max(most) <= 4
    assert connection.__xnat_transfers__.acquire(timeout=0)
    connection.__xnat_transfers__.release()


def test_one_session_that_fails_does_not_stop_the_others(demo, connection, tmp_path):
    project = levels(connection)["project"]
    victim = project.sessions["test001_MR"]
    demo.faults.add(Fault(faults.Unavailable(status=403), path=f"/data/experiments/{victim.id}/scans/ALL/files"))
    report = project.download_dir(tmp_path, options=TransferOptions(failures="report"))
    assert [failed.name for failed in report.failed] == [f"/data/experiments/{victim.id}/scans/ALL/files"]
    assert len(report.moved) > 20
    demo.faults.clear()
    again = project.download_dir(tmp_path)
    assert (len(again.moved), len(again.skipped)) == (38, len(report.moved))
    assert not list(tmp_path.rglob(".xnat-*"))


def test_two_downloads_into_one_folder_do_not_hinder_each_other(connection, tmp_path):
    imaging = levels(connection)["session"]
    scans = list(imaging.scans)
    errors: list[Exception] = []

    def work(scan) -> None:
        try:
            scan.download_dir(tmp_path)
        except Exception as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(scan,)) for scan in scans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    report = imaging.download_dir(tmp_path)
    assert (report.moved, len(report.skipped)) == ((), 38)


def test_a_download_without_a_table_is_one_request_and_goes_on_after_a_break(demo, connection, tmp_path):
    imaging = levels(connection)["session"]
    assert imaging.label
    blind = TransferOptions(verify=False, retry=RetryPolicy(attempts=3, base=0.0))
    before = len(demo.requests)
    report = imaging.download_dir(tmp_path / "a", options=blind)
    assert (len(demo.requests) - before, report.verified, len(report.moved)) == (1, "unverified", 38)
    demo.faults.add(Fault(faults.Drop(after=400_000), path="*/files?*zip*", count=1))
    imaging.download_dir(tmp_path / "b", options=blind)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    with pytest.raises(FileExistsError):
        imaging.download_dir(tmp_path / "a", options=blind)


def test_an_interrupted_download_keeps_a_journal_and_goes_on(demo, connection, tmp_path):
    imaging = levels(connection)["session"]
    demo.faults.add(Fault(faults.Drop(after=2_000), path="*/files/*", nth=20))
    options = TransferOptions(strategy="files", retry=NEVER, workers=1)
    with pytest.raises(TransferError):
        imaging.download_dir(tmp_path / "out", options=options)
    (journal,) = (tmp_path / "out").glob(".xnat-transfer-*.jsonl")
    assert (journal.stat().st_mode & 0o077, "Secret" in journal.read_text()) == (0, False)
    done = len(tree(tmp_path / "out")) - 1
    demo.faults.clear()
    before = len(demo.requests)
    report = imaging.download_dir(tmp_path / "out", options=options)
    assert (len(report.skipped), len(report.moved)) == (done, 38 - done)
    assert len([one for one in demo.requests[before:] if "/files/" in one.path]) == 38 - done
    assert not list((tmp_path / "out").rglob(".xnat-*"))


_PROGRAM = """
import hashlib, json, resource, struct, sys, tempfile, threading, zlib
from pathlib import Path
from xnat_runtime.transfers.download import Connection, Download
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source
from xnat_runtime.transport import Request, Response

MIB = 1 << 20
COUNT, PIECES = int(sys.argv[1]), int(sys.argv[2])
PIECE = bytes(range(256)) * 4096
BASE = "/data/experiments/E/resources/1/files"
digest, crc = hashlib.md5(), 0
for _ in range(PIECES):
    digest.update(PIECE)
    crc = zlib.crc32(PIECE, crc)
SIZE = PIECES * MIB

def pieces():
    table, at = b"", 0
    for number in range(COUNT):
        name = f"E/resources/R/files/{number}".encode()
        fixed = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, crc, SIZE, SIZE, len(name), 0)
        yield b"PK\\x03\\x04" + fixed + name
        for _ in range(PIECES):
            yield PIECE
        table += b"PK\\x01\\x02" + struct.pack("<H", 20) + fixed + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
        at += 30 + len(name) + SIZE
    yield table + b"PK\\x05\\x06" + struct.pack("<HHHHIIH", 0, 0, COUNT, COUNT, len(table), at, 0)

class Body:
    def __init__(self, given):
        self.given, self.left = given, b""
    def read(self, size):
        self.left = self.left or next(self.given, b"")
        piece, self.left = self.left[:size], self.left[size:]
        return piece
    def close(self):
        pass
    abort = close

def send(request, *, stream=False):
    given = pieces() if request.path == BASE else (PIECE for _ in range(PIECES))
    return Response(method="GET", url=request.path, status=200, body=Body(given))

rows = [{"Name": str(n), "URI": f"{BASE}/{n}", "Size": str(SIZE), "collection": "R", "digest": digest.hexdigest()}
        for n in range(COUNT)]
table = {"ResultSet": {"Result": rows}}
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
with tempfile.TemporaryDirectory() as folder:
    target, before, most, over = Path(folder, "out"), peak(), 0, threading.Event()
    def watch():
        global most
        while not over.wait(0.005):
            found = 0
            for path in target.rglob("*"):
                try:
                    found += path.stat().st_size if path.is_file() else 0
                except OSError:
                    pass
            most = max(most, found)
    thread = threading.Thread(target=watch)
    thread.start()
    options = TransferOptions(strategy=sys.argv[3])
    connection = Connection(send, lambda path: table, "http://x")
    report = Download(connection, target, options=options).run([Source(BASE, "E")])
    over.set()
    thread.join()
    print(json.dumps([peak() - before, most / MIB, len(report.moved), report.verified]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as POSIX tells it")
@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_memory_and_disk_are_bounded_whatever_the_size(strategy, tmp_path):
    (tmp_path / "program.py").write_text(_PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py"), "3", "100", strategy]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    added, most, moved, verified = json.loads(done.stdout)
    assert (moved, verified) == (3, "md5")
    assert added < 64, "MiB over the base"
    # A file that is renamed while the watcher looks may be counted under both names.
    assert most <= 300 + 100, "MiB on the disk"
