"""DIR, XAR and DICOMDIR (rest-data 10.7)."""

from __future__ import annotations

import io
import json
import zipfile

import pydicom
import pytest

from .conftest import new_user
from .imports_dicom import make


@pytest.fixture
def filled(client, session):
    """The path of a session by its ID, with a scan, a session resource and an assessor."""
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData&type=T1")
    for number in (1, 2):
        body = make(number=number, StudyID="1", SeriesNumber=1, Rows=2, Columns=2)
        client.put(
            f"{session}/scans/1/resources/DICOM/files/{number}.dcm?inbody=true&format=DICOM&content=RAW", body=body
        )
    client.put(f"{session}/resources/QC/files/sub/q.csv?inbody=true", body=b"q")
    client.put(f"{session}/assessors/check?xsiType=xnat:qcManualAssessorData")
    client.put(f"{session}/assessors/check/out/resources/REPORT/files/r.txt?inbody=true", body=b"r")
    return f"/data/experiments/{client.fields(session)['ID']}"


def names(client, path):
    return [row["Name"] for row in client.rows(path)]


def members(answer):
    assert answer.status == 200, answer.data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_folder_of_a_session_is_listed(client, filled):
    table = json.loads(client.get(f"{filled}/DIR?format=json").data)["ResultSet"]
    assert (table["title"], "totalRecords" in table) == ("Files", False)
    rows = {row["Name"]: row for row in table["Result"]}
    assert list(rows) == ["ASSESSORS/", "RESOURCES/", "SCANS/"]
    assert rows["SCANS/"]["DIR"] == "true"
    assert rows["SCANS/"]["URI"] == f"{filled}/DIR/SCANS/?format=json"


@pytest.mark.parametrize("path", ["SCANS", "SCANS/"])
def test_folders_below_are_listed(client, filled, path):
    assert names(client, f"{filled}/DIR/{path}?format=json") == ["1/"]
    rows = client.rows(f"{filled}/DIR/SCANS/1/DICOM?format=json")
    assert [(row["Name"], row["DIR"]) for row in rows] == [("1.dcm", "false"), ("2.dcm", "false")]
    assert client.get(rows[0]["URI"]).data == client.get(f"{filled}/scans/1/resources/DICOM/files/1.dcm").data


def test_patterns_and_recursion(client, filled):
    found = names(client, f"{filled}/DIR/SCANS/*/DICOM/*.dcm?format=json")
    assert found == ["1.dcm", "2.dcm"]
    assert names(client, f"{filled}/DIR?recursive=true&format=json") == [
        "ASSESSORS/check/REPORT/r.txt",
        "RESOURCES/QC/sub/q.csv",
        "SCANS/1/DICOM/1.dcm",
        "SCANS/1/DICOM/2.dcm",
    ]


def test_single_file_is_sent(client, filled):
    answer = client.get(f"{filled}/DIR/RESOURCES/QC/sub/q.csv")
    assert (answer.status, answer.data) == (200, b"q")
    assert members(client.get(f"{filled}/DIR/RESOURCES/QC/sub/q.csv?format=zip")) == ["e1/RESOURCES/QC/sub/q.csv"]


def test_folder_is_sent_as_an_archive(client, filled):
    assert members(client.get(f"{filled}/DIR/SCANS?recursive=true&format=zip")) == [
        "e1/SCANS/1/DICOM/1.dcm",
        "e1/SCANS/1/DICOM/2.dcm",
    ]


def test_paths_that_lead_nowhere(client, filled, project):
    assert client.get(f"{filled}/DIR/NONE").status == 404
    answer = client.get(f"{filled}/DIR/SCANS/%2e%2e/x")
    assert (answer.status, client.message(answer)) == (400, "'..' is not allowed in this resource URI.")
    assessor = client.rows(f"{filled}/assessors")[0]["ID"]
    assert client.get(f"/data/experiments/{assessor}/DIR").status == 400
    assert client.get(f"{project}/experiments/none/DIR").status == 404


def test_session_without_files_has_no_folder(client, session, project):
    assert client.get(f"{project}/experiments/e1/DIR").status == 404
    assert client.get(f"{project}/experiments/e1/XAR").status == 404


def test_folder_is_hidden_from_strangers(client, filled):
    assert new_user(client.emulator).get(f"{filled}/DIR").status == 404


def test_xar_holds_document_catalogs_and_files(client, filled):
    answer = client.get(f"{filled}/XAR")
    found = members(answer)
    identifier = filled.rpartition("/")[2]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="e1.xar";'
    assert found[0] == f"{identifier}.xml"
    assert {"e1/SCANS/1/DICOM/1.dcm", "e1/SCANS/1/DICOM/scan_1_catalog.xml"} <= set(found)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        document = archive.read(found[0]).decode()
    assert 'URI="e1/SCANS/1/DICOM/scan_1_catalog.xml"' in document
    assert "/data/xnat" not in document


def test_dicomdir_holds_the_dicom_files(client, filled):
    answer = client.get(f"{filled}/scans/1/DICOMDIR")
    found = members(answer)
    assert "DICOMDIR" in found
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        records = pydicom.dcmread(io.BytesIO(archive.read("DICOMDIR"))).DirectoryRecordSequence
        images = [record for record in records if record.DirectoryRecordType == "IMAGE"]
        for record in images:
            image = pydicom.dcmread(io.BytesIO(archive.read("/".join(record.ReferencedFileID))))
            assert image.SOPInstanceUID == record.ReferencedSOPInstanceUIDInFile
    assert len(images) == 2


def test_dicomdir_needs_dicom_files(client, scan):
    client.put(f"{scan}/resources/DICOM/files/a.dcm?inbody=true", body=b"no dicom")
    assert client.get(f"{scan}/DICOMDIR").status == 404
    client.put(f"{scan}/resources/D2/files/a.dcm?inbody=true&format=DICOM", body=b"no dicom")
    assert client.get(f"{scan}/DICOMDIR").status == 404


def test_delete_of_the_dicomdir_deletes_the_scan(client, filled):
    """It is inherited from the scan's own resource (routes.json)."""
    assert client.delete(f"{filled}/scans/1/DICOMDIR").status == 200
    assert client.get(f"{filled}/scans/1").status == 404
