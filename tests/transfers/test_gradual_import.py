"""Folders of DICOM files imported one by one on the embedded server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.imaging import dicom, study, written
from transfers.importing import IMPORT, numbers, send, sent, state_files

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import (
    BadRequestError,
    ConflictError,
    DecodeError,
    InvalidValueError,
    OperationFailedError,
    PermissionDeniedError,
    UsageError,
    XnatError,
)
from xnat_runtime.transfers.dicom_files import find_series
from xnat_runtime.transfers.events import Finished, Started, TransferEvent
from xnat_runtime.transfers.upload_body import SourceChangedError
from xnat_runtime.transfers.upload_plan import planned
from xnat_sdk import PrearchiveSession, XnatSession, connect
from xnat_sdk.models import MrSessionData


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    running.build.project("P")
    return running


@pytest.fixture
def session(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        server.requests.clear()
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "study", study(scans=3, files=4))


# Where they go


def test_a_folder_goes_into_the_archive_and_is_counted(server: Emulator, session: XnatSession, folder: Path):
    report = send(session, folder, destination="/archive")
    assert sent(server) == 12
    assert len(report.moved) == 12
    assert report.counted == "series"
    assert [(one.sent, one.found) for one in report.series] == [(4, 4)] * 3
    (made,) = report.sessions
    assert numbers(made) == {"1": 4, "2": 4, "3": 4}
    assert session.prearchive.sessions(allow_receiving=True) == []
    assert repr(report) == f"<ImportReport {folder}: 12 moved, 0 skipped, 0 failed, 1 sessions, series>"


def test_a_folder_stays_in_the_prearchive_where_that_is_wanted(session: XnatSession, folder: Path):
    report = send(session, folder, destination="/prearchive")  # the project archives by itself
    (held,) = report.sessions
    assert isinstance(held, PrearchiveSession)
    assert (held.status, held.prevent_auto_commit) == ("READY", True)
    assert report.counted == "series"


def test_without_a_destination_the_server_goes_on(server: Emulator, session: XnatSession, folder: Path):
    report = send(session, folder)
    (held,) = report.sessions
    assert isinstance(held, PrearchiveSession)
    assert (held.status, held.prevent_auto_commit) == ("RECEIVING", False)
    assert (report.counted, report.series) == ("unverified", ())


def test_files_keep_their_names_and_labels_stay_out_of_the_headers(session: XnatSession, folder: Path):
    report = send(session, folder, subject="S9", destination="/archive")
    (made,) = report.sessions
    assert isinstance(made, MrSessionData)
    assert sorted(file.name for file in made.scans["1"].files) == ["1.dcm", "2.dcm", "3.dcm", "4.dcm"]
    assert made.label == "E"
    assert session.projects["P"].subjects["S9"].sessions["E"] == made


def test_several_studies_become_several_sessions(session: XnatSession, tmp_path: Path):
    files = {
        f"{uid}/{name}": data for uid in ("1.2.1", "1.2.2") for name, data in study(uid=uid, PatientID=uid).items()
    }
    folder = written(tmp_path / "two", files)
    report = send(session, folder, experiment=None, destination="/archive")
    assert len(report.sessions) == 2
    assert report.counted == "series"
    with pytest.raises(InvalidValueError, match="2 studies"):
        send(session, folder)


def test_what_is_in_the_archive_is_not_overwritten(session: XnatSession, folder: Path):
    send(session, folder, destination="/archive")
    with pytest.raises(ConflictError):
        send(session, folder, destination="/archive")
    assert len(session.projects["P"].sessions) == 1
    assert [one.status for one in session.prearchive.sessions("P")] == ["CONFLICT"]


@pytest.mark.parametrize("said", [{"destination": "/tmp"}, {"links": "all"}])
def test_bad_calls_fail_before_anything_is_sent(
    server: Emulator, session: XnatSession, folder: Path, said: dict[str, str]
):
    with pytest.raises(InvalidValueError):
        send(session, folder, **said)
    assert sent(server) == 0


def test_folders_without_dicom_are_refused(session: XnatSession, tmp_path: Path):
    folder = written(tmp_path / "none", {"a.txt": b"text"})
    with pytest.raises(InvalidValueError, match="no DICOM files"):
        send(session, folder)


# What is no image


def test_files_that_are_none_to_send_are_told(server: Emulator, session: XnatSession, folder: Path):
    written(folder, {"notes.txt": b"text", "empty": b"", "again.dcm": (folder / "scan1/1.dcm").read_bytes()})
    report = send(session, folder, destination="/archive")
    assert sent(server) == 12
    assert {one.name: one.reason for one in report.omitted} == {
        "empty": "is no DICOM file",
        "notes.txt": "is no DICOM file",
        "scan1/1.dcm": "is the same file as again.dcm",
    }


def test_files_that_clash_or_are_damaged_fail_and_the_others_are_sent(session: XnatSession, folder: Path):
    written(folder, {"zz.dcm": dicom(1, PatientName="Other"), "zzz.dcm": b"\0" * 128 + b"DICM" + b"\xff" * 50})
    report = send(session, folder, report=True)
    assert {one.name for one in report.failed} == {"zz.dcm", "zzz.dcm"}
    assert all(isinstance(one.error, DecodeError) for one in report.failed)
    assert len(report.moved) == 12
    with pytest.raises(DecodeError, match="SOP Instance UID"):
        send(session, folder, destination="/archive")
    assert len(session.projects["P"].sessions) == 0


def test_pixels_are_not_read(tmp_path: Path):
    folder = written(tmp_path / "one", {"a.dcm": dicom()})
    with (folder / "a.dcm").open("ab") as stream:
        stream.write(bytes.fromhex("e07f10004f42000000000010"))  # pixel data that is not there
    (one,) = find_series(planned(folder, "files")[0]).series
    assert (one.study, one.uid, one.number) == ("1.2.3", "1.2.3.1", "1")


def test_series_that_a_filter_keeps_out_are_told(server: Emulator, session: XnatSession, folder: Path):
    text = json.dumps({"mode": "blacklist", "enabled": True, "list": "Series & 2"})
    session.put("/data/projects/P/config/seriesImportFilter/config", text.encode(), query={"inbody": "true"})
    report = send(session, folder, destination="/archive")
    assert len(report.omitted) == 4
    assert len(report.moved) == 8
    assert [one.found for one in report.series] == [4, 4]


# Refusals and losses


def test_imports_that_meet_are_made_up_for(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.ImportRace()))
    report = send(session, folder, workers=8, destination="/archive")
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_imports_that_are_refused_for_good_are_reported(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=400), method="POST", path=IMPORT, nth=5, count=2))
    report = send(session, folder, report=True, destination="/archive")
    assert (len(report.moved), len(report.failed)) == (10, 2)
    assert all(isinstance(one.error, BadRequestError) for one in report.failed)
    assert state_files(folder) != []
    assert len(session.projects["P"].sessions) == 0
    again = send(session, folder, destination="/archive")
    assert (len(again.moved), len(again.skipped)) == (2, 10)
    assert numbers(again.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert state_files(folder) == []


@pytest.mark.parametrize("how", ["504", "reset", "close"])
@pytest.mark.parametrize("nth", [1, 2, 6])
def test_a_lost_reply_leaves_one_file(server: Emulator, session: XnatSession, folder: Path, how: str, nth: int):
    server.faults.add(Fault(faults.LoseReply(how), path=IMPORT, nth=nth, count=1))  # type: ignore[arg-type]
    report = send(session, folder, destination="/archive")
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert [one.found for one in report.series] == [4, 4, 4]
    assert len(session.projects["P"].sessions) == 1


@pytest.mark.parametrize("fault", [faults.Drop(after=10, reset=True), faults.Unavailable()])
def test_a_network_that_breaks_often_is_made_up_for(
    server: Emulator, session: XnatSession, folder: Path, fault: faults.Effect
):
    server.faults.add(Fault(fault, method="POST", path=IMPORT, every=3, count=1))
    report = send(session, folder, destination="/archive")
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert report.failed == ()


@pytest.mark.parametrize("how", ["504", "reset", "close"])
@pytest.mark.parametrize("step", ["build", "archive"])
def test_the_end_happens_once_whatever_reply_is_lost(
    server: Emulator, session: XnatSession, folder: Path, how: str, step: str
):
    path = "/data/prearchive/projects/P/*" if step == "build" else "/data/services/archive"
    server.faults.add(Fault(faults.LoseReply(how), method="POST", path=path, count=1))  # type: ignore[arg-type]
    report = send(session, folder, destination="/archive")
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert sum(one.method == "POST" and one.path != IMPORT for one in server.requests) == 2


def test_a_login_that_ends_is_renewed(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.ExpiredSession(), path=IMPORT, nth=6, count=1))
    report = send(session, folder, workers=1, destination="/archive")
    assert len(report.moved) == 12
    assert sent(server) == 13


def test_without_a_right_one_file_is_sent(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, report=True)
    assert sent(server) == 1


# Going on


def test_an_import_that_broke_off_goes_on(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=7))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1)
    server.faults.clear()
    server.requests.clear()
    report = send(session, folder, destination="/archive")
    assert (sent(server), len(report.moved), len(report.skipped)) == (6, 6, 6)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_files_that_changed_meanwhile_are_sent_again(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=12))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1)
    server.faults.clear()
    (folder / "scan1/1.dcm").write_bytes(dicom(1, PatientName="Sample^Patient^Again"))
    server.requests.clear()
    report = send(session, folder, destination="/archive")
    assert (sent(server), len(report.skipped)) == (2, 10)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_when_the_session_was_deleted_all_files_are_sent_again(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=7))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1)
    server.faults.clear()
    session.prearchive.sessions("P", allow_receiving=True)[0].delete()
    report = send(session, folder, destination="/archive")
    assert (len(report.moved), len(report.skipped)) == (12, 0)


def test_what_an_anonymising_site_has_archived_is_not_sent_again(tmp_path: Path):
    folder = written(tmp_path / "study", study(scans=2, files=3))
    with xnat_emulator.start(mode=xnat_emulator.Mode(anonymise=True)) as site:
        site.build.project("P")
        with connect(site.url, site.user, site.password) as session:
            site.faults.add(Fault(faults.LoseReply("504"), method="POST", path="/data/services/archive"))
            hidden = site.faults.add(Fault(faults.Unavailable(status=500), method="GET", path="/data/projects/P/exp*"))
            with pytest.raises(XnatError):
                send(session, folder, destination="/archive")
            assert hidden.hits
            site.faults.clear()
            site.requests.clear()
            report = send(session, folder, destination="/archive")
            assert (sent(site), len(report.skipped)) == (0, 6)
            assert numbers(report.sessions[0]) == {"1": 3, "2": 3}
            assert len(session.projects["P"].sessions) == 1


def test_a_file_that_changes_while_it_is_sent_is_told(session: XnatSession, folder: Path):
    name = "scan2/3.dcm"

    def touch(event: TransferEvent) -> None:
        if isinstance(event, Started) and event.unit == name:
            (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"!")  # of the same size

    with pytest.raises(SourceChangedError, match="changed while it was uploaded"):
        send(session, folder, destination="/archive", progress=touch)
    assert len(session.projects["P"].sessions) == 0


def test_a_session_that_cannot_be_built_is_an_error(
    server: Emulator, session: XnatSession, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(PrearchiveSession, "wait", lambda *_args, **_said: "ERROR")
    with pytest.raises(OperationFailedError, match="could not be built"):
        send(session, folder, destination="/prearchive")
    assert state_files(folder) != []


def test_when_only_the_end_is_missing_nothing_is_sent(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path="/data/services/archive"))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, destination="/archive")
    server.faults.clear()
    server.requests.clear()
    report = send(session, folder, destination="/archive")
    assert (sent(server), len(report.skipped)) == (0, 12)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_the_journal_is_private_and_holds_no_labels(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=3))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1, subject="Jane_Doe")
    (path,) = state_files(folder)
    assert "Jane_Doe" not in path.read_text()
    assert server.password not in json.loads(path.read_text().splitlines()[0]).values()
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
    assert not list(folder.rglob("*.jsonl"))


_CHILD = """
import sys
from pathlib import Path
from xnat_sdk import connect
from xnat_runtime.transfers.options import TransferOptions
url, folder, wait = sys.argv[1:]
from xnat_runtime.transfers.retry import RetryPolicy
options = TransferOptions(retry=RetryPolicy(attempts=50, base=60.0, cap=60.0, budget=9000.0))
with connect(url, user="admin", password="admin", keepalive=False) as session:
    try:
        session.services.import_gradual(
            Path(folder), project="P", experiment="E", state=Path(folder).parent / "state", options=options,
            destination="/archive",
        )
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(os.name == "nt", reason="other processes cannot be sent Ctrl+C")
@pytest.mark.parametrize("fault", [faults.Stall(), faults.Unavailable("100")])
@pytest.mark.parametrize("nth", [2, 6])
def test_ctrl_c_ends_an_import_which_then_goes_on(
    server: Emulator, session: XnatSession, folder: Path, fault: faults.Effect, nth: int
):
    with server.faults.add(Fault(fault, method="POST", path=IMPORT, nth=nth)) as hanging:
        child = subprocess.Popen([sys.executable, "-c", _CHILD, server.url, str(folder), ""])
        try:
            end = time.monotonic() + 60
            while not hanging.hits and time.monotonic() < end:
                time.sleep(0.02)
            assert hanging.hits
            time.sleep(0.1)
            begin = time.monotonic()
            child.send_signal(signal.SIGINT)
            assert child.wait(timeout=30) == 130
            assert time.monotonic() - begin < 2.5
        finally:
            child.kill()
            child.wait()
    server.requests.clear()
    report = send(session, folder, destination="/archive")
    assert len(report.skipped) >= nth - 1
    assert sent(server) == len(report.moved) == 12 - len(report.skipped)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_the_same_import_runs_once_at_a_time(server: Emulator, session: XnatSession, folder: Path):
    met: list[UsageError] = []

    def second(event: TransferEvent) -> None:
        if isinstance(event, Finished) and not met:
            with pytest.raises(UsageError) as caught:
                send(session, folder, destination="/archive")
            met.append(caught.value)

    report = send(session, folder, destination="/archive", progress=second)
    assert (len(met), sent(server)) == (1, 12)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_pydicom_is_imported_only_when_headers_are_read():
    code = "import sys, xnat_runtime.transfers.import_gradual; print('pydicom' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"


def test_errors_can_be_caught_as_one(session: XnatSession, tmp_path: Path):
    with pytest.raises(XnatError):
        send(session, tmp_path / "missing")
