"""Active, quarantined, locked and obsolete objects (rest-data 7.1.7, 7.3, section 5)."""

from __future__ import annotations

import pytest

from .accounts import account
from .imports_dicom import make


def status_of(client, path):
    return client.get(f"{path}/status").data.decode()


@pytest.mark.parametrize("place", ["subject", "session", "assessor"])
def test_objects_are_quarantined_and_activated(client, session, place):
    subject = session.partition("/experiments")[0]
    path = {"subject": subject, "session": session, "assessor": f"{session}/assessors/a"}[place]
    typed = "?xsiType=xnat:qcManualAssessorData&" if place == "assessor" else "?"
    client.put(f"{path}{typed}")
    assert status_of(client, path) == "active"
    assert client.put(f"{path}?quarantine=true").status == 200
    assert status_of(client, path) == "quarantine"
    assert client.put(f"{path}?activate=true").status == 200
    assert status_of(client, path) == "active"
    assert client.put(f"{path}?_obsolete=true").status == 200
    assert status_of(client, path) == "quarantine"


def test_new_object_may_start_in_quarantine(client, subject):
    path = f"{subject}/experiments/q"
    assert client.put(f"{path}?xsiType=xnat:mrSessionData&quarantine=true").status == 201
    assert status_of(client, path) == "quarantine"


@pytest.mark.parametrize(("code", "expected"), [("1", "quarantine"), ("true", "quarantine"), ("0", "active")])
def test_quarantine_code_of_the_project_is_for_new_experiments(client, subject, code, expected):
    project = subject.partition("/subjects")[0]
    assert client.put(f"{project}/quarantine_code/{code}").status == 200
    client.put(f"{subject}/experiments/q?xsiType=xnat:mrSessionData")
    assert status_of(client, f"{subject}/experiments/q") == expected
    assert status_of(client, subject) == "active"


def test_locked_session_refuses_changes_until_it_is_unlocked(client, scan):
    session = scan.partition("/scans")[0]
    assert client.put(f"{session}?_lock=true").status == 200
    assert status_of(client, session) == "active"
    for path in (f"{session}?xsiType=xnat:mrSessionData&note=n", f"{session}?label=e2", f"{scan}?quality=usable"):
        assert client.put(path).status == 403
    assert client.put(f"{session}/scans/2?xsiType=xnat:mrScanData").status == 403
    assert client.delete(session).status == 403
    assert client.delete(scan).status == 403
    assert client.put(f"{session}?_unlock=true").status == 200
    assert client.put(f"{session}?xsiType=xnat:mrSessionData&note=n").status == 200


def test_flag_that_is_off_changes_nothing(client, session):
    for value in ("false", "0", "FALSE"):
        assert client.put(f"{session}?quarantine={value}").status == 200
    assert status_of(client, session) == "active"


def test_members_may_edit_but_not_activate(client, session):
    project = session.split("/")[3]
    member, owner = account(client, **{project: "member"}), account(client, **{project: "owner"})
    assert member.put(f"{session}?quarantine=true").status == 403
    assert status_of(client, session) == "active"
    assert member.put(f"{session}?xsiType=xnat:mrSessionData&note=n").status == 200
    assert owner.put(f"{session}?quarantine=true").status == 200


@pytest.mark.parametrize("query", ["triggerPipelines=true", "action=triggerPipelines", "supressEmail=true"])
def test_actions_without_effect_are_taken(client, session, query):
    assert client.put(f"{session}?{query}").status == 200


@pytest.fixture
def filed(client, scan):
    """A scan with one DICOM file that was uploaded and not imported."""
    body = make(SeriesDescription="T1 axial", ManufacturerModelName="Tester")
    assert client.put(f"{scan}/resources/DICOM/files/a.dcm?inbody=true&format=DICOM", body=body).status == 200
    return scan


@pytest.mark.parametrize("query", ["pullDataFromHeaders=true", "action=pullDataFromHeaders"])
@pytest.mark.parametrize("place", ["scan", "session"])
def test_headers_are_read_again(client, filed, place, query):
    session = filed.partition("/scans")[0]
    assert client.put(f"{filed if place == 'scan' else session}?{query}").status == 200
    assert client.fields(filed)["series_description"] == "T1 axial"
    assert ("date" in client.fields(session)) == (place == "session")


def test_scan_types_are_fixed(client, session):
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData&series_description=bold")
    assert client.put(f"{session}?fixScanTypes=true").status == 200
    assert client.fields(f"{session}/scans/1")["type"] == "bold"
