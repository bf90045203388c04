"""The prearchive through the SDK on the embedded server."""

from __future__ import annotations

import datetime
import zipfile

import pytest

from xnat_emulator import Fault, faults
from xnat_sdk import (
    BadRequestError,
    ConflictError,
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    UsageError,
)
from xnat_sdk.models import MrSessionData

from .imaging import dicom, study, zipped


@pytest.fixture
def project(empty):
    empty.build.project("sandbox")
    return "sandbox"


@pytest.fixture
def receive(session, project):
    def receive(**options):
        files = study(**options)
        return session.services.import_(data=zipped(files), project=project, destination="/prearchive")

    return receive


def asked(server, since):
    return [f"{one.method} {one.path}" for one in list(server.requests)[since:]]


def test_the_tutorial_lists_and_archives(session, receive):
    receive()
    found = session.prearchive.sessions()
    assert len(found) == 1
    experiment = found[0].archive(subject="ANONYMIZ3", experiment="ANONYMIZ3")
    assert isinstance(experiment, MrSessionData)
    assert experiment.label == "ANONYMIZ3"
    assert session.prearchive.sessions() == []


def test_listing_costs_one_request_however_many_there_are(session, empty, receive):
    for number in range(5):
        receive(uid=f"1.2.{number}", PatientID=f"p{number}")
    before = len(empty.requests)
    labels = sorted(found.label for found in session.prearchive.sessions("sandbox"))
    assert labels == ["p0", "p1", "p2", "p3", "p4"]
    assert asked(empty, before) == ["GET /data/prearchive/projects/sandbox"]


def test_the_fields_of_a_session(session, receive):
    receive()
    (held,) = session.prearchive.sessions()
    assert (held.project, held.folder_name, held.name, held.label) == ("sandbox", "Sample_ID", "Sample ID", "Sample ID")
    assert (held.subject, held.tag) == ("Sample_Patient", "1.2.3")
    assert (held.scan_date, held.scan_time) == (datetime.date(2006, 12, 14), datetime.time(9, 12, 6))
    assert held.timestamp is not None
    assert held.uploaded == held.timestamp
    assert held.lastmod is not None
    assert (held.prevent_anon, held.prevent_auto_commit) == (False, True)
    assert (held.source, held.visit, held.protocol, held.timezone) == ("SessionImporter", "", "", "")
    assert held.id == f"sandbox/{held.data['timestamp']}/Sample_ID"
    assert held.cli_str() == "Prearchive session Sample ID"
    assert held == session.prearchive.get(held.uri)


def test_regression_of_xnatpy_the_status_is_never_stale(session, receive):
    receive()
    (held,) = session.prearchive.sessions()
    (other,) = session.prearchive.sessions()
    assert held.status == "READY"
    other.set_status("ERROR")
    assert held.status == "ERROR"
    other.reset_status()
    assert held.status == "READY"
    other.delete()
    assert held.wait() is None
    with pytest.raises(NotFoundError, match="left the prearchive"):
        _ = held.status


def test_the_statuses_of_a_listing_cost_no_request_each_and_the_next_readings_do(session, empty, receive, monkeypatch):
    for number in range(4):
        receive(uid=f"1.2.{number}", PatientID=f"p{number}")
    before = len(empty.requests)
    found = session.prearchive.sessions()
    assert [held.status for held in found] == ["READY"] * 4
    assert len(asked(empty, before)) == 1
    assert found[0].status == "READY"
    assert len(asked(empty, before)) == 2
    (held, *_) = session.prearchive.sessions()
    held.set_status("ERROR")
    assert held.status == "ERROR"
    (held, *_) = session.prearchive.find(status="ERROR")
    (same, *_) = session.prearchive.find(status="ERROR")
    same.reset_status()
    assert held.status == "READY"
    (held, *_) = session.prearchive.find(status="READY")
    monkeypatch.setattr("xnat_runtime.prearchive_standing.FRESH_SECONDS", -1.0)
    before = len(empty.requests)
    assert held.status == "READY"
    assert len(asked(empty, before)) == 1


def test_files_are_put_into_a_received_session_and_archived_with_it(session, empty, receive, tmp_path):
    held = receive()
    before = len(empty.requests)
    note = tmp_path / "note.txt"
    note.write_bytes(b"claustrophobic")
    assert held.upload("NOTES", note).size == 14
    assert asked(empty, before) == [
        f"GET {held.uri}/resources/NOTES/files",
        f"PUT {held.uri}/resources/NOTES/files/note.txt",
    ]
    held.upload("NOTES", b"two", "more/a b.txt", overwrite=True)
    assert len(asked(empty, before)) == 3
    with pytest.raises(ConflictError, match=r"more/a b\.txt.*overwrite=True"):
        held.upload("NOTES", b"x", "more/a b.txt")
    (notes,) = held.resources
    notes.upload(b"three", "more/a b.txt", overwrite=True)
    notes.upload(b"", "empty")
    assert sorted(file.size for file in notes.files) == [0, 5, 14]
    notes.files["empty"].delete()
    assert len(notes.files) == 2
    made = held.archive()
    assert sorted(file.name for file in made.resources["NOTES"].files) == ["a b.txt", "note.txt"]
    assert all("claustrophobic" not in str(record) for record in empty.requests)


def test_what_cannot_be_put_into_a_received_session(session, empty, receive, tmp_path):
    held = receive()
    resource = held.scans["1"].resources["DICOM"]
    before = len(empty.requests)
    with pytest.raises(InvalidValueError, match="need a name"):
        held.upload("NOTES", b"x")
    with pytest.raises(InvalidValueError, match="is a folder"):
        held.upload("NOTES", tmp_path, "x", overwrite=True)
    with pytest.raises(UsageError, match="received scan"):
        resource.upload(b"x", "x")
    assert asked(empty, before) == []
    with pytest.raises(UsageError, match="delete the scan"):
        resource.files["1.dcm"].delete()
    held.delete()
    with pytest.raises(NotFoundError):
        held.upload("NOTES", b"x", "x")


def test_regression_of_xnatpy_find_heeds_allow_receiving(session, receive, project):
    receive()
    session.services.import_(
        data=dicom(study="1.2.9", PatientID="late"), project=project, import_handler="gradual-DICOM"
    )
    find = session.prearchive.find
    assert [found.label for found in find(project="sandbox")] == ["Sample ID"]
    assert sorted(found.label for found in find(project="sandbox", allow_receiving=True)) == ["Sample ID", "late"]
    assert [found.label for found in find(status="RECEIVING")] == ["late"]
    assert [found.label for found in find(subject="Sample_Patient", session="Sample ID")] == ["Sample ID"]
    assert [found.label for found in find(session="Sample_ID", tag="1.2.3")] == ["Sample ID"]
    assert find(subject="nobody") == []
    assert len(session.prearchive.recent()) == 1


def test_scans_resources_and_files_before_archiving(session, empty, receive, tmp_path):
    held = receive(scans=2)
    before = len(empty.requests)
    assert held.scans.keys() == ["1", "2"]
    assert len(asked(empty, before)) == 1
    scan = held.scans["2"]
    assert (scan.id, scan.xsi_type, scan.series_description) == ("2", "xnat:mrScanData", "Series & 2")
    (resource,) = scan.resources
    assert (resource.label, resource.file_count) == ("DICOM", 2)
    assert resource.file_size == sum(file.size for file in resource.files)
    assert [file.name for file in scan.files] == ["1.dcm", "2.dcm"]
    assert len(held.files) == 4
    assert len(held.resources) == 0
    assert len(held.all_resources) == 2
    assert scan.read_dicom().SeriesNumber == 2
    assert held.read_dicom().SeriesNumber == 1
    with pytest.raises(KeyNotFoundError):
        held.scans["3"]
    assert "xnat:MRSession" in held.document()


def test_regression_of_xnatpy_a_file_is_downloaded_as_itself(receive, tmp_path):
    file = receive().scans["1"].files["1.dcm"]
    done = file.download(tmp_path / "1.dcm")
    assert (tmp_path / "1.dcm").read_bytes() == dicom(1)
    assert (done.size, done.verified) == (file.size, "size")
    assert file.read_dicom().InstanceNumber == 1
    with file.open() as stream:
        assert stream.read(132)[128:] == b"DICM"


def test_downloads_of_session_and_scan(receive, tmp_path):
    held = receive(scans=2)
    held.download(tmp_path / "all.zip")
    assert len(zipfile.ZipFile(tmp_path / "all.zip").namelist()) >= 4
    held.scans["1"].download(tmp_path / "one.zip")
    assert sum(name.endswith(".dcm") for name in zipfile.ZipFile(tmp_path / "one.zip").namelist()) == 2
    done = held.download_dir(tmp_path / "all")
    assert sum(file.path.suffix == ".dcm" for file in done.files) == 4


def test_a_scan_can_be_deleted_before_archiving(receive):
    held = receive(scans=2)
    held.scans["1"].delete()
    assert held.scans.keys() == ["2"]


def test_archiving_costs_two_requests_and_names_no_patient_in_urls(session, empty, receive):
    held = receive()
    before = len(empty.requests)
    made = held.archive(project="sandbox", subject="S", experiment="E", quarantine=False, trigger_pipelines=False)
    assert asked(empty, before) == [
        "POST /data/services/archive",
        "GET /data/projects/sandbox/subjects/S/experiments/E",
    ]
    assert made == session.projects["sandbox"].experiments["E"]
    assert not list(empty.requests)[before].query


def test_a_refusal_that_the_server_calls_500_is_a_conflict(session, receive):
    receive().archive(subject="S", experiment="E")
    again = receive()
    with pytest.raises(ConflictError, match="already exists") as caught:
        again.archive(subject="S", experiment="E")
    assert caught.value.status == 500
    assert again.status == "CONFLICT"
    assert again.archive("delete", subject="S", experiment="E").label == "E"


@pytest.mark.parametrize("how", ["504", "reset", "close"])
def test_an_archiving_whose_answer_is_lost_is_found_out_and_not_repeated(empty, receive, how):
    held = receive()
    empty.faults.add(Fault(faults.LoseReply(how), path="/data/services/archive", count=1))
    before = len(empty.requests)
    made = held.archive(subject="S", experiment="E")
    assert isinstance(made, MrSessionData)
    assert asked(empty, before).count("POST /data/services/archive") == 1


def test_sessions_of_no_project_are_moved_first(session, empty, receive):
    held = receive().move("Unassigned")
    assert held.project == "Unassigned"
    with pytest.raises(UsageError, match="move"):
        held.archive()
    with pytest.raises(UsageError, match="move"):
        session.prearchive.archive([held])
    assert held.move("sandbox").status == "READY"


def test_moving_costs_one_request_and_the_session_knows_its_new_place(session, empty, receive):
    held = receive()
    empty.build.project("other")
    before = len(empty.requests)
    assert held.move("other") is held
    assert len(asked(empty, before)) == 1
    assert (held.project, held.status) == ("other", "READY")
    assert session.prearchive.sessions("sandbox") == []
    with pytest.raises(BadRequestError, match="No project"):
        held.move("nowhere")


def test_rebuilding_waits_for_its_end(receive):
    held = receive()
    assert held.rebuild() == "READY"
    assert held.rebuild(asynchronous=True) in {"QUEUED_BUILDING", "BUILDING", "_BUILDING", "READY"}
    assert held.wait(interval=0.05) == "READY"
    held.build()
    assert held.status == "READY"


def test_deleting_at_once_and_in_the_queue(empty, receive):
    first, second = receive(uid="1.2.1", PatientID="a"), receive(uid="1.2.2", PatientID="b")
    first.delete()
    assert not first.exists()
    second.delete(asynchronous=True)
    assert second.wait(interval=0.05) is None


def test_several_sessions_are_watched_with_one_request_a_question(session, empty, receive):
    held = [receive(uid=f"1.2.{n}", PatientID=f"p{n}", PatientName=f"s{n}") for n in range(6)]
    assert [one.status for one in session.prearchive.rebuild(held)] == ["READY"] * 6
    before = len(empty.requests)
    done = session.prearchive.archive(held[:4])
    assert not any(one.failed for one in done)
    assert [one.status for one in done] == [None] * 4
    assert set(asked(empty, before)) == {"POST /data/services/archive", "GET /data/prearchive/projects/sandbox"}
    empty.build.project("other")
    session.prearchive.move(held[4:], "other")
    moved = session.prearchive.sessions("other")
    assert len(moved) == 2
    session.prearchive.delete(moved)
    assert session.prearchive.sessions() == []
    assert session.prearchive.delete([]) == []


def test_one_that_cannot_be_archived_does_not_keep_the_others_from_it(session, receive):
    receive(uid="1.2.1", PatientID="a", PatientName="s").archive()
    held = [receive(uid=f"1.2.{n}", PatientID=label, PatientName="s") for n, label in ((1, "a"), (2, "b"))]
    done = session.prearchive.archive(held)
    assert [(one.status, one.failed) for one in done] == [("CONFLICT", True), (None, False)]
    (alone,) = session.prearchive.archive([held[0]])
    assert alone.failed


def test_what_archiving_would_run_into_is_told_before(receive):
    receive().archive(subject="S", experiment="E")
    again = receive()
    notices = again.validate(subject="S", experiment="E")
    assert any("already" in notice.message for notice in notices)
    assert {notice.kind for notice in notices} <= {"FAIL", "CONFLICT", "WARN"}


def test_what_the_server_noted_can_be_read(receive):
    receive().archive(subject="S", experiment="E")
    again = receive()
    with pytest.raises(ConflictError):
        again.archive(subject="S", experiment="E")
    entries = again.logs()
    assert entries
    assert all(entry.id and entry.date and entry.entry for entry in entries)
    assert "already exists" in again.last_log()
