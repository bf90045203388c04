"""Archiving, conflicts and merging (dicom-import sections 8, 9 and 11)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

import xnat_emulator
from xnat_emulator.mode import Mode

from .conftest import Client, basic, log_in
from .imports_dicom import CT, MR, PET, SC, make, study, zipped

IMPORT = "/data/services/import"
ARCHIVE = "/data/services/archive"


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def send(client, files, **query):
    named = {key.replace("_", "-") if key == "import_handler" else key: value for key, value in query.items()}
    headers = {"Content-Type": "application/zip"}
    return client.post(f"{IMPORT}?{urlencode(named)}", body=zipped(files), headers=headers)


def held(client, files, name, **query):
    """Import into the prearchive and return the address without ``/data``."""
    response = send(client, files, dest=f"/prearchive/projects/{name}", **query)
    assert response.status == 200, response.data
    return response.data.decode().strip().removeprefix("/data")


def archive(client, *sources, **query):
    pairs = [("src", source) for source in sources] + list(query.items())
    return client.post(f"{ARCHIVE}?{urlencode(pairs)}")


def status_of(client, source):
    found = json.loads(client.get(f"/data{source}?format=json").data)["ResultSet"]["Result"]
    return found[0]["status"] if found else "gone"


def files_of(client, name, session, scan="1", subject="Sample_Patient"):
    uri = f"/data/projects/{name}/subjects/{subject}/experiments/{session}/scans/{scan}/files"
    return {file["Name"] for file in client.rows(uri)}


# --- services/archive ---


def test_one_session_is_archived_at_once(client, name):
    source = held(client, study("1.6.1"), name)
    response = archive(client, source)
    expected = f"/data/archive/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID\r\n"
    assert (response.status, response.data.decode()) == (200, expected)
    assert status_of(client, source) == "gone"


def test_project_subject_and_session_can_be_chosen(client, project, name):
    source = held(client, study("1.6.2"), name)
    other = f"{project}B"
    assert client.put(other).status == 200
    response = archive(client, source, project=f"{name}B", subject="S2", session="E2", overwrite="none")
    assert response.data.decode().strip() == f"/data/archive/projects/{name}B/subjects/S2/experiments/E2"


def test_a_schema_path_names_the_session(client, name):
    source = held(client, study("1.6.3"), name)
    response = archive(client, source, **{"xnat:mrSessionData/label": "BY_PATH", "xnat:mrSessionData/note": "seen"})
    uri = response.data.decode().strip()
    assert uri.endswith("/experiments/BY_PATH")
    assert client.fields(uri)["note"] == "seen"


def test_subjects_are_matched_whatever_the_case_and_by_id(client, project, name):
    client.put(f"{project}/subjects/abc")
    identifier = client.fields(f"{project}/subjects/abc")["ID"]
    for subject, session in (("ABC", "C1"), (identifier, "C2")):
        response = archive(client, held(client, study(f"1.6.4.{session[-1]}"), name), subject=subject, session=session)
        assert response.data.decode().strip() == f"/data/archive/projects/{name}/subjects/abc/experiments/{session}"
    assert len(client.rows(f"{project}/subjects")) == 1


def test_a_new_subject_has_project_and_label_only(client, project, name):
    archive(client, held(client, study("1.6.5", PatientBirthDate="19700101", PatientSex="F"), name))
    subject = client.item(f"{project}/subjects/Sample_Patient")
    fields = {key for key in subject["data_fields"] if key not in {"ID"}}
    assert fields == {"project", "label"}


def test_redirects_on_demand(client, name):
    response = archive(client, held(client, study("1.6.6"), name), redirect="true")
    assert response.status == 303
    assert response.headers["location"].endswith("/experiments/Sample_ID")


def test_archiving_can_be_followed(client, emulator, name):
    source = held(client, study("1.6.6"), name)
    response = archive(client, source, **{"http-session-listener": "archive-progress"})
    assert response.status == 303
    emulator.site.settle()
    messages = json.loads(client.get("/data/status/archive-progress?format=json").data)["msgs"][0]
    assert messages[-1]["msg"].startswith("Archive:/archive/projects/")
    assert status_of(client, source) == "gone"


def test_unknown_unassigned_and_wrong_sources_are_refused(client, name):
    unknown = archive(client, f"/prearchive/projects/{name}/20200101_000000000/none")
    assert (unknown.status, client.message(unknown)) == (404, "Unknown prearchive session.")
    unassigned = archive(client, "/prearchive/projects/Unassigned/20200101_000000000/none")
    assert (unassigned.status, client.message(unassigned)) == (
        400,
        "Cannot archive sessions from the Unassigned folder.",
    )
    assert archive(client, f"/archive/projects/{name}/subjects/a").status == 400


def test_several_sessions_are_archived_after_the_answer(client, emulator, name):
    sources = [held(client, study(f"1.6.7.{n}", PatientID=f"many{n}"), name) for n in (1, 2)]
    rows = json.loads(archive(client, *sources).data)["ResultSet"]["Result"]
    assert [row["status"] for row in rows] == ["QUEUED_ARCHIVING"] * 2
    emulator.site.settle()
    assert [status_of(client, source) for source in sources] == ["gone", "gone"]
    assert files_of(client, name, "many1") == {"IM0001.dcm", "IM0002.dcm"}


def test_resources_of_the_session_come_along(client, name):
    source = held(client, study("1.6.34"), name)
    path = f"/data{source}/resources/NOTES/files/notes.txt?inbody=true"
    assert client.put(path, body=b"notes", headers={"Content-Type": "text/plain"}).status == 200
    assert client.post(f"/data{source}?action=build").status == 200
    uri = archive(client, source).data.decode().strip()
    (file,) = client.rows(f"{uri}/resources/NOTES/files")
    assert client.get(file["URI"]).data == b"notes"


# --- conflicts ---


def test_the_same_session_again_is_a_conflict(client, name):
    assert send(client, study("1.6.8"), project=name).status == 200
    response = send(client, study("1.6.8"), project=name)
    assert (response.status, client.message(response)) == (
        409,
        "Session already exists, retry with overwrite enabled",
    )
    rows = json.loads(client.get(f"/data/prearchive/projects/{name}").data)["ResultSet"]["Result"]
    assert [row["status"] for row in rows if row["project"] == name] == ["CONFLICT"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"overwrite": "append"}, 409),
        ({"overwrite": "append", "overwrite_files": "true"}, 200),
        ({"overwrite": "delete"}, 200),
        ({"overwrite": "none"}, 409),
    ],
)
def test_what_overwrite_allows_for_the_same_files(client, name, query, status):
    send(client, study("1.6.9"), project=name)
    assert send(client, study("1.6.9"), project=name, **query).status == status


@pytest.mark.parametrize("overwrite", ["append", "delete", "override", "anything"])
def test_further_files_join_a_scan(client, name, overwrite):
    send(client, study("1.6.10", scans=1), project=name)
    assert send(client, study("1.6.10", scans=1, start=3), project=name, overwrite=overwrite).status == 200
    assert len(files_of(client, name, "Sample_ID")) == 4


def test_overlapping_files_are_replaced_not_doubled(client, name):
    send(client, study("1.6.11", scans=1), project=name)
    assert send(client, study("1.6.11", scans=1, start=2), project=name, overwrite="append").status == 409
    assert send(client, study("1.6.11", scans=1, start=2), project=name, overwrite="delete").status == 200
    assert len(files_of(client, name, "Sample_ID")) == 3


def test_an_object_under_another_name_takes_the_new_name(client, name):
    send(client, {"old.dcm": make(study="1.6.12")}, project=name)
    assert send(client, {"new.dcm": make(study="1.6.12")}, project=name, overwrite="delete").status == 200
    assert files_of(client, name, "Sample_ID") == {"new.dcm"}


def test_objects_may_swap_their_names(client, name):
    one, other = make(study="1.6.33", number=1), make(study="1.6.33", number=2)
    send(client, {"a": one, "b": other}, project=name)
    uri = send(client, {"b": one, "a": other}, project=name, overwrite="delete").data.decode().strip()
    assert files_of(client, name, "Sample_ID") == {"a", "b"}
    for file, data in (("a", other), ("b", one)):
        assert client.get(f"{uri}/scans/1/resources/DICOM/files/{file}").data == data


def test_another_object_of_the_same_name_cannot_be_overridden(client, name):
    send(client, {"x.dcm": make(study="1.6.13", number=1)}, project=name)
    response = send(client, {"x.dcm": make(study="1.6.13", number=2)}, project=name, overwrite="delete")
    assert response.status == 409
    assert client.message(response).endswith(
        "There is no way to override this conflict, you will need to fix your data."
    )


def test_a_session_of_another_subject_is_a_conflict(client, name):
    send(client, study("1.6.14"), project=name, subject="A", session="E")
    response = send(client, study("1.6.14", start=5), project=name, subject="B", session="E", overwrite="delete")
    assert response.status == 409
    assert client.message(response) == (
        "Invalid modification of session subject via archive process.: E Already Exists for another Subject"
    )


def test_another_study_needs_an_override(client, name):
    send(client, study("1.6.15"), project=name)
    other = study("1.6.16", start=5)
    response = send(client, other, project=name, overwrite="append")
    assert (response.status, client.message(response)) == (
        409,
        "Invalid modification of session UID via archive process.",
    )
    assert send(client, other, project=name, overwrite="delete").status == 200


def test_another_modality_cannot_be_merged(client, name):
    send(client, {"a": make(PET, study="1.6.17", Modality="PT")}, project=name)
    response = send(client, {"b": make(MR, study="1.6.17", SeriesNumber=2)}, project=name, overwrite="delete")
    assert response.status == 409
    assert client.message(response).startswith("Invalid modification of session modality via archive process.")


def test_other_modalities_can_be_merged_where_the_site_allows_it(client, emulator, name):
    send(client, {"a": make(PET, study="1.6.18", Modality="PT")}, project=name)
    settings = emulator.site.archive.settings
    settings.set("preventCrossModalityMerge", value=False)
    try:
        files = {"b": make(MR, study="1.6.18", SeriesNumber=2)}
        uri = send(client, files, project=name, overwrite="delete").data.decode().strip()
    finally:
        settings.set("preventCrossModalityMerge", value=True)
    assert client.item(uri)["meta"]["xsi:type"] == "xnat:petSessionData"
    assert [scan["xsiType"] for scan in client.rows(f"{uri}/scans")] == ["xnat:petScanData", "xnat:mrScanData"]


def test_another_series_of_the_same_number_is_renamed(client, name):
    send(client, {"a": make(study="1.6.19", series="1.6.19.1")}, project=name)
    send(client, {"b": make(study="1.6.19", series="1.6.19.2")}, project=name, overwrite="append")
    uri = f"/data/projects/{name}/subjects/Sample_Patient/experiments/Sample_ID/scans"
    assert [scan["ID"] for scan in client.rows(uri)] == ["1", "1-MR1"]


def test_the_same_series_under_another_number_needs_an_override(client, name):
    send(client, {"a": make(study="1.6.20", series="1.6.20.9", number=1)}, project=name)
    moved = {"b": make(study="1.6.20", series="1.6.20.9", number=2, SeriesNumber=5)}
    response = send(client, moved, project=name, overwrite="append")
    assert client.message(response) == (
        "Session already contains a scan with the same UID, but a different number (1)."
    )
    assert send(client, moved, project=name, overwrite="delete").status == 200
    assert files_of(client, name, "Sample_ID") == {"a", "b"}


def test_what_is_set_stays_when_sessions_are_merged(client, name):
    uri = send(client, study("1.6.21", scans=1), project=name).data.decode().strip()
    later = study("1.6.21", scans=1, start=5, StudyDate="20200101", InstitutionName="Hospital")
    send(client, later, project=name, overwrite="append")
    fields = client.fields(uri)
    assert (fields["date"], fields["acquisition_site"]) == ("2006-12-14", "Hospital")


def test_doubled_objects_are_refused_unless_overridden(client, name):
    twice = {"a.dcm": make(study="1.6.22"), "b.dcm": make(study="1.6.22")}
    response = send(client, twice, project=name)
    assert response.status == 400
    assert client.message(response).startswith("Scan 1 DICOM catalog contains duplicated SOP instance UIDs: ")
    assert send(client, twice, project=name, overwrite="delete", session="again").status == 200


def test_every_failure_of_archiving_one_session_is_a_server_error(client, name):
    send(client, study("1.6.23"), project=name)
    source = held(client, study("1.6.23"), name)
    response = archive(client, source)
    assert response.status == 500
    assert client.message(response) == (
        "FAILED: Unable to archive Sample_ID: Operation Failed: Session already exists with the same resources."
    )
    assert status_of(client, source) == "CONFLICT"
    assert archive(client, source, overwrite="delete").status == 200


def test_an_archive_of_objects_is_refused_with_400(client, name):
    query = {"PROJECT_ID": name, "import_handler": "DICOM-zip", "action": "commit"}
    assert send(client, study("1.6.24"), **query).status == 200
    response = send(client, study("1.6.24"), **query)
    assert response.status == 400
    assert client.message(response).startswith("unable to archive for the Prearchive session ")
    assert client.message(response).endswith("Session already exists, retry with overwrite enabled")


def test_a_session_that_is_worked_on_is_left_alone(client, name):
    uri = send(client, study("1.6.32", scans=1), project=name).data.decode().strip()
    identifier = client.fields(uri)["ID"]
    workflow = {"wrk:workflowData/id": identifier, "wrk:workflowData/pipeline_name": "Convert"}
    said = {**workflow, "wrk:workflowData/status": "Running", "wrk:workflowData/data_type": "xnat:mrSessionData"}
    started = {"wrk:workflowData/launch_time": "2026-01-01 00:00:00.0", "xsiType": "wrk:workflowData"}
    assert client.put(f"/data/workflows?{urlencode({**said, **started})}").status in {200, 201}
    more = study("1.6.32", scans=1, start=5)
    response = send(client, more, project=name, overwrite="append")
    assert response.status == 409
    assert client.message(response).startswith("Session processing may already be in progress: Convert")
    assert send(client, more, project=name, overwrite="delete").status == 200


def test_validation_lists_everything(client, name):
    send(client, study("1.6.25"), project=name)
    source = held(client, study("1.6.26", start=2), name)
    response = client.post(f"/data/services/validate-archive?{urlencode({'src': source})}")
    rows = json.loads(response.data)["ResultSet"]["Result"]
    assert {(row["code"], row["type"]) for row in rows} == {("1", "WARN"), ("5", "CONFLICT"), ("17", "WARN")}
    two = urlencode([("src", source), ("src", held(client, study("1.6.27"), name))])
    assert client.post(f"/data/services/validate-archive?{two}").status == 400


def test_scan_types_follow_earlier_scans_of_the_project(client, name):
    uri = send(client, {"a": make(study="1.6.28", SeriesDescription="t1 mpr")}, project=name, session="A")
    client.put(f"{uri.data.decode().strip()}/scans/1?xnat:mrScanData/type=T1&xsiType=xnat:mrScanData")
    uri = send(client, {"a": make(study="1.6.29", SeriesDescription="T1_MPR")}, project=name, session="B")
    (scan,) = client.rows(f"{uri.data.decode().strip()}/scans")
    assert (scan["type"], scan["series_description"]) == ("T1", "T1_MPR")


def test_quarantine_is_asked_for(client, name):
    uri = send(client, study("1.6.30"), project=name, quarantine="true").data.decode().strip()
    assert client.get(f"{uri}/status").data == b"quarantine"


def test_secondary_objects_have_a_resource_of_their_own(client, name):
    files = {
        "a": make(MR, study="1.6.31", series="1.6.31.1"),
        "b": make(SC, study="1.6.31", series="1.6.31.1", number=2),
    }
    uri = send(client, files, project=name).data.decode().strip()
    rows = client.rows(f"{uri}/scans/1/resources")
    assert {(row["label"], row["format"], row["content"], row["file_count"]) for row in rows} == {
        ("DICOM", "DICOM", "RAW", "1"),
        ("secondary", "DICOM", "secondary", "1"),
    }
    assert client.fields(f"{uri}/scans/1")["frames"] == 1


# --- rights ---


@pytest.fixture
def collaborator(client, emulator, name):
    users, groups = emulator.site.archive.users, emulator.site.archive.groups
    users.add(f"user{name}", "secret", "A", "B", f"{name}@example.org")
    groups.join(name, "collaborator", f"user{name}")
    return Client(emulator, basic(f"user{name}", "secret"))


def test_who_may_not_create_sessions_is_refused(client, collaborator, name):
    assert send(collaborator, study("1.6.40"), project=name).status == 403
    assert send(collaborator, study("1.6.40"), PROJECT_ID=name, import_handler="DICOM-zip").status == 403
    source = held(client, study("1.6.41"), name)
    assert archive(collaborator, source).status == 403
    assert status_of(client, source) == "READY"


def test_a_project_that_cannot_be_reached_counts_as_none(client, collaborator, name):
    files = {"a": make(study="1.6.42", PatientComments=f"Project:{name}")}
    response = send(collaborator, files, dest="/prearchive")
    assert b"/projects/Unassigned/" in response.data


# --- several at once ---


def test_parallel_imports_of_one_new_session_make_one_session(emulator, client, project, name):
    def upload(number):
        own = log_in(emulator)
        files = {f"{number}-{n}": make(study="1.6.50", number=number * 10 + n) for n in range(4)}
        query = {"PROJECT_ID": name, "EXPT_LABEL": "RACE", "import_handler": "DICOM-zip", "action": "commit"}
        for _ in range(40):
            response = send(own, files, overwrite="delete", **query)
            if response.status == 200:
                return 200
            assert response.status == 400, response.data
        return response.status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(upload, range(6))) == {200}
    assert len(client.rows(f"{project}/experiments")) == 1
    assert len(client.rows(f"{project}/subjects")) == 1
    assert len(files_of(client, name, "RACE")) == 24


def test_parallel_objects_of_one_new_session_make_one_row(emulator, client, name):
    def upload(number):
        query = urlencode({"import-handler": "gradual-DICOM", "PROJECT_ID": name})
        data = make(study="1.6.51", number=number)
        return log_in(emulator).post(f"{IMPORT}?{query}", body=data, headers={"Content-Type": "application/dicom"}).data

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(upload, range(12)))) == 1


def test_parallel_session_imports_conflict_and_make_one_session(emulator, client, project, name):
    def upload(_):
        return send(log_in(emulator), study("1.6.52"), project=name).status

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(upload, range(6)))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {409, 423}
    assert len(client.rows(f"{project}/experiments")) == 1


# --- modes ---


@pytest.mark.parametrize("query", [{"PROJECT_ID": "N", "EXPT_LABEL": "NEW"}, {"project": "N", "session": "NEW"}])
def test_archives_of_objects_commit_with_a_destination(client, project, name, query):
    named = {key: name if value == "N" else value for key, value in query.items()}
    response = send(client, study("1.6.59"), import_handler="DICOM-zip", dest="/archive", **named)
    assert response.data == f"/data/archive/projects/{name}/subjects/Sample_Patient/experiments/NEW\r\n".encode()


def test_old_servers_take_only_the_project_from_a_destination():
    with xnat_emulator.start(mode=Mode(version="1.7")) as server:
        client = log_in(server)
        client.put("/data/projects/N")
        response = send(client, study("1.6.58"), import_handler="DICOM-zip", dest="/archive/projects/N")
        assert response.data.startswith(b"/data/prearchive/projects/N/")


def test_newer_servers_unpack_objects_by_default():
    with xnat_emulator.start(mode=Mode(version="1.9")) as server:
        client = log_in(server)
        client.put("/data/projects/N")
        response = send(client, study("1.6.60"), project="N", dest="/archive", session="NEW")
        assert response.data == b"/data/archive/projects/N/subjects/Sample_Patient/experiments/NEW\r\n"
        response = send(client, study("1.6.61"), project="N")
        assert response.data.startswith(b"/data/prearchive/projects/N/")
        (row,) = json.loads(client.get("/data/prearchive/projects/N").data)["ResultSet"]["Result"]
        assert row["status"] == "RECEIVING"


def test_a_site_that_anonymises_changes_uids_names_and_digests():
    data = make(CT, study="1.6.70", Modality="CT", PatientID="secret", PatientName="Secret^Name")
    with xnat_emulator.start(mode=Mode(anonymise=True)) as server:
        client = log_in(server)
        client.put("/data/projects/N")
        query = {"project": "N", "subject": "S", "session": "E"}
        uri = send(client, {"a.dcm": data}, **query).data.decode().strip()
        fields = client.fields(uri)
        assert (fields["dcmPatientName"], fields["dcmPatientId"]) == ("S", "E")
        assert fields["UID"].startswith("2.25.")
        stored = client.get(f"{uri}/scans/1/resources/DICOM/files/a.dcm").data
        assert b"Secret" not in stored
        assert b"1.6.70" not in stored
        more = {"b.dcm": make(CT, study="1.6.70", number=2, Modality="CT", PatientID="secret")}
        assert send(client, more, **query, overwrite="append").status == 200
        kept = send(client, {"a.dcm": data}, **{**query, "session": "P"}, prevent_anon="true").data.decode().strip()
        assert client.fields(kept)["UID"] == "1.6.70"
