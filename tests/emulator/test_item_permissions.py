"""Who may make, change, share and delete objects (rest-data 2.5.4, 4.7, 7.3, 7.5, section 8)."""

from __future__ import annotations

import pytest

from .accounts import account


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def rights(caller, subject):
    """Return the statuses of a read, a creation, a change and a deletion."""
    project = subject.partition("/subjects")[0]
    return (
        caller.get(subject).status,
        caller.put(f"{project}/subjects/new").status,
        caller.put(f"{subject}?group=g").status,
        caller.delete(subject).status,
    )


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        ("owner", (200, 201, 200, 200)),
        ("member", (200, 201, 200, 403)),
        ("collaborator", (200, 403, 403, 403)),
        (None, (404, 404, 404, 404)),
    ],
)
def test_groups_of_a_project(client, subject, name, grouping, expected):
    caller = account(client, **({name: grouping} if grouping else {}))
    assert rights(caller, subject) == expected


def test_session_and_its_parts_for_a_collaborator(client, scan, name):
    session = scan.partition("/scans")[0]
    client.put(f"{session}/assessors/a?xsiType=xnat:qcManualAssessorData")
    client.put(f"{session}/reconstructions/seen-{name}?type=x")
    caller = account(client, **{name: "collaborator"})
    for path in (session, scan, f"{session}/assessors/a", f"{session}/reconstructions/seen-{name}"):
        assert caller.get(path).status == 200
        assert caller.put(f"{path}?xnat:imageScanData/note=x").status == 403
        assert caller.delete(path).status == 403
    new = {
        f"{session}/scans/9?xsiType=xnat:mrScanData",
        f"{session}/assessors/b?xsiType=xnat:qcManualAssessorData",
        f"{session}/reconstructions/s?type=y",
        f"{session}b?xsiType=xnat:mrSessionData",
    }
    assert {caller.put(path).status for path in new} == {403}


def test_lists_hold_what_one_may_read(client, session, name):
    caller, stranger = account(client, **{name: "collaborator"}), account(client)
    assert [row["project"] for row in caller.rows("/data/subjects")] == [name]
    assert [row["project"] for row in caller.rows("/data/experiments")] == [name]
    assert stranger.rows("/data/experiments") == []
    assert stranger.get("/data/subjects").status == 500
    assert stranger.get(f"/data/projects/{name}/subjects").status == 404


def test_protected_project_is_seen_and_its_data_is_not(client, session, name):
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.project_settings.put(name, "accessibility", "protected")
    stranger = account(client)
    assert stranger.get(f"/data/projects/{name}/subjects").status == 403
    assert stranger.get(f"/data/projects/{name}/experiments").status == 403
    assert stranger.get(session).status == 404


def test_sharing_needs_create_there(client, project, session, name):
    client.put(f"{project}B")
    path = f"{session}/projects/{name}B"
    assert account(client, **{name: "owner"}).put(path).status == 404
    assert account(client, **{name: "owner", f"{name}B": "collaborator"}).put(path).status == 403
    assert account(client, **{f"{name}B": "owner"}).put(path).status == 404
    sharer = account(client, **{name: "collaborator", f"{name}B": "member"})
    assert sharer.put(path).status == 200
    assert sharer.put(f"{path}?primary=true").status == 403


def test_subject_that_must_not_be_read_is_refused_with_403(client, project, subject, name):
    client.put(f"{project}B")
    identifier = client.fields(subject)["ID"]
    caller = account(client, **{f"{name}B": "owner"})
    assert caller.put(f"/data/subjects/{identifier}/projects/{name}B").status == 403


def test_share_opens_one_object_and_no_more(client, project, session, name):
    client.put(f"{project}B")
    client.put(f"{session}/projects/{name}B")
    caller = account(client, **{f"{name}B": "owner"})
    assert caller.get(f"/data/projects/{name}B/experiments/e1").status == 200
    assert caller.get(session).status == 404
    assert caller.put(f"/data/projects/{name}B/experiments/e1?xsiType=xnat:mrSessionData").status == 403
    identifier = client.fields(session)["ID"]
    assert caller.delete(f"/data/experiments/{identifier}").status == 403
    assert caller.delete(f"/data/projects/{name}B/experiments/e1").status == 200
    assert client.get(session).status == 200


def test_document_of_a_shared_subject_hides_its_other_experiments(client, project, session, name):
    client.put(f"{project}B")
    subject = session.partition("/experiments")[0]
    client.put(f"{subject}/projects/{name}B")
    caller = account(client, **{f"{name}B": "owner"})
    fields = {entry["field"] for entry in caller.item(f"/data/projects/{name}B/subjects/s1")["children"]}
    assert fields == {"sharing/share"}
    assert "experiments/experiment" in {entry["field"] for entry in client.item(subject)["children"]}
