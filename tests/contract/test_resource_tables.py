"""Resources of a whole project: one request a table, with session and subject columns."""

from __future__ import annotations

import pytest

from xnat_sdk import FieldNotOnServerError
from xnat_sdk.models import MrScanData, MrSessionData, ResourceCatalog, SubjectData


@pytest.fixture
def project(session):
    session.put("/data/projects/P")
    project = session.projects["P"]
    for number in range(3):
        base = f"/data/projects/P/subjects/s{number}"
        session.put(f"{base}/experiments/e{number}", query={"xsiType": "xnat:mrSessionData"})
        for scan in (1, 2):
            here = f"{base}/experiments/e{number}/scans/{scan}"
            session.put(here, query={"xsiType": "xnat:mrScanData", "type": f"T{scan}"})
            session.put(f"{here}/resources/DICOM")
            session.put(f"{here}/resources/a b%25")
        session.put(f"{base}/experiments/e{number}/resources/QC")
        session.put(f"{base}/resources/DOC")
    project.create_resource("OWN").upload_data("x", "a.txt")
    return project


def test_resources_of_all_scans_take_one_request(empty, project):
    before = len(empty.requests)
    table = project.scan_resources
    assert len(table) == 12
    row = table.rows()[0]
    assert (row["session_label"], row["subject_label"], row["scan_ID"], row["scan_type"]) == ("e0", "s0", "1", "T1")
    assert {(one.label, one.parent.id, type(one.parent)) for one in table} == {
        ("DICOM", "1", MrScanData), ("DICOM", "2", MrScanData), ("a b%", "1", MrScanData), ("a b%", "2", MrScanData),
    }  # fmt: skip
    assert len(empty.requests) - before == 1


def test_a_resource_of_the_table_is_the_one_of_its_scan(project):
    scan = project.sessions["e1"].scans["2"]
    resource = next(one for one in project.scan_resources if one.parent == scan and one.label == "a b%")
    assert isinstance(resource, ResourceCatalog)
    resource.upload_data("text", "a.txt")
    assert [file.path for file in scan.resources["a b%"].files] == ["a.txt"]
    again = next(one for one in project.scan_resources if one.parent == scan and one.label == "a b%")
    assert (again.file_count, again.file_size) == (1, 4)
    assert again.id == scan.resources["a b%"].id


def test_resources_of_experiments_and_subjects_take_one_request_each(empty, project):
    before = len(empty.requests)
    assert {(one.label, one.parent.label, type(one.parent)) for one in project.experiment_resources} == {
        ("QC", f"e{number}", MrSessionData) for number in range(3)
    }
    assert {row["subject_label"] for row in project.experiment_resources.rows()} == {"s0", "s1", "s2"}
    assert {(one.label, one.parent.label, type(one.parent)) for one in project.subject_resources} == {
        ("DOC", f"s{number}", SubjectData) for number in range(3)
    }
    assert len(empty.requests) - before == 2


def test_project_resources_are_the_projects_own_as_in_xnatpy(project):
    assert [one.label for one in project.resources] == ["OWN"]


def test_a_server_that_lists_no_resources_of_many_is_named(project, monkeypatch):
    listing = project.scan_resources
    monkeypatch.setattr(
        type(project.session), "get_json", lambda *_a, **_k: {"ResultSet": {"Result": [{"ID": "E", "label": "e"}]}}
    )
    with pytest.raises(FieldNotOnServerError, match="xnat:imagescandata/file/label"):
        listing.rows()
