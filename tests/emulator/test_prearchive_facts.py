"""Received sessions from their first file to the archive, fact by fact (dicom-import sections 7, 8 and 10)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from .imports_dicom import make, zipped

IMPORT = "/data/services/import"


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def store(archive):
    return archive.prearchive


@pytest.fixture
def name(client, project):
    assert client.put(f"{project}/prearchive_code/0").status == 200
    return project.rpartition("/")[2]


def gradual(client, data, **query):
    named = {"import-handler": "gradual-DICOM", "inbody": "true", **query}
    answer = client.post(f"{IMPORT}?{urlencode(named)}", body=data, headers={"Content-Type": "application/dicom"})
    assert answer.status == 200, answer.data
    return answer.data.decode().strip()


def upload(client, files, handler="SI", **query):
    named = {"import-handler": handler, **query}
    headers = {"Content-Type": "application/zip"}
    return client.post(f"{IMPORT}?{urlencode(named)}", body=zipped(files), headers=headers)


def row_of(client, uri):
    return client.rows(f"{uri}?format=json")[0]


def session_of(store, uri):
    project, timestamp, folder = uri.split("/")[4:]
    return store.get("" if project == "Unassigned" else project, timestamp, folder)


def finish(emulator):
    emulator.site.collect()
    emulator.site.settle()


# --- 58 to 61: rows and their folders ---


@pytest.mark.parametrize("timestamp", ["20211221_160614825", "20211221_160614"])
def test_timestamps_with_and_without_milliseconds_are_taken_58(client, name, timestamp):
    dest = f"/prearchive/projects/{name}/{timestamp}/here"
    answer = upload(client, {"a.dcm": make(study="7.58.1")}, dest=dest)
    assert answer.data.decode().strip() == f"/data{dest}"
    assert row_of(client, f"/data{dest}")["uploaded"].startswith("2021-12-21 16:06:14.")


def test_first_object_makes_a_receiving_row_61(client, name):
    uri = gradual(client, make(study="7.61.1", PatientName="Sub", PatientID="Ses-1"), PROJECT_ID=name)
    row = row_of(client, uri)
    assert row["status"] == "RECEIVING"
    assert (row["name"], row["folderName"], row["subject"]) == ("Ses-1", "Ses-1", "Sub")
    assert row["tag"] == "7.61.1"
    assert row["scan_date"].startswith("2006-12-14")
    assert row["uploaded"] == ""
    assert row["lastmod"] != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RECEIVING", "RECEIVING"),
        ("RECEIVING_INTERRUPT", "RECEIVING_INTERRUPT"),
        ("BUILDING", "RECEIVING_INTERRUPT"),
        ("READY", "RECEIVING"),
        ("ERROR", "RECEIVING"),
        ("CONFLICT", "RECEIVING"),
        ("QUEUED_BUILDING", "RECEIVING"),
        ("ARCHIVING", "RECEIVING"),
        ("MOVING", "RECEIVING"),
        ("DELETING", "RECEIVING"),
        ("SEPARATING", "RECEIVING"),
    ],
)
def test_further_objects_reuse_the_row_of_project_study_and_name_59(client, store, name, before, after):
    study = f"7.59.{sum(before.encode())}"
    uri = gradual(client, make(study=study), PROJECT_ID=name)
    session = session_of(store, uri)
    session.status = before
    store.save(session)
    assert gradual(client, make(study=study, number=2), PROJECT_ID=name) == uri
    assert row_of(client, uri)["status"] == after
    assert len(store.files(session)) == 2


def test_another_name_or_project_or_study_makes_another_row_59(client, name):
    found = {
        gradual(client, make(study="7.59.1"), PROJECT_ID=name),
        gradual(client, make(study="7.59.1"), PROJECT_ID=name, EXPT_LABEL="other"),
        gradual(client, make(study="7.59.2"), PROJECT_ID=name),
        gradual(client, make(study="7.59.1", PatientComments="nothing")),
    }
    assert len(found) == 4


# --- 62, 63: rows of the session importer, and what the document says ---


def test_session_importer_holds_its_rows_back_62(client, name):
    uri = upload(client, {"a.dcm": make(study="7.62.1")}, project=name).data.decode().strip()
    row = row_of(client, uri)
    assert (row["prevent_auto_commit"], row["SOURCE"], row["status"]) == ("true", "SessionImporter", "READY")


def test_row_shows_what_the_document_says_63(client, store, name):
    uri = upload(client, {"a.dcm": make(study="7.63.1")}, project=name).data.decode().strip()
    row = row_of(client, uri)
    assert (row["tag"], row["scan_date"], row["scan_time"]) == ("7.63.1", "2006-12-14 00:00:00.0", "09:12:06")
    assert row["uploaded"][:10].replace("-", "") == row["timestamp"][:8]
    session = session_of(store, uri)
    for path in ("subject_ID", "label"):
        session.document.values.pop(path, None)
    store.save(session)
    client.post(f"{uri}?action=reset-status")
    row = row_of(client, uri)
    assert (row["subject"], row["name"]) == ("Sample Patient", "Sample ID")
    session.document.values.pop("dcmPatientId")
    store.save(session)
    client.post(f"{uri}?action=reset-status")
    assert row_of(client, uri)["name"] == session.folder


# --- 65: the ways of a row ---


def test_received_objects_are_built_when_nothing_more_comes_65(client, emulator, name):
    uri = gradual(client, make(study="7.65.1"), PROJECT_ID=name)
    finish(emulator)
    row = row_of(client, uri)
    assert row["status"] == "READY"
    assert [scan["ID"] for scan in client.rows(f"{uri}/scans")] == ["1"]


def test_objects_after_the_build_join_the_session_65(client, emulator, name):
    uri = gradual(client, make(study="7.65.2"), PROJECT_ID=name)
    finish(emulator)
    gradual(client, make(study="7.65.2", SeriesNumber=2), PROJECT_ID=name)
    assert row_of(client, uri)["status"] == "RECEIVING"
    finish(emulator)
    assert [scan["ID"] for scan in client.rows(f"{uri}/scans")] == ["1", "2"]


def test_rebuilt_session_is_not_archived_65(client, emulator, project, name):
    """Only what is still being received archives itself; test_version_differences.py has that."""
    uri = gradual(client, make(study="7.65.3"), PROJECT_ID=name)
    assert client.post(f"{uri}?action=build").status == 200
    client.put(f"{project}/prearchive_code/4")
    assert client.post(f"/data/services/prearchive/rebuild?src={uri}").status == 200
    emulator.site.settle()
    assert row_of(client, uri)["status"] == "READY"


@pytest.mark.parametrize("status", ["_BUILDING", "ARCHIVING"])
def test_busy_session_cannot_be_archived_65(client, store, name, status):
    uri = upload(client, {"a.dcm": make(study="7.65.4")}, project=name).data.decode().strip()
    session = session_of(store, uri)
    session.status = status
    store.save(session)
    answer = client.post(f"/data/services/archive?src={uri}")
    assert answer.status == 403
    assert client.message(answer) == "Operation already in progress on this prearchive entry."


def test_conflict_shows_in_the_row_and_its_log_65(client, name):
    first = upload(client, {"a.dcm": make(study="7.65.5")}, project=name).data.decode().strip()
    assert client.post(f"/data/services/archive?src={first}&session=e&subject=a").status == 200
    second = upload(client, {"a.dcm": make(study="7.65.6")}, project=name).data.decode().strip()
    assert client.post(f"/data/services/archive?src={second}&session=e&subject=a").status == 500
    assert row_of(client, second)["status"] == "CONFLICT"
    assert client.get(f"{second}/logs/last").data != b""


# --- 72 to 74: archiving by itself ---


def test_new_projects_archive_by_themselves_72(client, emulator, project):
    project_id = project.rpartition("/")[2]
    assert client.get(f"{project}/prearchive_code").data.strip() == b"4"
    uri = gradual(client, make(study="7.72.1"), PROJECT_ID=project_id)
    finish(emulator)
    assert client.rows(f"{uri}?format=json") == []
    assert client.get(f"{project}/subjects/Sample_Patient/experiments/Sample_ID?format=json").status == 200


@pytest.mark.parametrize(
    ("code", "comment", "archived"),
    [
        ("0", "AA:true", True),
        ("4", "", True),
        ("0", "", False),
        ("0", "AA:f", False),
        ("0", "Project:x AA:T", True),
    ],
)
def test_word_in_the_header_beats_the_project_73(client, emulator, project, name, code, comment, archived):
    client.put(f"{project}/prearchive_code/{code}")
    uri = gradual(client, make(study="7.73.1", PatientComments=comment), PROJECT_ID=name)
    finish(emulator)
    assert (client.rows(f"{uri}?format=json") == []) is archived


def test_rows_without_a_project_are_never_archived_73(client, emulator):
    uri = gradual(client, make(study="7.73.2", PatientComments="AA:true"))
    finish(emulator)
    assert row_of(client, uri)["status"] == "READY"


@pytest.mark.parametrize(("code", "again"), [("4", "CONFLICT"), ("5", None)])
def test_code_decides_whether_files_are_replaced_74(client, emulator, project, name, code, again):
    client.put(f"{project}/prearchive_code/{code}")
    for _ in range(2):
        uri = gradual(client, make(study="7.74.1"), PROJECT_ID=name)
        finish(emulator)
    rows = client.rows(f"{uri}?format=json")
    assert [row["status"] for row in rows] == ([] if again is None else [again])


def test_further_files_are_merged_by_themselves_74(client, emulator, project, name):
    client.put(f"{project}/prearchive_code/4")
    for number in (1, 2):
        files = {f"{number}.dcm": make(study="7.74.2", number=number)}
        uri = upload(client, files, "DICOM-zip", PROJECT_ID=name).data.decode().strip()
        assert uri.startswith("/data/prearchive/")
        finish(emulator)
        assert client.rows(f"{uri}?format=json") == []
    scan = f"{project}/subjects/Sample_Patient/experiments/Sample_ID/scans/1"
    assert len(client.rows(f"{scan}/resources/DICOM/files")) == 2


# --- 92 and the way through ---


def test_two_archives_of_one_study_are_one_session_92(client, name):
    uris = [
        upload(client, {f"{number}.dcm": make(study="7.92.1", number=number)}, "DICOM-zip", PROJECT_ID=name).data
        for number in (1, 2)
    ]
    assert uris[0] == uris[1]


def test_unassigned_study_is_moved_and_archived(client, emulator, project, name):
    uri = gradual(client, make(study="7.99.1"))
    finish(emulator)
    assert client.post(f"/data/services/archive?src={uri}").status == 400
    answer = client.post(f"{uri}?action=move&newProject={name}")
    assert answer.status == 301
    moved = answer.data.decode()
    answer = client.post(f"/data/services/archive?src={moved}&subject=s1&session=e1")
    assert answer.data == f"/data/archive/projects/{name}/subjects/s1/experiments/e1\r\n".encode()
    assert client.rows(f"{moved}?format=json") == []


def test_session_resources_are_archived_too(client, project, name):
    uri = upload(client, {"a.dcm": make(study="7.99.2")}, project=name).data.decode().strip()
    headers = {"Content-Type": "application/octet-stream"}
    assert client.put(f"{uri}/resources/NOTES/files/a.txt?inbody=true", body=b"text", headers=headers).status == 200
    assert client.post(f"/data/services/archive?src={uri}&subject=s1&session=e1").status == 200
    files = client.rows(f"{project}/subjects/s1/experiments/e1/resources/NOTES/files")
    assert [file["Name"] for file in files] == ["a.txt"]


def test_dump_of_a_received_and_of_the_archived_session_are_the_same(client, name):
    uri = upload(client, {"a.dcm": make(study="7.99.3")}, project=name).data.decode().strip()

    def dump(source):
        answer = client.get(f"/data/services/dicomdump?{urlencode({'src': source})}")
        return json.loads(answer.data)["ResultSet"]["Result"]

    received = dump(uri.removeprefix("/data"))
    archived = client.post(f"/data/services/archive?src={uri}&subject=s1&session=e1").data.decode().strip()
    assert received
    assert dump(archived.removeprefix("/data")) == received
