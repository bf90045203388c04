"""The import service: handlers, destinations, answers and refusals (rest-data 13, dicom-import section 10)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import urllib3

from .imports_dicom import MR, make, study, tarred, zipped

IMPORT = "/data/services/import"


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def send(client, data, *, media="application/zip", headers=None, **query):
    named = {key.replace("_", "-") if key in {"import_handler"} else key: value for key, value in query.items()}
    return client.post(f"{IMPORT}?{urlencode(named)}", body=data, headers={"Content-Type": media, **(headers or {})})


def prearchive(client, name):
    """Return the received sessions of a project; who sees all data is also sent those without one."""
    rows = json.loads(client.get(f"/data/prearchive/projects/{name}").data)["ResultSet"]["Result"]
    return [row for row in rows if row["project"] == name]


def test_a_session_is_archived_at_once_where_the_project_does_so(client, name):
    response = send(client, zipped(study("1.5.1")), project=name, subject="S1", session="E1")
    assert (response.status, response.headers["content-type"].partition(";")[0]) == (200, "text/uri-list")
    assert response.data == f"/data/archive/projects/{name}/subjects/S1/experiments/E1\r\n".encode()
    uri = response.data.decode().strip()
    fields = client.fields(uri)
    assert fields["date"] == "2006-12-14"
    assert fields["time"] == "09:12:06"
    assert fields["UID"] == "1.5.1"
    assert fields["dcmPatientName"] == "Sample Patient"
    assert fields["ID"].startswith("XNAT_E")
    scans = client.rows(f"{uri}/scans")
    assert [(scan["ID"], scan["type"], scan["quality"], scan["xsiType"]) for scan in scans] == [
        ("1", "Series 1", "usable", "xnat:mrScanData"),
        ("2", "Series 2", "usable", "xnat:mrScanData"),
    ]
    files = client.rows(f"{uri}/scans/1/resources/DICOM/files")
    assert [(file["Name"], file["collection"], file["file_format"]) for file in files] == [
        ("IM0001.dcm", "DICOM", "DICOM"),
        ("IM0002.dcm", "DICOM", "DICOM"),
    ]
    assert prearchive(client, name) == []


def test_labels_come_from_the_headers_and_are_cleaned_when_archived(client, name):
    uri = send(client, zipped(study("1.5.2")), project=name).data.decode().strip()
    assert uri == f"/data/archive/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID"


def test_a_project_that_archives_by_hand_keeps_sessions_in_the_prearchive(client, project, name):
    assert client.put(f"{project}/prearchive_code/0").status == 200
    response = send(client, zipped(study("1.5.3")), project=name)
    assert response.data.startswith(f"/data/prearchive/projects/{name}/".encode())
    assert response.data.endswith(b"/Sample_ID\r\n")
    (row,) = prearchive(client, name)
    assert (row["status"], row["name"], row["folderName"]) == ("READY", "Sample ID", "Sample_ID")
    assert (row["SOURCE"], row["tag"], row["subject"]) == ("SessionImporter", "1.5.3", "Sample_Patient")


def test_a_destination_in_the_prearchive_holds_back_what_would_be_archived(client, name):
    response = send(client, zipped(study("1.5.4")), dest=f"/prearchive/projects/{name}")
    assert response.data.startswith(f"/data/prearchive/projects/{name}/".encode())


def test_a_destination_names_the_folders(client, name):
    dest = f"/prearchive/projects/{name}/20200101_101112013/here"
    response = send(client, zipped(study("1.5.5")), dest=dest)
    assert response.data.decode() == f"/data{dest}\r\n"


def test_two_uploads_into_one_named_folder_are_merged(client, name):
    dest = f"/prearchive/projects/{name}/20200101_101112013/here"
    send(client, zipped(study("1.5.6", scans=1)), dest=dest)
    assert send(client, zipped(study("1.5.6", scans=1, start=3)), dest=dest).status == 200
    files = json.loads(client.get(f"/data{dest}/scans/1/resources/DICOM/files").data)["ResultSet"]["Result"]
    assert len(files) == 4


def test_a_destination_in_the_archive_names_subject_and_session(client, name):
    dest = f"/archive/projects/{name}/subjects/S9/experiments/E9"
    assert send(client, zipped(study("1.5.7")), dest=dest).data.decode() == f"/data{dest}\r\n"


def test_several_studies_are_several_sessions_of_the_prearchive(client, name):
    files = {**study("1.5.8"), **{f"b/{key}": data for key, data in study("1.5.9").items()}}
    response = send(client, zipped(files), dest=f"/prearchive/projects/{name}")
    assert len(response.data.decode().split("\r\n")) == 3
    assert len(prearchive(client, name)) == 2


def test_several_studies_are_refused_by_the_archive(client, name):
    files = {**study("1.5.8"), **{f"b/{key}": data for key, data in study("1.5.9").items()}}
    response = send(client, zipped(files), project=name, dest="/archive")
    assert response.status == 400
    assert client.message(response) == "Upload included files for multiple imaging sessions."
    assert prearchive(client, name) == []


def test_what_is_no_dicom_is_left_out(client, name):
    files = {**study("1.5.10", scans=1), "README.txt": b"read me", "empty": b""}
    uri = send(client, zipped(files), project=name).data.decode().strip()
    assert len(client.rows(f"{uri}/scans/1/resources/DICOM/files")) == 2


def test_an_upload_without_dicom_is_refused(client, name):
    response = send(client, zipped({"README.txt": b"read me"}), project=name)
    assert response.status == 400
    assert client.message(response) == "Upload did not include parsable files for session generation."


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tars_are_taken_too(client, name, mode):
    media = "application/x-tar" if mode == "w" else "application/gzip"
    response = send(client, tarred(study("1.5.11"), mode), media=media, project=name, session=mode.replace(":", "_"))
    assert response.status == 200
    assert b"/archive/" in response.data


def test_a_single_object_is_a_session_too(client, name):
    response = send(client, make(study="1.5.12"), media="application/octet-stream", project=name, inbody="true")
    assert response.data.decode().strip().endswith("/Sample_ID")


def test_a_multipart_form_may_hold_the_parameters(client, name):
    fields = {"project": name, "session": "FORM", "file": ("study.zip", zipped(study("1.5.13")))}
    body, media = urllib3.encode_multipart_formdata(fields)
    response = client.post(IMPORT, body=body, headers={"Content-Type": media})
    assert response.data.decode().strip().endswith("/experiments/FORM")


def test_two_files_are_too_many(client):
    body, media = urllib3.encode_multipart_formdata({"a": ("a.zip", b"1"), "b": ("b.zip", b"2")})
    response = client.post(IMPORT, body=body, headers={"Content-Type": media})
    assert (response.status, client.message(response)) == (
        400,
        "Importer is limited to one uploaded resource at a time.",
    )


def test_no_file_is_refused(client):
    named = client.post(f"{IMPORT}?import-handler=SI")
    assert (named.status, client.message(named)) == (400, "Unable to identify upload format.")
    assert client.post(IMPORT).status == 500


def test_unknown_handlers_are_not_found(client):
    response = send(client, b"x", import_handler="DICOM-inbox")
    assert (response.status, client.message(response)) == (
        404,
        "Unknown importer implementation specified: DICOM-inbox",
    )


def test_damaged_archives_are_refused(client, name):
    assert send(client, zipped(study("1.5.14"))[:-60], project=name).status == 400
    assert send(client, b"no zip at all", project=name).status == 400


@pytest.mark.parametrize("handler", ["SI", "DICOM-zip", "XAR"])
def test_a_member_that_is_damaged_is_refused(client, name, handler):
    data = zipped({"a.dcm": make(study="1.5.34", PatientComments="damaged")}).replace(b"damaged", b"Damaged")
    assert send(client, data, project=name, import_handler=handler).status == 400
    assert prearchive(client, name) == []


def test_only_post_is_served(client):
    assert client.get(IMPORT).status == 405


def test_plain_text_is_one_address_without_an_end(client, name):
    response = send(client, zipped(study("1.5.15")), project=name, headers={"Accept": "text/plain"})
    assert response.data.decode() == f"/data/archive/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID"


def test_html_is_a_page_even_on_errors(client, name):
    response = send(client, b"no zip", project=name, format="html")
    assert (response.status, response.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert b"<html>" in response.data


def test_objects_are_received_one_by_one(client, name):
    for number in (1, 2):
        data = make(study="1.5.16", number=number, StudyComments="x")
        response = send(client, data, media="application/dicom", PROJECT_ID=name)
        uri = response.data.decode().strip()
        assert uri.startswith(f"/data/prearchive/projects/{name}/")
    (row,) = prearchive(client, name)
    assert (row["status"], row["name"], row["folderName"]) == ("RECEIVING", "Sample_ID", "Sample_ID")
    assert (row["scan_date"], row["scan_time"], row["autoarchive"]) == (
        "2006-12-14 00:00:00.0",
        "09:12:06",
        "AutoArchive",
    )
    assert row["uploaded"] == ""
    assert client.post(f"{uri}?action=commit").status == 301
    session = f"/data/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID"
    assert len(client.rows(f"{session}/scans/1/files")) == 2


def test_mirc_is_told_ok(client, name):
    response = send(client, make(study="1.5.17"), media="application/x-mirc", PROJECT_ID=name)
    assert response.data == b"OK"


def test_without_a_project_objects_are_unassigned(client):
    response = send(client, make(study="1.5.18"), media="application/dicom", EXPT_LABEL="lost")
    assert response.data.startswith(b"/data/prearchive/projects/Unassigned/")
    assert client.delete(response.data.decode().strip()).status == 200


def test_headers_name_project_subject_and_session(client, name):
    comments = f"Project:{name} Subject:Sub-1; Session:Ses-1"
    response = send(client, make(study="1.5.19", PatientComments=comments), media="application/dicom")
    assert response.data.decode().strip().endswith("/Ses-1")
    assert prearchive(client, name)[0]["subject"] == "Sub-1"


def test_objects_without_identity_are_refused(client):
    response = send(client, make(study="1.5.20", SOPInstanceUID=None), media="application/dicom")
    assert response.status == 400
    assert client.message(response).endswith("contains no SOP Instance UID")
    response = send(client, b"no dicom", media="application/dicom")
    assert (response.status, client.message(response)) == (400, "unable to read DICOM object upload.dcm")


def test_an_archive_of_objects_is_received(client, name):
    response = send(client, zipped(study("1.5.21")), PROJECT_ID=name, import_handler="DICOM-zip")
    again = send(client, zipped(study("1.5.21", start=5)), PROJECT_ID=name, import_handler="DICOM-zip")
    assert response.data == again.data
    (row,) = prearchive(client, name)
    assert row["status"] == "RECEIVING"


def test_a_member_that_is_no_object_fails_the_import_unless_it_may_be_skipped(client, name):
    files = zipped({"README.txt": b"read me", **study("1.5.22")})
    response = send(client, files, PROJECT_ID=name, import_handler="DICOM-zip")
    assert (response.status, client.message(response)) == (400, "unable to read DICOM object README.txt")
    query = {"PROJECT_ID": name, "import_handler": "DICOM-zip", "Ignore-Unparsable": "true"}
    assert send(client, files, **query).status == 200


def test_only_archives_are_unpacked(client, name):
    response = send(
        client, b"no archive", media="application/octet-stream", PROJECT_ID=name, import_handler="DICOM-zip"
    )
    assert response.status == 400
    assert client.message(response).startswith("Unsupported format")


def test_commit_archives_what_was_received(client, name):
    query = {"PROJECT_ID": name, "EXPT_LABEL": "Z1", "import_handler": "DICOM-zip", "action": "commit"}
    response = send(client, zipped(study("1.5.23")), **query)
    assert response.data.decode() == f"/data/archive/projects/{name}/subjects/Sample_Patient/experiments/Z1\r\n"


def test_names_clash_by_number_or_by_template(client, name):
    clash = {"a/x.dcm": make(study="1.5.24", number=1), "b/x.dcm": make(study="1.5.24", number=2)}
    uri = send(client, zipped(clash), project=name, session="SI1").data.decode().strip()
    assert {file["Name"] for file in client.rows(f"{uri}/scans/1/files")} == {"x.dcm", "x.dcm_1"}
    query = {"PROJECT_ID": name, "EXPT_LABEL": "Z2", "import_handler": "DICOM-zip", "action": "commit"}
    uri = send(client, zipped(clash), **query).data.decode().strip()
    names = {file["Name"] for file in client.rows(f"{uri}/scans/1/files")}
    assert "x.dcm" in names
    assert len([one for one in names if one.startswith("1.5.24-1-2-")]) == 1


def test_files_are_renamed_when_that_is_wanted(client, name):
    query = {"PROJECT_ID": name, "import_handler": "DICOM-zip", "action": "commit", "rename": "true"}
    uri = send(client, zipped({"a/x": make(MR, study="1.5.25", number=7)}), **query).data.decode().strip()
    (file,) = client.rows(f"{uri}/scans/1/files")
    assert file["Name"].startswith("1.5.25-1-7-")
    assert file["Name"].endswith(".dcm")


def test_direct_archiving_waits_for_its_word(client, name):
    query = {"PROJECT_ID": name, "EXPT_LABEL": "D1", "import_handler": "DICOM-zip", "Direct-Archive": "true"}
    uri = send(client, zipped(study("1.5.26")), **query).data.decode().strip()
    assert uri == f"/xapi/direct-archive/{name}/1.5.26/D1"
    assert client.post(uri).status == 200
    assert len(client.rows(f"/data/projects/{name}/subjects/Sample_Patient/experiments/D1/scans")) == 2
    assert client.post(uri).status == 404


def test_overwrite_is_refused_with_a_code_for_the_archive(client, name):
    response = send(client, zipped(study("1.5.27")), project=name, prearchive_code="1", overwrite="append")
    assert response.status == 400
    assert b"/archive/" in send(client, zipped(study("1.5.27")), project=name, prearchive_code="1").data


def test_a_destination_elsewhere_is_refused(client, name):
    assert send(client, zipped(study("1.5.28")), project=name, dest="/elsewhere").status == 400


def test_cached_uploads_are_imported(client, name):
    path = "/data/user/cache/resources/up/files/study.zip"
    assert (
        client.put(
            f"{path}?inbody=true", body=zipped(study("1.5.29")), headers={"Content-Type": "application/zip"}
        ).status
        == 200
    )
    response = client.post(f"{IMPORT}?{urlencode({'src': path.removeprefix('/data'), 'project': name})}")
    assert b"/archive/" in response.data
    assert client.post(f"{IMPORT}?src=/user/cache/resources/up/files/none.zip").status == 404
    assert client.post(f"{IMPORT}?src=/elsewhere").status == 400


def test_progress_of_a_cached_upload_is_told_later(client, emulator, name):
    path = "/data/user/cache/resources/up/files/later.zip"
    client.put(f"{path}?inbody=true", body=zipped(study("1.5.30")), headers={"Content-Type": "application/zip"})
    query = {"src": path, "project": name, "http-session-listener": "import-progress"}
    response = client.post(f"{IMPORT}?{urlencode(query)}")
    assert response.data == b"Submitted for prearchival"
    emulator.site.settle()
    messages = json.loads(client.get("/data/status/import-progress?format=json").data)["msgs"][0]
    assert messages[-1]["msg"] == f"Archive:/archive/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID"


def test_the_inbox_is_read_after_the_answer(client, emulator, name):
    folder = emulator.site.archive.folder / "server" / "inbox" / name
    folder.mkdir(parents=True)
    (folder / "a.dcm").write_bytes(make(study="1.5.31"))
    query = {"import_handler": "inbox", "path": f"/inbox/{name}", "PROJECT_ID": name, "EXPT_LABEL": "I1"}
    response = client.post(f"{IMPORT}?{urlencode({'import-handler': 'inbox', **query})}")
    assert response.data.startswith(b"/xapi/dicom/")
    emulator.site.settle()
    assert len(client.rows(f"/data/projects/{name}/subjects/Sample_Patient/experiments/I1/scans")) == 1
    again = client.post(f"{IMPORT}?{urlencode({'import-handler': 'inbox', **query})}")
    assert again.status == 409
    outside = urlencode({"import-handler": "inbox", "path": "../../etc", "PROJECT_ID": name})
    assert client.post(f"{IMPORT}?{outside}").status == 400


def test_what_xar_sends_can_be_imported(client, project, name):
    uri = send(client, zipped(study("1.5.32")), project=name, session="X1").data.decode().strip()
    identifier = client.fields(uri)["ID"]
    xar = client.get(f"/data/experiments/{identifier}/XAR")
    assert xar.status == 200
    other = f"{project}X"
    assert client.put(other).status == 200
    response = send(client, xar.data, import_handler="XAR", project=f"{name}X")
    assert response.data.startswith(b"/data/archive/experiments/XNAT_E")
    copied = response.data.decode().strip()
    assert client.fields(copied)["project"] == f"{name}X"
    assert len(client.rows(f"{copied}/scans/1/resources/DICOM/files")) == 2
    assert len(client.rows(f"{copied}/scans")) == 2
    assert send(client, xar.data, import_handler="XAR", project=f"{name}X").status == 409


def test_many_studies_of_one_patient_are_as_many_sessions(client, name):
    files = {f"{n}/a.dcm": make(study=f"1.5.35.{n}") for n in range(12)}
    response = send(client, zipped(files), dest=f"/prearchive/projects/{name}")
    assert response.data.count(b"\r\n") == 12
    assert len(prearchive(client, name)) == 12


def test_refused_imports_leave_nothing_behind(client, emulator, name):
    def contents():
        return {path.name for path in (emulator.site.archive.folder / "blobs").rglob("*") if path.is_file()}

    before = contents()
    several = {"a": make(study="1.5.36"), "b": make(study="1.5.37"), "c": b"text"}
    assert send(client, zipped(several), project=name, dest="/archive").status == 400
    nameless = make(study="1.5.38", SOPInstanceUID=None)
    assert send(client, zipped({"a": nameless}), project=name).status == 400
    assert send(client, nameless, media="application/dicom", PROJECT_ID=name).status == 400
    assert contents() == before


def test_names_that_lead_outside_are_only_names(client, name):
    files = {"../../evil.dcm": make(study="1.5.33", number=1), "/abs/olute.dcm": make(study="1.5.33", number=2)}
    uri = send(client, zipped(files), project=name).data.decode().strip()
    assert {file["Name"] for file in client.rows(f"{uri}/scans/1/files")} == {"evil.dcm", "olute.dcm"}
