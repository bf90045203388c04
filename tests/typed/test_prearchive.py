"""Prearchive and services over a scripted transport: what real servers answer beside what the emulator does."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime.errors import (
    BadRequestError,
    ConflictError,
    ForeignUrlError,
    InvalidValueError,
    NotFoundError,
    OperationFailedError,
    ServerError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from xnat_runtime.waiting import Patience
from xnat_sdk import DirectArchiveSession, PrearchiveSession
from xnat_sdk.models import MrSessionData

PLACE = "/data/prearchive/projects/P/20211221_160614825/Sample_ID"
LISTING = "/data/prearchive/projects/P"
IMPORT = "/data/services/import"


def cells(**changes: object) -> dict[str, object]:
    """A row of real-responses/prearchive-sessions-1.json."""
    return {
        "prevent_anon": "false", "subject": "Sample_Patient", "PROTOCOL": "", "project": "P",
        "url": "/prearchive/projects/P/20211221_160614825/Sample_ID", "autoarchive": "", "VISIT": "",
        "prevent_auto_commit": "true", "uploaded": "2021-12-21 16:06:14.825", "name": "Sample ID",
        "SOURCE": "SessionImporter", "scan_time": "09:12:06", "folderName": "Sample_ID", "tag": "1.2", "TIMEZONE": "",
        "scan_date": "2006-12-14 00:00:00.0", "lastmod": "2021-12-21 16:06:24.069", "timestamp": "20211221_160614825",
        "status": "READY", **changes,
    }  # fmt: skip


@pytest.fixture
def held(session, wire):
    wire.table(LISTING, [cells()])
    (found,) = session.prearchive.sessions("P")
    wire.requests.clear()
    return found


def patience() -> Patience:
    return Patience(timeout=30, sleep=lambda _: None, clock=lambda: 0.0)


def test_a_recorded_row(held):
    assert held.uploaded == datetime.datetime(2021, 12, 21, 16, 6, 14, 825000)
    assert held.lastmod == datetime.datetime(2021, 12, 21, 16, 6, 24, 69000)
    assert held.timestamp == datetime.datetime(2021, 12, 21, 16, 6, 14, 825000)
    assert (held.name, held.folder_name, held.uri) == ("Sample ID", "Sample_ID", PLACE)


def test_empty_cells_and_older_timestamps(session, wire):
    empty = cells(
        uploaded="", scan_date="", scan_time="", timestamp="20110102_030405", subject=None, status="RECEIVING"
    )
    wire.table("/data/prearchive/projects", [empty])
    assert session.prearchive.sessions() == []
    (held,) = session.prearchive.sessions(allow_receiving=True)
    assert (held.uploaded, held.scan_date, held.scan_time, held.subject) == (None, None, None, "")
    assert held.timestamp == datetime.datetime(2011, 1, 2, 3, 4, 5)


def test_unassigned_rows_are_shown_only_where_they_are_asked_for(session, wire):
    rows = [cells(), cells(project="Unassigned")]
    wire.table(LISTING, rows)
    wire.table("/data/prearchive/projects", rows)
    assert [one.project for one in session.prearchive.sessions("P")] == ["P"]
    assert [one.project for one in session.prearchive.sessions()] == ["P", "Unassigned"]


def test_servers_that_know_no_json_of_one_session_are_asked_for_the_list(held, wire):
    wire.answer("GET", PLACE, b"<html><h3>not supported</h3></html>", 400)
    wire.answers[("GET", LISTING)] = []
    wire.table(LISTING, [cells(folderName="other"), cells(status="ERROR")])
    assert held.status == "READY"
    assert held.status == "ERROR"
    assert wire.sent() == [f"GET {PLACE}?format=json", f"GET {LISTING}?format=json"]


def test_a_wait_asks_until_the_end_state(held, wire):
    for status in ("QUEUED_BUILDING", "BUILDING", "_BUILDING", "READY"):
        wire.table(PLACE, [cells(status=status)])
    slept: list[float] = []
    assert held.wait(sleep=slept.append) == "READY"
    assert len(wire.requests) == 4
    assert len(slept) == 3


def test_a_wait_ends_with_its_timeout_and_when_the_session_has_left(held, wire):
    wire.table(PLACE, [cells(status="ARCHIVING")])
    with pytest.raises(WaitTimeoutError, match="still ARCHIVING after 5 seconds"):
        held.wait(timeout=5, sleep=lambda _: None)
    wire.answers.clear()
    wire.table(PLACE, [])
    assert held.wait() is None
    with pytest.raises(NotFoundError, match="left the prearchive"):
        held.refresh()


def test_a_rebuild_that_ends_badly_says_why(held, wire):
    wire.answer(
        "POST", "/data/services/prearchive/rebuild", {"ResultSet": {"Result": [cells(status="QUEUED_BUILDING")]}}
    )
    wire.table(PLACE, [cells(status="ERROR")])
    wire.answer("GET", f"{PLACE}/logs/last", b"no DICOM\nfound")
    with pytest.raises(OperationFailedError, match=r"could not be rebuilt and is in ERROR\. no DICOM found") as caught:
        held.rebuild(patience=patience())
    assert caught.value.status == "ERROR"


def test_301_and_303_are_answers(held, wire):
    wire.answer("POST", PLACE, b"/data/prearchive/projects/Q/20211221_160614825/Sample_ID_1", 301)
    assert held.move("Q").uri == "/data/prearchive/projects/Q/20211221_160614825/Sample_ID_1"
    assert [request.method for request in wire.requests] == ["POST"]


def test_a_session_that_the_server_is_at_is_not_moved(held, wire):
    wire.answer("POST", PLACE, b"")
    with pytest.raises(OperationFailedError, match="was not moved"):
        held.move("Q")
    assert held.uri == PLACE


def test_archiving_gives_the_experiment_by_its_id(held, wire):
    place = "/data/projects/P/subjects/S/experiments/E"
    wire.answer("POST", "/data/services/archive", b"/data/archive/projects/P/subjects/S/experiments/E\r\n")
    wire.item(place, "xnat:mrSessionData", {"ID": "X_E1", "label": "E", "project": "P"})
    made = held.archive(subject="S", experiment="E")
    assert isinstance(made, MrSessionData)
    assert made.uri == "/data/experiments/X_E1"
    assert wire.bodies() == [
        "src=%2Fprearchive%2Fprojects%2FP%2F20211221_160614825%2FSample_ID&auto-archive=false&subject=S&session=E"
    ]


def test_a_failure_while_the_server_goes_on_is_waited_for(held, wire):
    wire.answer("POST", "/data/services/archive", b"<h3>timed out</h3>", 500)
    wire.table(PLACE, [cells(status="_ARCHIVING")])
    wire.table(PLACE, [])
    wire.item("/data/projects/P/experiments/Sample_ID", "xnat:mrSessionData", {"ID": "X_E1", "UID": "1.2"})
    assert held.archive(patience=patience()).uri == "/data/experiments/X_E1"


def test_another_study_of_that_label_is_not_taken_for_the_archived_one(held, wire):
    wire.answer("POST", "/data/services/archive", b"<h3>timed out</h3>", 500)
    wire.table(PLACE, [])
    wire.item("/data/projects/P/experiments/Sample_ID", "xnat:mrSessionData", {"ID": "X_E1", "UID": "9.9"})
    with pytest.raises(ServerError, match="timed out"):
        held.archive(patience=patience())


def test_refusals_to_archive(held, wire):
    wire.answer("POST", "/data/services/archive", b"<h3>Session already exists</h3>", 500)
    wire.table(PLACE, [cells(status="CONFLICT")])
    with pytest.raises(ConflictError, match="already exists"):
        held.archive(patience=patience())
    with pytest.raises(InvalidValueError, match="overwrite takes"):
        held.archive("everything")
    with pytest.raises(InvalidValueError, match="never a lock"):
        held.set_status("_BUILDING")


def test_files_with_odd_names_are_found_where_they_are(session, wire, held):
    base = f"{PLACE}/scans/1/resources/DICOM/files"
    wire.table(f"{PLACE}/scans", [{"ID": "1", "xsiType": "xnat:mrScanData", "series_description": ""}])
    wire.table(f"{PLACE}/scans/1/resources", [{"label": "DICOM", "file_count": "1", "file_size": ""}])
    raw = "/prearchive/projects/P/20211221_160614825/Sample_ID/scans/1/resources/DICOM/files/sub/ü #1.dcm"
    wire.table(base, [{"Name": "ü #1.dcm", "Size": "4", "URI": raw}])
    (resource,) = held.scans["1"].resources
    assert resource.file_size == 0
    assert resource.files[0].uri == f"{base}/sub/%C3%BC%20%231.dcm"


# Imports


@pytest.mark.parametrize(
    ("answer", "kind", "uri"),
    [
        (b"/data/prearchive/projects/P/1/F\r\n", PrearchiveSession, "/data/prearchive/projects/P/1/F"),
        (
            b"https://xnat.example.org/data/prearchive/projects/P/1/F",
            PrearchiveSession,
            "/data/prearchive/projects/P/1/F",
        ),
        (b"/xapi/direct-archive/P/1.2/a%20b\r\n", DirectArchiveSession, "/xapi/direct-archive/P/1.2/a%20b"),
    ],
)
def test_what_an_answer_names(session, wire, answer, kind, uri):
    wire.answer("POST", IMPORT, answer)
    made = session.services.import_(data=b"PK\x03\x04")
    assert isinstance(made, kind)
    assert made.uri == uri


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "made no session"),
        (b"OK", "made no session"),
        (b"Submitted", "no place"),
        (b"http://e.org/data/x", "no place"),
    ],
)
def test_answers_that_name_nothing(session, wire, answer, message):
    wire.answer("POST", IMPORT, answer)
    with pytest.raises(UnexpectedAnswerError, match=message):
        session.services.import_(data=b"PK\x03\x04")


def test_media_types_by_name_and_by_first_bytes(session, wire, tmp_path):
    wire.answer("POST", IMPORT, b"/data/prearchive/projects/P/1/F")
    named = {"a.ZIP": "application/zip", "a.tgz": "application/x-gzip", "a.tar": "application/x-tar"}
    for name in named:
        (tmp_path / name).write_bytes(b"x")
        session.services.import_(tmp_path / name)
    for head in (b"PK\x03\x04", b"\x1f\x8b", b"\0" * 128 + b"DICM", b"\0" * 257 + b"ustar"):
        session.services.import_(data=head)
    session.services.import_(data=b"x", content_type="application/x-mirc")
    sent = [request.headers["Content-Type"] for request in wire.requests]
    assert sent == [
        *named.values(), "application/zip", "application/x-gzip", "application/dicom", "application/x-tar",
        "application/x-mirc",
    ]  # fmt: skip
    assert all(request.length for request in wire.requests)


def test_the_inbox_request_reads_as_the_server_tells_it(session, wire):
    wire.answer("POST", IMPORT, b"/xapi/dicom/7")
    wire.answer(
        "GET", "/xapi/dicom/7",
        {
            "id": 7, "username": "me", "status": "Importing", "sessionPath": "/inbox/a", "cleanupAfterImport": True,
            "enabled": True, "created": 1640103984069, "timestamp": 1640103985000, "parameters": {"PROJECT_ID": "P"},
        },
    )  # fmt: skip
    request = session.services.import_dicom_inbox("/inbox/a", True, "P")
    assert (request.id, request.username, request.session_path, request.project_id) == (7, "me", "/inbox/a", "P")
    assert (request.cleanup_after_import, request.enabled, request.subject_id) == (True, True, None)
    assert request.created == datetime.datetime(2021, 12, 21, 16, 26, 24, 69000, datetime.UTC)
    with pytest.raises(WaitTimeoutError):
        request.wait(timeout=3, sleep=lambda _: None)
    wire.answers[("GET", "/xapi/dicom/7")] = []
    wire.answer("GET", "/xapi/dicom/7", {"status": "Failed"})
    with pytest.raises(OperationFailedError, match="failed"):
        request.wait()


# The other services


def test_dumps_ask_in_the_form_that_the_server_knows(session, wire):
    row = {"tag1": "(0010,0010)", "tag2": "", "vr": "PN", "value": "A &amp; B&lt;", "desc": "Patient&#39;s Name"}
    wire.table("/data/services/dicomdump", [row])
    wire.item("/data/experiments/X_E1", "xnat:mrSessionData", {"ID": "X_E1", "project": "P"})
    dump = session.service.dicom_dump
    assert dump("/data/projects/P/experiments/E/scans/a%20b", ["PatientName", "00080060"])[0] == {
        **row, "value": "A & B<", "desc": "Patient's Name",
    }  # fmt: skip
    dump("https://xnat.example.org/data/archive/projects/P/subjects/S/experiments/E", summary=True)
    dump("/prearchive/projects/P/1/F/scans/1")
    dump("/data/experiments/X_E1/scans/4")
    service = "GET /data/services/dicomdump?format=json&src="
    assert wire.sent() == [
        f"{service}%2Farchive%2Fprojects%2FP%2Fexperiments%2FE%2Fscans%2Fa+b&field=PatientName&field=00080060",
        f"{service}%2Farchive%2Fprojects%2FP%2Fsubjects%2FS%2Fexperiments%2FE&summary=true",
        f"{service}%2Fprearchive%2Fprojects%2FP%2F1%2FF%2Fscans%2F1",
        "GET /data/experiments/X_E1?format=json",
        f"{service}%2Farchive%2Fprojects%2FP%2Fexperiments%2FX_E1%2Fscans%2F4",
    ]


def test_dumps_of_what_cannot_be_dumped(session, wire):
    with pytest.raises(InvalidValueError, match="no DICOM keyword"):
        session.services.dicom_dump("/data/projects/P/experiments/E", ["0010,0010"])
    with pytest.raises(InvalidValueError, match="takes an imaging session"):
        session.services.dicom_dump("/data/subjects/S")
    with pytest.raises(ForeignUrlError):
        session.services.dicom_dump("https://other.example.org/data/projects/P/experiments/E")
    assert [sent for sent in wire.sent() if "dicomdump" in sent] == []


def test_catalogs_are_refreshed_by_one_request(session, wire):
    wire.answer("POST", "/data/services/refresh/catalog", b"")
    session.services.refresh_catalog("/data/experiments/E/resources/1", checksum=True, populate_stats=True)
    session.services.refresh_catalog(["/archive/projects/P", "/data/projects/Q"])
    session.services.refresh_catalog("/data/projects/P", True, True, True, True)
    base = "POST /data/services/refresh/catalog?resource=%2Farchive%2F"
    assert wire.sent() == [
        f"{base}experiments%2FE%2Fresources%2F1&options=checksum%2CpopulateStats",
        f"{base}projects%2FP&resource=%2Farchive%2Fprojects%2FQ",
        f"{base}projects%2FP&options=checksum%2Cdelete%2Cappend%2CpopulateStats",
    ]


def test_tokens_can_be_taken_apart_and_hide_their_secret(session, wire):
    wire.answer("GET", "/data/services/tokens/issue", {"alias": "a", "secret": "s3cret"})
    token = session.services.issue_token()
    alias, secret = token
    assert (alias, secret) == ("a", "s3cret")
    assert "s3cret" not in repr(token)


def test_addresses_of_prearchive_sessions(session, wire):
    with pytest.raises(InvalidValueError, match="address of a received session"):
        session.prearchive.get("/data/projects/P")
    wire.answer("GET", PLACE, b"<h3>no</h3>", 404)
    with pytest.raises(NotFoundError):
        session.prearchive.get(PLACE)
    with pytest.raises(InvalidValueError):
        session.prearchive.recent(0)
    wire.answers[("GET", PLACE)] = []
    wire.table(PLACE, [cells()])
    wire.answer("DELETE", PLACE, b"", 400)
    found = session.prearchive.get(PLACE)
    with pytest.raises(BadRequestError):
        found.delete()
