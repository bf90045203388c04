"""Mirrors of a project in a folder: what is new or changed travels, what is gone is told, no clock is trusted."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_emulator.store import items
from xnat_emulator.store.database import utc_now
from xnat_runtime.errors import DecodeError, TargetExistsError, UsageError, XnatError
from xnat_runtime.transfers.manifest import read_manifest
from xnat_runtime.transfers.mirror import STATE
from xnat_runtime.transfers.mirror_tables import is_near
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import ProjectData

BYTES = {"Content-Type": "application/octet-stream"}


@pytest.fixture(autouse=True)
def _stamps_have_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    """One stamp of a thousand ends in .0, as if it were of whole seconds: such an item is visited once more."""

    def stamp(precision: str = "milliseconds") -> str:
        told = utc_now(precision)
        return told.replace(".000", ".001") if precision == "milliseconds" else told

    monkeypatch.setattr(items, "utc_now", stamp)


@pytest.fixture
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as emulator:
        yield emulator


@pytest.fixture
def session(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        connection.put("/data/projects/P")
        for number in (1, 2):
            add_session(connection, f"sub{number}", f"mr{number}")
        yield connection


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    return session.projects["P"]


def add_session(session: XnatSession, subject: str, label: str, text: bytes = b"image") -> None:
    session.put(f"/data/projects/P/subjects/{subject}")
    uri = f"/data/projects/P/subjects/{subject}/experiments/{label}"
    session.put(uri, query={"xsiType": "xnat:mrSessionData"})
    session.put(f"{uri}/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
    put(session, f"{uri}/scans/1/resources/DICOM/files/a.dcm", text)


def put(session: XnatSession, uri: str, content: bytes) -> None:
    session.put(uri, data=content, query={"inbody": "true", "overwrite": "true"}, headers=BYTES)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {STATE, "manifest.json"}
    }


A1 = "sub1/mr1/scans/1-T1/resources/DICOM/files/a.dcm"
A2 = "sub2/mr2/scans/1-T1/resources/DICOM/files/a.dcm"
URI1 = "/data/projects/P/subjects/sub1/experiments/mr1/scans/1/resources/DICOM/files/a.dcm"


def test_a_mirror_holds_all_files_and_says_so(project, tmp_path):
    report = project.mirror(tmp_path)
    assert tree(tmp_path) == {A1: b"image", A2: b"image"}
    assert {file.path for file in read_manifest(tmp_path).files} == {A1, A2}
    assert (report.since, bool(report.started)) == ("", True)
    assert report.transfer.verified == "md5"


def test_a_second_run_with_nothing_new_takes_seven_requests(project, tmp_path, server):
    project.mirror(tmp_path)
    before = len(server.requests)
    report = project.mirror(tmp_path)
    assert len(server.requests) - before == 7
    assert (report.visited, report.transfer.moved, report.gone_files) == ((), (), ())


def test_incremental_a_new_session_of_a_known_subject_is_found(project, session, tmp_path):
    project.mirror(tmp_path)
    add_session(session, "sub1", "later")
    report = project.mirror(tmp_path)
    assert "later" in report.visited
    assert [file.path.relative_to(tmp_path).as_posix() for file in report.transfer.moved] == [
        A1.replace("mr1", "later")
    ]


def test_incremental_time_stamps_of_any_zone_find_new_items(project, session, tmp_path, monkeypatch):
    """Stamps are compared with themselves: a server far west of the clock that reads them loses nothing."""
    project.mirror(tmp_path)
    kept = json.loads((tmp_path / STATE).read_text())
    kept["started"] = "2999-01-01T00:00:00Z"
    (tmp_path / STATE).write_text(json.dumps(kept))
    add_session(session, "sub3", "mr3")
    assert "mr3" in project.mirror(tmp_path).visited


def test_incremental_what_arrives_during_a_run_is_found_by_the_next(project, session, tmp_path):
    """The state is what the tables said when the run began."""
    arrived = []

    def observer(event):
        if not arrived:
            arrived.append(event)
            add_session(session, "sub1", "during")
            put(session, URI1.replace("a.dcm", "b.dcm"), b"late")

    project.mirror(tmp_path, progress=observer, options=TransferOptions(workers=1))
    assert arrived
    report = project.mirror(tmp_path)
    assert "during" in report.visited
    assert {A1.replace("a.dcm", "b.dcm"), A1.replace("mr1", "during")} <= set(tree(tmp_path))


def test_incremental_the_cut_off_is_the_start_of_the_last_run_by_the_servers_clock(project, server, tmp_path):
    first = project.mirror(tmp_path)
    second = project.mirror(tmp_path)
    assert second.since == first.started
    assert first.started.endswith("Z")
    assert json.loads((tmp_path / STATE).read_text())["started"] == second.started


def test_incremental_a_changed_session_is_found_by_its_own_time_stamp(project, tmp_path):
    project.mirror(tmp_path)
    project.sessions["mr2"].note = "changed"
    assert project.mirror(tmp_path).visited == ("mr2",)


def test_incremental_items_with_stamps_of_whole_seconds_are_visited_once_more(project, session, tmp_path, monkeypatch):
    """A change within the same second would leave the stamp as it is."""
    monkeypatch.setattr(items, "utc_now", lambda _precision="milliseconds": f"{utc_now('seconds')}.000")
    add_session(session, "sub3", "mr3")
    assert "mr3" in project.mirror(tmp_path).visited
    assert set(project.mirror(tmp_path).visited) == {"sub3", "mr3"}


def test_incremental_a_new_file_in_a_known_session_is_found(project, session, tmp_path):
    """Time stamps of sessions do not tell of files; the tables of resources do."""
    project.mirror(tmp_path)
    put(session, URI1.replace("a.dcm", "b.dcm"), b"more")
    report = project.mirror(tmp_path)
    assert report.visited == ("mr1",)
    assert tree(tmp_path)[A1.replace("a.dcm", "b.dcm")] == b"more"


def test_incremental_resources_of_projects_and_subjects_are_found(project, session, tmp_path):
    project.mirror(tmp_path)
    put(session, "/data/projects/P/resources/docs/files/r.txt", b"p")
    put(session, "/data/projects/P/subjects/sub1/resources/notes/files/s.txt", b"s")
    report = project.mirror(tmp_path)
    assert set(report.visited) == {"P", "sub1"}
    assert tree(tmp_path)["resources/docs/files/r.txt"] == b"p"
    assert tree(tmp_path)["sub1/resources/notes/files/s.txt"] == b"s"


def test_incremental_a_failed_item_is_visited_again(project, server, tmp_path):
    report_only = TransferOptions(retry=NEVER, failures="report", strategy="files", workers=1)
    server.faults.add(Fault(faults.Drop(after=2), path="*/files/a.dcm", count=1))
    first = project.mirror(tmp_path, options=report_only)
    assert len(first.transfer.failed) == 1
    assert json.loads((tmp_path / STATE).read_text())["started"] == ""
    second = project.mirror(tmp_path, options=report_only)
    assert second.visited
    assert set(tree(tmp_path)) == {A1, A2}
    assert not second.transfer.failed


def test_a_file_that_changed_on_the_server_is_replaced(project, session, tmp_path):
    project.mirror(tmp_path)
    put(session, URI1, b"another image")
    report = project.mirror(tmp_path)
    assert tree(tmp_path)[A1] == b"another image"
    assert not report.transfer.failed
    assert {file.path: file.md5 for file in read_manifest(tmp_path).files}[A1] == md5(b"another image")


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def test_a_file_that_was_changed_here_is_kept_and_told(project, session, tmp_path):
    project.mirror(tmp_path)
    (tmp_path / A1).write_bytes(b"my own work")
    put(session, URI1, b"another image")
    with pytest.raises(TargetExistsError):
        project.mirror(tmp_path)
    assert tree(tmp_path)[A1] == b"my own work"
    report = project.mirror(tmp_path, options=TransferOptions(failures="report"))
    assert len(report.transfer.failed) == 1
    assert tree(tmp_path)[A1] == b"my own work"


def test_a_file_of_the_same_size_is_found_when_everything_is_checked(project, session, tmp_path):
    project.mirror(tmp_path)
    put(session, URI1, b"IMAGE")
    assert not project.mirror(tmp_path).visited
    project.mirror(tmp_path, check_all=True)
    assert tree(tmp_path)[A1] == b"IMAGE"


def test_deletions_on_the_server_are_told_and_kept_here(project, session, tmp_path):
    project.mirror(tmp_path)
    project.sessions["mr2"].delete(remove_files=True)
    report = project.mirror(tmp_path)
    assert report.gone == ("mr2",)
    assert [(file.path, file.is_removed) for file in report.gone_files] == [(A2, False)]
    assert set(tree(tmp_path)) == {A1, A2}


def test_a_file_that_was_deleted_on_the_server_is_told(project, session, tmp_path):
    put(session, URI1.replace("a.dcm", "b.dcm"), b"more")
    project.mirror(tmp_path)
    session.delete(URI1.replace("a.dcm", "b.dcm"))
    report = project.mirror(tmp_path)
    assert [file.path for file in report.gone_files] == [A1.replace("a.dcm", "b.dcm")]
    assert len(tree(tmp_path)) == 3


def test_deletions_are_done_here_too_when_asked_for_but_not_to_changed_files(project, session, tmp_path):
    put(session, URI1.replace("a.dcm", "b.dcm"), b"more")
    project.mirror(tmp_path)
    (tmp_path / A1).write_bytes(b"my own work")
    project.sessions["mr1"].delete(remove_files=True)
    project.sessions["mr2"].delete(remove_files=True)
    report = project.mirror(tmp_path, remove=True)
    assert tree(tmp_path) == {A1: b"my own work"}
    assert {file.path: file.is_removed for file in report.gone_files} == {
        A1: False, A1.replace("a.dcm", "b.dcm"): True, A2: True,
    }  # fmt: skip
    assert {file.path for file in read_manifest(tmp_path).files} == {A1}
    assert not (tmp_path / "sub2").exists()


def test_the_state_is_readable_by_its_owner_only_and_holds_no_secrets(project, tmp_path, server):
    project.mirror(tmp_path)
    assert stat.S_IMODE((tmp_path / STATE).stat().st_mode) == 0o600
    assert server.password not in (tmp_path / STATE).read_text().replace(server.url, "")


def test_the_folder_of_another_mirror_is_refused(project, session, tmp_path):
    project.mirror(tmp_path)
    session.put("/data/projects/Q")
    with pytest.raises(UsageError, match="mirrors project P"):
        session.projects["Q"].mirror(tmp_path)


def test_a_state_that_cannot_be_read_is_named(project, tmp_path):
    (tmp_path / STATE).write_text("{")
    with pytest.raises(DecodeError, match=r"\.xnat-mirror\.json"):
        project.mirror(tmp_path)


def test_an_interrupted_mirror_goes_on(project, session, server, tmp_path):
    one = TransferOptions(retry=NEVER, strategy="files", workers=1)
    server.faults.add(Fault(faults.Unavailable(), path="*/scans/ALL/files*", nth=2, count=1))
    server.faults.add(Fault(faults.Drop(after=2), path="*/files/a.dcm", count=1))
    with pytest.raises(XnatError):
        project.mirror(tmp_path, options=one)
    server.faults.clear()
    project.mirror(tmp_path, options=one)
    assert tree(tmp_path) == {A1: b"image", A2: b"image"}
    assert not project.mirror(tmp_path).visited


@pytest.mark.parametrize("stamp", ["2026-11-22 19:00:01", "2026-11-22 14:30:01", "2026-11-23 00:44:59.0"])
def test_stamps_of_whole_seconds_near_the_start_are_not_trusted(stamp):
    assert is_near(stamp, "2026-11-22T19:00:00Z")


@pytest.mark.parametrize("stamp", ["2026-11-22 19:00:00.123", "2026-11-22 18:53:00", "", "yesterday"])
def test_other_stamps_are(stamp):
    assert not is_near(stamp, "2026-11-22T19:00:00Z")


def add_assessor(session: XnatSession, number: int, label: str) -> str:
    """An assessor with a file; returns the path of the file."""
    uri = f"/data/projects/P/subjects/sub{number}/experiments/mr{number}/assessors/{label}"
    session.put(uri, query={"xsiType": "xnat:qcManualAssessorData"})
    put(session, f"{uri}/resources/REPORT/files/r.txt", b"report")
    return f"{uri}/resources/REPORT/files/r.txt"


def test_files_of_assessors_that_cannot_be_listed_are_not_gone(project, session, server, tmp_path):
    """The failure names the assessor alone; its session must not lose what it has here."""
    add_assessor(session, 1, "QC")
    project.mirror(tmp_path)
    held = tree(tmp_path)
    server.faults.add(Fault(faults.Unavailable(), path="*/assessors/*/files*", count=None))
    options = TransferOptions(retry=NEVER, failures="report")
    report = project.mirror(tmp_path, check_all=True, remove=True, options=options)
    assert report.transfer.failed
    assert report.gone_files == ()
    assert held.items() <= tree(tmp_path).items()
    server.faults.clear()
    assert project.mirror(tmp_path).visited == ("mr1",)


def test_an_item_that_cannot_be_read_does_not_stop_the_others_and_is_visited_again(project, session, server, tmp_path):
    project.mirror(tmp_path)
    held = tree(tmp_path)
    add_session(session, "sub2", "later")
    server.faults.add(Fault(faults.Unavailable(), path="*_E00001/assessors*", count=None))
    options = TransferOptions(retry=NEVER, failures="report")
    report = project.mirror(tmp_path, check_all=True, remove=True, options=options)
    assert len(report.transfer.failed) == 1
    assert {*held, A2.replace("mr2", "later")} <= set(tree(tmp_path))
    server.faults.clear()
    assert project.mirror(tmp_path).visited == ("mr1",)


def test_a_session_whose_label_begins_like_anothers_is_judged_by_itself(project, session, tmp_path):
    """mr1 has a file that was changed here, mr10 one that was changed on the server."""
    add_session(session, "sub1", "mr10")
    project.mirror(tmp_path)
    (tmp_path / A1).write_bytes(b"my own work")
    put(session, URI1, b"another image")
    put(session, URI1.replace("mr1", "mr10"), b"another image, too")
    report = project.mirror(tmp_path, options=TransferOptions(failures="report"))
    assert tree(tmp_path)[A1] == b"my own work"
    assert tree(tmp_path)[A1.replace("mr1", "mr10")] == b"another image, too"
    assert len(report.transfer.failed) == 1


def test_a_file_of_a_subject_is_replaced_while_one_of_its_sessions_was_changed_here(project, session, tmp_path):
    note = "/data/projects/P/subjects/sub1/resources/notes/files/s.txt"
    put(session, note, b"first")
    project.mirror(tmp_path)
    (tmp_path / A1).write_bytes(b"my own work")
    put(session, URI1, b"another image")
    put(session, note, b"second text")
    project.mirror(tmp_path, options=TransferOptions(failures="report"))
    assert tree(tmp_path)["sub1/resources/notes/files/s.txt"] == b"second text"
    assert tree(tmp_path)[A1] == b"my own work"


def test_incremental_a_new_file_of_a_known_assessor_is_found(project, session, tmp_path, server):
    uri = add_assessor(session, 1, "QC")
    project.mirror(tmp_path)
    put(session, uri.replace("r.txt", "later.txt"), b"more")
    assert project.mirror(tmp_path).visited == ("mr1",)
    assert tree(tmp_path)["sub1/mr1/assessors/QC/resources/REPORT/files/later.txt"] == b"more"
    at = len(server.requests)
    assert not project.mirror(tmp_path).visited
    assert len(server.requests) - at == 7


def test_a_server_that_lists_no_resources_of_assessors_is_asked_for_the_assessors_alone(
    project, session, tmp_path, server
):
    add_assessor(session, 1, "QC")
    server.faults.add(Fault(faults.Unavailable(), path="*/experiments?*out/file*", count=None))
    project.mirror(tmp_path)
    add_assessor(session, 1, "QC2")
    assert project.mirror(tmp_path).visited == ("mr1",)


def test_resources_that_an_assessor_has_like_any_experiment_come_too(project, session, tmp_path):
    add_assessor(session, 1, "QC")
    uri = f"/data/experiments/{project.sessions['mr1'].assessors['QC'].id}/resources/OWN/files"
    put(session, f"{uri}/o.txt", b"own")
    project.mirror(tmp_path)
    assert tree(tmp_path)["sub1/mr1/assessors/QC/resources/OWN/files/o.txt"] == b"own"
    put(session, f"{uri}/p.txt", b"more")
    report = project.mirror(tmp_path, remove=True)
    assert report.visited == ("mr1",)
    assert report.gone_files == ()
    assert tree(tmp_path)["sub1/mr1/assessors/QC/resources/OWN/files/p.txt"] == b"more"
    assert not project.mirror(tmp_path, remove=True).gone_files


def test_a_second_run_into_the_same_folder_is_refused_meanwhile(project, tmp_path):
    refused = []

    def observer(event):
        if not refused:
            with pytest.raises(UsageError, match="Another run of this mirror is under way") as caught:
                project.mirror(tmp_path)
            refused.append(caught.value)

    project.mirror(tmp_path, progress=observer, options=TransferOptions(workers=1))
    assert len(refused) == 1
    assert not project.mirror(tmp_path).visited
