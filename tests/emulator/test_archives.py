"""Zip and tar downloads (rest-data 10.5 and 10.6)."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from datetime import datetime

import pytest

from xnat_emulator.formats import archives


@pytest.fixture
def loaded(client, session):
    """A session with two scans, a session resource and an assessor, each with files."""
    for number, kind in (("1", "T1 MPRAGE"), ("2", "T2/FLAIR")):
        client.put(f"{session}/scans/{number}?xsiType=xnat:mrScanData&type={kind.replace(' ', '%20')}")
        client.put(f"{session}/scans/{number}/resources/DICOM/files/a.dcm?inbody=true", body=b"a" * 100)
        client.put(f"{session}/scans/{number}/resources/NIFTI/files/sub/b.nii?inbody=true", body=b"b" * 200)
    client.put(f"{session}/resources/QC/files/q.csv?inbody=true", body=b"q")
    client.put(f"{session}/assessors/check?xsiType=xnat:qcManualAssessorData")
    client.put(f"{session}/assessors/check/out/resources/REPORT/files/r.txt?inbody=true", body=b"r")
    return session


def names(response):
    assert response.status == 200, response.data
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_zip_is_streamed_without_a_length(client, loaded):
    response = client.get(f"{loaded}/scans/ALL/files?format=zip")
    assert response.headers["Content-Type"] == "application/zip"
    assert "Content-Length" not in response.headers
    assert response.headers["Content-Disposition"] == 'attachment; filename="e1.zip";'


def test_entries_are_stored_with_size_and_crc_in_their_headers(client, loaded):
    data = client.get(f"{loaded}/scans/1/resources/DICOM/files?format=zip").data
    signature, _, flags, method, _, _, crc, packed, size, length, extra = struct.unpack("<4s5H3L2H", data[:30])
    assert (signature, method, packed, size, extra) == (b"PK\3\4", 0, 100, 100, 0)
    assert flags & 0x8 == 0
    assert crc == zipfile.crc32(b"a" * 100)
    assert data[30 + length : 30 + length + 100] == b"a" * 100


def test_entry_names_of_scans(client, loaded):
    assert names(client.get(f"{loaded}/scans/ALL/files?format=zip")) == [
        "e1/scans/1-T1_MPRAGE/resources/DICOM/files/a.dcm",
        "e1/scans/1-T1_MPRAGE/resources/NIFTI/files/sub/b.nii",
        "e1/scans/2-T2_FLAIR/resources/DICOM/files/a.dcm",
        "e1/scans/2-T2_FLAIR/resources/NIFTI/files/sub/b.nii",
    ]


@pytest.mark.parametrize(
    ("selection", "count"),
    [("1", 2), ("1,2", 4), ("*", 4), ("T1%20MPRAGE", 2), ("T2[SLASH]FLAIR", 2), ("T1%20MPRAGE,2", 4)],
)
def test_scans_are_selected_by_id_type_and_list(client, loaded, selection, count):
    assert len(names(client.get(f"{loaded}/scans/{selection}/files?format=zip"))) == count


def test_resources_are_selected_by_list(client, loaded):
    found = names(client.get(f"{loaded}/scans/ALL/resources/DICOM/files?format=zip"))
    assert len(found) == 2
    assert len(names(client.get(f"{loaded}/scans/1/resources/DICOM,NIFTI/files?format=zip"))) == 2


def test_unknown_selection_answers_404(client, loaded):
    assert client.get(f"{loaded}/scans/9/files?format=zip").status == 404
    assert client.get(f"{loaded}/scans/8,9/files?format=zip").status == 404


def test_empty_selection_answers_404(client, session):
    assert client.get(f"{session}/scans/ALL/files?format=zip").status == 404
    assert client.get(f"{session}/files?format=zip&accept-not-found=true").status == 204


def test_writes_never_select_several(client, loaded):
    assert client.put(f"{loaded}/scans/ALL/resources/X").status == 404
    assert client.put(f"{loaded}/scans/1,2/resources/X").status == 404


def test_entry_names_of_other_levels(client, loaded):
    project, _, _ = loaded.partition("/subjects")
    subject = loaded.partition("/experiments")[0]
    client.put(f"{project}/resources/P/files/p.txt?inbody=true", body=b"p")
    client.put(f"{subject}/resources/S/files/s.txt?inbody=true", body=b"s")
    identifier = project.rpartition("/")[2]
    assert names(client.get(f"{project}/resources/P/files?format=zip")) == [f"{identifier}/resources/P/files/p.txt"]
    assert names(client.get(f"{subject}/resources/S/files?format=zip")) == ["s1/resources/S/files/s.txt"]
    assert names(client.get(f"{loaded}/resources/QC/files?format=zip")) == ["e1/resources/QC/files/q.csv"]
    found = names(client.get(f"{loaded}/assessors/check/out/resources/REPORT/files?format=zip"))
    assert found == ["check/out/resources/REPORT/files/r.txt"]


def test_resource_without_a_label_keeps_its_number(client, session):
    client.put(f"{session}/files/a?inbody=true", body=b"x")
    number = client.rows(f"{session}/resources")[0]["xnat_abstractresource_id"]
    assert names(client.get(f"{session}/files?format=zip")) == [f"e1/resources/{number}/files/a"]


@pytest.mark.parametrize(
    ("structure", "first"),
    [
        ("improved", "scans/1_T1_MPRAGE/DICOM/a.dcm"),
        ("simplified", "e1/scans/1/DICOM/a.dcm"),
        ("legacy", "data/xnat/archive/{project}/arc001/e1/SCANS/1/DICOM/a.dcm"),
    ],
)
def test_structures(client, loaded, structure, first):
    found = names(client.get(f"{loaded}/scans/1/files?format=zip&structure={structure}"))
    assert found[0] == first.format(project=loaded.split("/")[3])


def test_project_and_subject_may_stand_in_front(client, loaded):
    path = f"{loaded}/scans/1/files?format=zip&projectIncludedInPath=true&subjectIncludedInPath=true"
    assert names(client.get(path))[0].startswith(f"{loaded.split('/')[3]}/s1/e1/scans/")


def test_compressed_zip(client, loaded):
    response = client.get(f"{loaded}/scans/ALL/files?format=zip&compression=6")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_DEFLATED}
        assert archive.read("e1/scans/1-T1_MPRAGE/resources/DICOM/files/a.dcm") == b"a" * 100


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_tar(client, loaded, form):
    response = client.get(f"{loaded}/scans/1/files?format={form}")
    with tarfile.open(fileobj=io.BytesIO(response.data)) as archive:
        members = archive.getmembers()
        assert [member.name for member in members] == [
            "e1/scans/1-T1_MPRAGE/resources/DICOM/files/a.dcm",
            "e1/scans/1-T1_MPRAGE/resources/NIFTI/files/sub/b.nii",
        ]
        content = archive.extractfile(members[1])
        assert content is not None
        assert content.read() == b"b" * 200


def test_single_file_is_wrapped_unless_it_is_a_zip(client, session):
    files = f"{session}/resources/R/files"
    client.put(f"{files}/a.txt?inbody=true", body=b"x")
    client.put(f"{files}/b.zip?inbody=true", body=b"zip as it is")
    assert names(client.get(f"{files}/a.txt?format=zip")) == ["e1/resources/R/files/a.txt"]
    assert client.get(f"{files}/b.zip?format=zip").data == b"zip as it is"


def test_sessions_may_be_listed(client, subject):
    for label in ("one", "two"):
        client.put(f"{subject}/experiments/{label}?xsiType=xnat:mrSessionData")
        client.put(f"{subject}/experiments/{label}/resources/R/files/a?inbody=true", body=b"x")
    response = client.get(f"{subject}/experiments/one,two/files?format=zip")
    assert names(response) == ["one/resources/R/files/a", "two/resources/R/files/a"]
    assert response.headers["Content-Disposition"] == 'attachment; filename="various.zip";'


def test_large_entries_use_long_headers(tmp_path, monkeypatch):
    """The fields for sizes over 4 GiB, with the limit lowered so that a small file needs them."""
    monkeypatch.setattr(archives, "_LIMIT", 0xFFFFFFFF)
    path = tmp_path / "content"
    path.write_bytes(b"x" * 10)
    entry = archives.Entry("name", path, 5 << 32, 0, datetime(2020, 1, 31, 10, 20, 30))
    packed = archives._Packed(entry, 0)
    header = packed._header()
    assert struct.unpack("<2H2Q", header[-20:]) == (1, 16, 5 << 32, 5 << 32)
    central = packed.central(6 << 32)
    assert struct.unpack("<2H3Q", central[-28:]) == (1, 24, 5 << 32, 5 << 32, 6 << 32)


def test_many_entries_use_the_long_end_record(tmp_path):
    path = tmp_path / "content"
    path.write_bytes(b"")
    moment = datetime(2020, 1, 31)
    entries = (archives.Entry(f"{number}", path, 0, 0, moment) for number in range(65_536))
    data = b"".join(archives.zip_stream(entries))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.infolist()) == 65_536
