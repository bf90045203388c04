"""Tables over all sessions of a project: typed rows, and the number of requests however many scans there are."""

from __future__ import annotations

import pytest

from xnat_sdk.models import CtScanData, MrScanData, MrSessionData, QcManualAssessorData

SESSIONS, SCANS = 20, 500


@pytest.fixture
def large(session):
    """A project with 10,000 scans."""
    session.put("/data/projects/BIG")
    for number in range(SESSIONS):
        scans = "".join(
            f'<xnat:scan xsi:type="xnat:mrScanData" ID="{scan}" type="T{scan % 5}"><xnat:quality>usable</xnat:quality>'
            f"<xnat:note>n{scan}</xnat:note></xnat:scan>"
            for scan in range(SCANS)
        )
        body = (
            '<xnat:MRSession xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f"><xnat:scans>{scans}</xnat:scans></xnat:MRSession>"
        )
        session.put(
            f"/data/projects/BIG/subjects/s{number}/experiments/e{number}",
            data=body.encode(),
            headers={"Content-Type": "text/xml"},
        )
    return session.projects["BIG"]


def test_ten_thousand_scans_take_one_request(empty, large):
    before = len(empty.requests)
    found = [(scan.quality, scan.type, scan.note, scan.parent.label) for scan in large.scans]
    assert len(found) == SESSIONS * SCANS
    assert ("usable", "T2", "n7", "e3") in found
    assert len(empty.requests) - before == 1


def test_scans_of_a_project_know_their_session_and_subject(demo, reader):
    project = reader.projects["sandbox"]
    before = len(demo.requests)
    scans = project.scans
    scan = next(scan for scan in scans if scan.parent.label == "test001_MR" and scan.type == "T1")
    assert isinstance(scan, MrScanData)
    assert isinstance(scan.parent, MrSessionData)
    assert len(demo.requests) - before == 1
    row = next(row for row in scans.rows() if row["URI"] == scan.uri)
    assert (row["session_label"], row["subject_label"]) == ("test001_MR", "test001")
    assert scan == project.sessions["test001_MR"].scans["T1"]
    assert scans[scan.uri] is scan
    assert scan.parameters.tr


def test_scans_of_a_project_are_narrowed_and_filtered_in_one_request(demo, reader):
    project = reader.projects["sandbox"]
    assert {type(scan) for scan in project.scans} == {MrScanData, CtScanData}
    before = len(demo.requests)
    listing = project.scans.of_type(MrScanData).columns(MrScanData.parameters.tr).filter(MrScanData.type == "T1")
    assert [scan.parameters.tr for scan in listing]
    assert {scan.type for scan in listing} == {"T1"}
    assert len(demo.requests) - before == 1


def test_sessions_without_scans_have_no_row(session):
    session.put("/data/projects/P")
    session.put("/data/projects/P/subjects/s/experiments/e", query={"xsiType": "xnat:mrSessionData"})
    assert list(session.projects["P"].scans) == []


def test_assessors_of_a_project_know_their_session_and_subject(demo, reader):
    before = len(demo.requests)
    project = reader.projects["sandbox"]
    (row,) = project.assessors.rows()
    assert (row["session_label"], row["subject_label"]) == ("test001_MR", "test001")
    assert isinstance(project.assessors[0], QcManualAssessorData)
    assert len(demo.requests) - before == 2
