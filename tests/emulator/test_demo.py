"""The demo archive."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

import pydicom

import xnat_emulator


def test_projects_and_subjects(reader):
    names = {row["ID"]: row["name"] for row in reader.rows("/data/projects")}
    assert names == {"sandbox": "Sandbox project", "brainimages": "Brain images"}
    labels = [row["label"] for row in reader.rows("/data/projects/sandbox/subjects")]
    assert labels == ["test001", "ANONYMIZ", "Brain-0001", "Brain-0002", "TEST01"]


def test_session_fields_come_from_the_headers(reader):
    fields = reader.fields("/data/projects/sandbox/experiments/test001_MR")
    assert (fields["date"], fields["time"], fields["modality"]) == ("2020-05-14", "09:12:06", "MR")
    assert (fields["fieldStrength"], fields["scanner/model"]) == ("3.0", "Magnet 3000")


def test_scan_fields_come_from_the_headers(reader):
    base = "/data/projects/sandbox/subjects/test001/experiments/test001_MR/scans"
    fields = reader.fields(f"{base}/2")
    assert (fields["type"], fields["quality"], fields["frames"]) == ("T1", "usable", 24)
    assert (fields["parameters/tr"], fields["parameters/voxelRes/z"]) == (2400, 1.2)
    assert (fields["parameters/fov/x"], fields["parameters/orientation"]) == (256, "Tra")


def test_sample_images_are_real_dicom_files(reader):
    base = "/data/projects/sandbox/subjects/TEST01/experiments/TEST01_CT/scans/1"
    data = reader.get(f"{base}/resources/DICOM/files/CT_small.dcm").data
    assert pydicom.dcmread(io.BytesIO(data)).pixel_array.shape == (128, 128)
    fields = reader.fields(base)
    assert (fields["parameters/kvp"], fields["parameters/rescale/intercept"]) == (120, "-1024")
    assert fields["type"] == "unknown"


def test_made_series_can_be_read_slice_by_slice(reader):
    path = "/data/projects/sandbox/subjects/test001/experiments/test001_MR/scans/2/resources/DICOM/files?format=zip"
    with zipfile.ZipFile(io.BytesIO(reader.get(path).data)) as archive:
        images = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert [image.InstanceNumber for image in images] == list(range(1, 25))
    assert len({image.SOPInstanceUID for image in images}) == 24
    assert len({image.SeriesInstanceUID for image in images}) == 1
    assert images[12].pixel_array.max() > 300


def test_dicom_catalog_has_instances_and_geometry(reader):
    base = "/data/projects/sandbox/subjects/test001/experiments/test001_MR/scans/2/resources/DICOM"
    text = reader.get(base).data.decode()
    assert "<cat:DCMCatalog UID=" in text
    assert text.count('xsi:type="cat:dcmEntry"') == 24
    assert '<cat:dimensions x="256" y="256" z="24"/>' in text
    assert "<cat:orientation>Tra</cat:orientation>" in text


def test_volume_is_a_nifti_file(reader):
    base = "/data/projects/sandbox/subjects/test001/experiments/test001_MR/scans/2/resources/NIFTI/files"
    data = gzip.decompress(reader.get(f"{base}/T1.nii.gz").data)
    assert struct.unpack_from("<i", data)[0] == 348
    assert data[344:348] == b"n+1\0"
    assert struct.unpack_from("<4h", data, 40) == (3, 64, 64, 24)
    assert len(data) == 352 + 64 * 64 * 24 * 2


def test_derived_data(reader):
    session = "/data/projects/sandbox/subjects/test001/experiments/test001_MR"
    assert [row["label"] for row in reader.rows(f"{session}/assessors")] == ["test001_MR_QC"]
    assert len(reader.rows(f"{session}/assessors/test001_MR_QC/out/files")) == 2
    assert [row["ID"] for row in reader.rows(f"{session}/reconstructions")] == ["recon_1"]
    assert [row["label"] for row in reader.rows(f"{session}/resources")] == ["QC"]
    assert [row["label"] for row in reader.rows("/data/projects/sandbox/resources")] == ["documents"]


def test_two_demo_archives_are_the_same(demo):
    with xnat_emulator.start(demo=True) as other:
        digests = [
            server.site.archive.database.rows("SELECT path, digest FROM files ORDER BY row") for server in (demo, other)
        ]
    assert digests[0] == digests[1]
