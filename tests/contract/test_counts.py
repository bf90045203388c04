"""Requests are counted, so that one request an item cannot creep in."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import pytest

from xnat_sdk.models import MrSessionData, SubjectData

N = 1_000


@pytest.fixture
def project(session):
    """A project with a thousand subjects."""
    session.put("/data/projects/BIG")
    for number in range(N):
        body = f'<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" initials={quoteattr(f"I{number}")}/>'
        session.put(
            f"/data/projects/BIG/subjects/sub-{number:04d}", data=body.encode(), headers={"Content-Type": "text/xml"}
        )
    return session.projects["BIG"]


def test_reading_a_thousand_subjects(empty, project):
    before = len(empty.requests)
    pairs = [(subject.id, subject.label) for subject in project.subjects]
    assert len(pairs) == N
    assert len(empty.requests) - before == 1
    before = len(empty.requests)
    listing = project.subjects.columns(SubjectData.initials)
    assert {subject.initials for subject in listing} == {f"I{number}" for number in range(N)}
    assert len(empty.requests) - before == 1
    before = len(empty.requests)
    assert listing["sub-0007"].initials == "I7"
    assert [s.label for s in project.subjects.filter(SubjectData.initials == "I9")] == ["sub-0009"]
    assert len(empty.requests) - before == 1


def test_connecting_takes_one_request_and_closing_one(demo):
    from xnat_sdk import connect

    before = len(demo.requests)
    with connect(demo.url, demo.user, demo.password) as session:
        assert len(demo.requests) - before <= 2
        listed = len(demo.requests)
        assert "sandbox" in session.projects
        assert len(demo.requests) - listed == 1
    assert [record.method for record in demo.requests[listed + 1 :]] == ["DELETE"]


def test_walking_a_session_takes_one_request_a_listing(demo, reader):
    mr = reader.projects["sandbox"].sessions.of_type(MrSessionData)[0]
    before = len(demo.requests)
    scans = list(mr.scans)
    assert [scan.type for scan in scans]
    assert len(demo.requests) - before == 1
    scan = scans[0]
    assert scan.parameters.tr
    assert scan.parameters.te
    assert scan.frames
    assert len(demo.requests) - before == 2
