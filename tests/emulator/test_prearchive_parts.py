"""Scans, resources and files of a received session (rest-data 12.2, dicom-import 70)."""

from __future__ import annotations

import io
import zipfile

import pytest

from .received import path_of, ready, receive, series


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


@pytest.fixture
def session(archive, name):
    return ready(archive, name, "s")


@pytest.fixture
def path(session):
    return path_of(session)


def put(client, path, data=b"text", query="inbody=true"):
    return client.put(f"{path}?{query}", body=data, headers={"Content-Type": "application/octet-stream"})


def members(answer):
    return zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


def test_scans_are_listed(client, path):
    rows = client.rows(f"{path}/scans?format=json")
    assert [row["ID"] for row in rows] == ["1", "2"]
    assert rows[0] == {"ID": "1", "xsiType": "xnat:mrScanData", "series_description": "t1_mpr"}


def test_scan_resources_are_listed_with_counts(client, archive, session, path):
    files = archive.prearchive.files(session, "1")
    size = str(sum(file.blob.size for file in files))
    assert client.rows(f"{path}/scans/1/resources?format=json") == [
        {"label": "DICOM", "file_count": "2", "file_size": size}
    ]


def test_scan_files_have_uris_below_the_request(client, path):
    rows = client.rows(f"{path}/scans/1/resources/DICOM/files?format=json")
    assert [row["Name"] for row in rows] == ["1-1.dcm", "1-2.dcm"]
    assert rows[0]["URI"] == f"{path}/scans/1/resources/DICOM/files/1-1.dcm"
    assert set(rows[0]) == {"Name", "Size", "URI"}
    assert int(rows[0]["Size"]) == len(client.get(rows[0]["URI"]).data)


def test_sizes_can_be_made_readable(client, path):
    rows = client.rows(f"{path}/scans/1/resources/DICOM/files?format=json&prettyPrint=true")
    assert rows[0]["Size"].endswith((" B", " KB"))


def test_one_file_is_sent(client, path):
    answer = client.get(f"{path}/scans/1/resources/DICOM/files/1-1.dcm")
    assert answer.status == 200
    assert answer.data[128:132] == b"DICM"
    assert 'filename="1-1.dcm"' in answer.headers["content-disposition"]
    assert client.get(f"{path}/scans/1/resources/DICOM/files/none.dcm").status == 404


def test_previews_of_dicom_files_are_not_served(client, path):
    put(client, f"{path}/resources/NOTES/files/a.txt")
    assert client.get(f"{path}/scans/1/resources/DICOM/files/1-1.dcm?format=image/jpeg").status == 501
    assert client.get(f"{path}/resources/NOTES/files/a.txt?format=image/jpeg").data == b"text"


@pytest.mark.parametrize("tail", ["scans/9/resources", "scans/9/resources/DICOM/files", "scans/1/resources/X/files"])
def test_unknown_scans_and_resources_are_not_found(client, path, tail):
    assert client.get(f"{path}/{tail}?format=json").status == 404


@pytest.mark.parametrize("tail", ["scans", "resources", "scans/1/resources", "scans/1?format=zip", "resources/R/files"])
def test_parts_need_the_document(client, archive, name, tail):
    path = path_of(receive(archive, name, "raw", series(1)))
    assert client.get(f"{path}/{tail}").status == 404


def test_scan_is_sent_only_as_an_archive(client, path):
    answer = client.get(f"{path}/scans/1?format=zip")
    assert members(answer) == ["1/DICOM/1-1.dcm", "1/DICOM/1-2.dcm"]
    assert client.get(f"{path}/scans/1?format=json").status == 400
    assert client.get(f"{path}/scans/1").status == 400
    assert client.get(f"{path}/scans/9?format=zip").status == 404


def test_scan_is_deleted_with_its_files(client, archive, session, path):
    assert client.delete(f"{path}/scans/1").status == 200
    assert [row["ID"] for row in client.rows(f"{path}/scans?format=json")] == ["2"]
    assert archive.prearchive.files(session, "1") == []
    assert client.get(f"{path}/logs/last").data == b"Deleted scan 1"
    answer = client.delete(f"{path}/scans/1")
    assert answer.status == 404
    assert client.message(answer) == "Unknown scan 1"


# --- resources of the session ---


def test_upload_makes_a_resource_and_lists_it_after_those_of_the_scans(client, path):
    assert put(client, f"{path}/resources/NOTES/files/a.txt").status == 200
    rows = client.rows(f"{path}/resources?format=json")
    assert [(row["category"], row["cat_id"], row["label"]) for row in rows] == [
        ("scans", "1", "DICOM"),
        ("scans", "2", "DICOM"),
        ("resources", "", "NOTES"),
    ]
    assert rows[-1]["file_count"] == "1"
    assert rows[-1]["file_size"] == "4"
    assert client.get(f"{path}/logs/last").data == b"Added resource NOTES"
    files = client.rows(f"{path}/resources/NOTES/files?format=json")
    assert files == [{"Name": "a.txt", "Size": "4", "URI": f"{path}/resources/NOTES/files/a.txt"}]
    assert client.get(files[0]["URI"]).data == b"text"


def test_upload_replaces_a_file_of_the_same_name(client, path):
    put(client, f"{path}/resources/NOTES/files/a.txt")
    put(client, f"{path}/resources/NOTES/files/a.txt", b"longer text")
    assert client.get(f"{path}/resources/NOTES/files/a.txt").data == b"longer text"
    assert len(client.rows(f"{path}/resources/NOTES/files?format=json")) == 1


def test_upload_takes_the_parts_of_a_form(client, path):
    fields = {"a": ("a.txt", b"one"), "b": ("b.txt", b"two")}
    assert client.put(f"{path}/resources/NOTES/files", fields=fields).status == 200
    assert [row["Name"] for row in client.rows(f"{path}/resources/NOTES/files?format=json")] == ["a.txt", "b.txt"]


def test_upload_without_data_is_refused(client, path):
    assert client.put(f"{path}/resources/NOTES/files").status == 400
    assert client.put(f"{path}/resources/NOTES/files/a.txt?inbody=true").status == 400


def test_upload_needs_the_document_and_leaves_no_contents(client, archive, name):
    session = receive(archive, name, "raw", series(1))
    assert put(client, f"{path_of(session)}/resources/NOTES/files/a.txt").status == 404
    assert len(archive.prearchive.files(session)) == 2


@pytest.mark.parametrize("name_", ["..%2Fa.txt", "a%0Ab", "%2E%2E"])
def test_upload_stays_inside_its_resource(client, path, name_):
    assert put(client, f"{path}/resources/NOTES/files/{name_}").status == 400
    assert put(client, f"{path}/resources/{name_}/files/a.txt").status == 400


def test_resource_is_sent_as_an_archive_and_deleted(client, path):
    put(client, f"{path}/resources/NOTES/files/a.txt")
    assert members(client.get(f"{path}/resources/NOTES?format=zip")) == ["NOTES/a.txt"]
    assert client.get(f"{path}/resources/NOTES").status == 400
    assert client.delete(f"{path}/resources/NOTES").status == 200
    assert client.delete(f"{path}/resources/NOTES").status == 404
    assert client.get(f"{path}/resources/NOTES?format=zip").status == 404
    assert [row["category"] for row in client.rows(f"{path}/resources?format=json")] == ["scans", "scans"]


def test_file_is_deleted_and_the_last_takes_its_resource_along(client, path):
    for name in ("a.txt", "b.txt"):
        put(client, f"{path}/resources/NOTES/files/{name}")
    base = f"{path}/resources/NOTES/files"
    assert client.delete(base).status == 400
    assert client.delete(f"{base}/c.txt").status == 404
    assert client.delete(f"{base}/a.txt").status == 200
    assert [row["Name"] for row in client.rows(f"{base}?format=json")] == ["b.txt"]
    assert client.delete(f"{base}/anything").status == 200
    assert client.get(f"{base}?format=json").status == 404
    assert client.delete(f"{base}/b.txt").status == 404


def test_resources_survive_a_rebuild(client, path):
    put(client, f"{path}/resources/NOTES/files/a.txt")
    assert client.post(f"{path}?action=build").status == 200
    assert "NOTES" in [row["label"] for row in client.rows(f"{path}/resources?format=json")]
