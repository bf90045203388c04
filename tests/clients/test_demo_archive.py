"""xnatpy on the demo archive: every level, fields of every kind, what it writes and moves."""

from __future__ import annotations

import json
import subprocess

import pytest

import xnat_emulator

from .conftest import HERE, interpreter


@pytest.fixture(scope="module")
def result():
    """What xnatpy found and did."""
    with xnat_emulator.start(demo=True) as server:
        command = [
            str(interpreter("xnatpy")),
            str(HERE / "xnatpy" / "demo.py"),
            server.url,
            server.user,
            server.password,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        refused = [record for record in server.requests if record.status >= 400]
    # An old path that xnatpy asks for first, to find out the version.
    assert [(record.path, record.status) for record in refused] == [("/data/version", 404)]
    return json.loads(done.stdout)


def test_xnatpy_browses_every_level(result):
    found = result["browse"]
    assert found["user"] == "admin"
    assert found["projects"] == ["brainimages", "sandbox"]
    assert found["subjects"] == ["ANONYMIZ", "Brain-0001", "Brain-0002", "TEST01", "test001"]
    assert found["experiments"]["test001_MR"] == "MrSessionData"
    assert found["experiments"]["TEST01_CT"] == "CtSessionData"
    assert found["scans"] == {"1": "localizer", "2": "T1", "3": "T2"}
    assert found["assessors"] == {"test001_MR_QC": "QcManualAssessorData"}
    assert found["resources"] == ["DICOM", "NIFTI"]
    assert found["files"] == ["T1.nii.gz"]
    assert found["assessor_files"] == ["images/overview.csv", "report.txt"]


def test_xnatpy_reads_fields_of_every_kind(result):
    found = result["read"]
    assert (found["gender"], found["dob"], found["weight"]) == ("male", "1980-01-31", 71.5)
    assert found["subject_fields"] == {"notes": "some note", "diagnosis": "healthy"}
    assert found["custom_variable"] == "healthy"
    assert (found["tr"], found["voxel"], found["frames"]) == (2400, [1, 1, 1.2], 24)
    assert (found["brain_volume"], found["field_strength"], found["rater"]) == ("1250.5", "3.0", "Operator One")


def test_xnatpy_writes_creates_and_deletes(result):
    found = result["write"]
    assert (found["initials"], found["handedness"], found["notes"]) == ("BR", "left", "changed")
    assert found["gender_kept"] == "female"
    assert (found["created"], found["session_type"], found["session_note"]) == (
        "made_by_xnatpy",
        "MrSessionData",
        "new",
    )
    assert found["listed"]
    assert found["deleted"]


def test_xnatpy_moves_files(result):
    found = result["transfer"]
    assert found["zip_ok"]
    assert len(found["zip_names"]) == 3
    assert all(name.startswith("test001_MR/scans/1-localizer/resources/DICOM/files/") for name in found["zip_names"])
    assert found["single"].startswith("scan,snr")
    assert found["uploaded"] == ["a b.txt", "direct.txt", "inner/c.txt"]
    assert found["header"] == "T1"
