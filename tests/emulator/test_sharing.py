"""Sharing objects with other projects, moving them there, and taking them out again (rest-data 7.5)."""

from __future__ import annotations

import pytest


@pytest.fixture
def other(client, project):
    """The ID of a second project."""
    name = f"{project.rpartition('/')[2]}B"
    assert client.put(f"/data/projects/{name}").status == 200
    return name


@pytest.fixture
def identifier(client, session):
    return client.fields(session)["ID"]


def name_of(path):
    return path.rpartition("/")[2]


def shares(client, path):
    return {row["ID"]: row["label"] for row in client.rows(f"{path}/projects?format=json")}


# --- subjects ---


def test_shared_subject_is_seen_by_its_label_there(client, subject, other):
    response = client.put(f"{subject}/projects/{other}?label=there&format=json")
    assert response.status == 200
    assert b'"label":"there"' in response.data
    (row,) = client.rows(f"/data/projects/{other}/subjects")
    assert (row["label"], row["project"]) == ("there", name_of(subject.partition("/subjects")[0]))
    fields = client.fields(f"/data/projects/{other}/subjects/there")
    assert (fields["label"], fields["project"]) == ("s1", row["project"])
    assert list(shares(client, subject).values()) == ["s1", "there"]


def test_share_table_is_html_unless_a_format_is_given(client, subject, other):
    response = client.put(f"{subject}/projects/{other}")
    assert response.headers["Content-Type"].startswith("text/html")
    assert b"Secondary_ID" in response.data


def test_subject_is_shared_once_and_relabelled(client, subject, other):
    share = f"{subject}/projects/{other}"
    assert client.put(f"{share}?label=a").status == 200
    again = client.put(f"{share}?label=a")
    assert (again.status, client.message(again)) == (409, f"Already assigned to project:{other}")
    assert client.put(f"{share}?label=b").status == 200
    assert shares(client, subject)[other] == "b"


def test_label_in_use_there_is_refused(client, subject, session, other):
    client.put(f"/data/projects/{other}/subjects/taken")
    assert client.put(f"{subject}/projects/{other}?label=taken").status == 409
    client.put(f"/data/projects/{other}/subjects/x/experiments/taken?xsiType=xnat:mrSessionData")
    assert client.put(f"{session}/projects/{other}?label=taken").status == 409
    assert other not in shares(client, subject)


def test_unknown_project_is_not_found_and_no_project_is_no_share(client, subject):
    assert client.put(f"{subject}/projects/NOWHERE").status == 404
    assert client.put(f"{subject}/projects").status == 400


def test_primary_moves_a_subject(client, subject, other):
    response = client.put(f"{subject}/projects/{other}?primary=true&label=moved&format=json")
    assert response.status == 200
    assert client.fields(f"/data/projects/{other}/subjects/moved")["project"] == other
    assert client.get(subject).status == 404
    moved = f"/data/projects/{other}/subjects/moved"
    assert client.put(f"{moved}/projects/{other}?primary=true").status == 409


def test_move_to_a_used_label_is_refused_and_done(client, subject, other):
    client.put(f"/data/projects/{other}/subjects/taken")
    identifier = client.fields(subject)["ID"]
    assert client.put(f"{subject}/projects/{other}?primary=true&label=taken").status == 409
    assert client.fields(f"/data/subjects/{identifier}")["project"] == other


# --- experiments ---


def test_each_url_of_an_experiment_answers_in_its_own_way(client, session, identifier, other):
    """rest-data 7.5.4: id with 200, and 201 without a project in the path."""
    project = session.partition("/subjects")[0]
    seen = []
    for number, base in enumerate((session, f"{project}/experiments/e1", f"/data/experiments/{identifier}")):
        name = f"{other}{number}"
        client.put(f"/data/projects/{name}")
        response = client.put(f"{base}/projects/{name}?label=e{number}")
        seen.append((response.status, response.data.decode()))
    assert seen == [(200, identifier), (200, identifier), (201, identifier)]


def test_shared_experiment_shows_the_names_of_the_project(client, session, other):
    client.put(f"{session.partition('/experiments')[0]}/projects/{other}?label=ThereSubject")
    client.put(f"{session}/projects/{other}?label=there")
    (row,) = client.rows(f"/data/projects/{other}/experiments?columns=ID,label,project,subject_label")
    assert (row["label"], row["project"], row["subject_label"]) == ("there", other, "ThereSubject")
    (row,) = client.rows(f"/data/projects/{other}/subjects/ThereSubject/experiments")
    assert row["label"] == "there"


def test_sharing_a_subject_leaves_its_experiments(client, session, other):
    client.put(f"{session.partition('/experiments')[0]}/projects/{other}")
    assert client.rows(f"/data/projects/{other}/subjects/s1/experiments") == []


def test_sharing_an_experiment_leaves_its_subject(client, session, other):
    client.put(f"{session}/projects/{other}")
    assert client.get(f"/data/projects/{other}/subjects/s1").status == 404
    assert client.get(f"/data/projects/{other}/experiments/e1").status == 200


def test_relabelled_experiment_answers_409_all_the_same(client, session, other):
    """rest-data 7.5.5 and recorded answer D23."""
    assert client.put(f"{session}/projects/{other}?label=a").status == 200
    again = client.put(f"{session}/projects/{other}?label=b")
    assert (again.status, client.message(again)) == (409, f"Already assigned to project:{other}")
    assert shares(client, session)[other] == "b"


def test_own_project_is_refused_on_the_subject_qualified_route(client, session):
    project = name_of(session.partition("/subjects")[0])
    assert client.put(f"{session}/projects/{project}").status == 409


def test_primary_moves_an_experiment_with_its_scans(client, scan, other):
    session = scan.partition("/scans")[0]
    response = client.put(f"{session}/projects/{other}?primary=true")
    assert (response.status, response.data) == (200, b"")
    moved = client.fields(f"/data/projects/{other}/experiments/e1")
    assert moved["project"] == other
    assert client.fields(f"/data/experiments/{moved['ID']}/scans/1")["project"] == other


def test_primary_must_be_true_to_the_letter(client, session, other):
    assert client.put(f"{session}/projects/{other}?primary=1").status == 200
    assert client.fields(session)["project"] != other


def test_move_without_a_project_in_the_path_is_done_and_fails(client, session, identifier, other):
    assert client.put(f"/data/experiments/{identifier}/projects/{other}?primary=true").status == 500
    assert client.fields(f"/data/experiments/{identifier}")["project"] == other


def test_named_assessors_move_along(client, session, other):
    first = client.put(f"{session}/assessors/a?xsiType=xnat:qcManualAssessorData").data.decode()
    second = client.put(f"{session}/assessors/b?xsiType=xnat:qcManualAssessorData").data.decode()
    client.put(f"{session}/projects/{other}?primary=true&moveAssessors={first},nonsense")
    assert client.fields(f"/data/experiments/{first}")["project"] == other
    assert client.fields(f"/data/experiments/{second}")["project"] != other


# --- scans and assessors ---


def test_shared_session_shares_its_scans(client, scan, other):
    session = scan.partition("/scans")[0]
    client.put(f"{session}/projects/{other}")
    (share,) = [one["items"][0]["data_fields"] for one in client.item(scan)["children"]]
    assert (share["project"], share["label"]) == (other, "1")
    client.delete(f"{session}/projects/{other}")
    assert client.item(scan)["children"] == []


def test_shared_scan_shares_its_session_without_other_scans(client, scan, other):
    session = scan.partition("/scans")[0]
    client.put(f"{session}/scans/2?xsiType=xnat:mrScanData")
    response = client.put(f"{scan}/projects/{other}")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert other in shares(client, session)
    assert client.item(f"{session}/scans/2")["children"] == []
    assert client.put(f"{scan}/projects/{other}").status == 409


def test_shared_assessor_answers_with_the_table(client, session, other):
    client.put(f"{session}/assessors/a?xsiType=xnat:qcManualAssessorData")
    response = client.put(f"{session}/assessors/a/projects/{other}?label=q&format=json")
    assert response.status == 200
    assert b'"label":"q"' in response.data
    moved = client.put(f"{session}/assessors/a/projects/{other}?primary=true")
    assert (moved.status, moved.data) == (200, b"")


# --- taking out again ---


@pytest.mark.parametrize("through", ["share", "project"])
def test_share_is_taken_away(client, session, other, through):
    client.put(f"{session}/projects/{other}?label=there")
    path = f"{session}/projects/{other}" if through == "share" else f"/data/projects/{other}/experiments/there"
    response = client.delete(f"{path}?removeFiles=true")
    assert (response.status, response.data) == (200, b"")
    assert client.get(session).status == 200
    assert client.rows(f"/data/projects/{other}/experiments") == []


def test_taking_out_of_the_primary_project_deletes(client, session, identifier):
    """Claimed of a 1.9 server (peers 5.2)."""
    project = name_of(session.partition("/subjects")[0])
    assert client.delete(f"{session}/projects/{project}").status == 200
    assert client.get(f"/data/experiments/{identifier}").status == 404


def test_taking_out_what_was_never_shared(client, subject, session, other):
    """Claimed of a 1.9 server (peers 5.2): subjects are refused, sessions are not."""
    assert client.delete(f"{subject}/projects/{other}").status == 403
    assert client.delete(f"{session}/projects/{other}").status == 200
    assert client.get(session).status == 200


def test_sharing_may_be_turned_off(client, subject, other):
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.settings.set("sharingEnabled", False)
    try:
        refused = client.put(f"{subject}/projects/{other}")
    finally:
        with archive.transaction():
            archive.settings.set("sharingEnabled", True)
    assert (refused.status, client.message(refused)) == (403, "Sharing is not allowed.")
