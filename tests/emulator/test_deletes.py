"""Deleting objects (rest-data section 8)."""

from __future__ import annotations

import pytest


def test_subject_with_experiments_elsewhere_is_refused(client, project, session):
    client.put(f"{project}B")
    name = f"{project.rpartition('/')[2]}B"
    client.put(f"{session}/projects/{name}?primary=true")
    subject = session.partition("/experiments")[0]
    refused = client.delete(subject)
    assert refused.status == 403
    assert client.message(refused)
    client.delete(f"/data/projects/{name}/experiments/e1")
    assert client.delete(subject).status == 200


@pytest.mark.parametrize("tail", ["nonsense", "files2/x", "history", "status", "projects"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_writes_with_another_tail_are_refused(client, session, method, tail):
    subject = session.partition("/experiments")[0]
    for path in (subject, session):
        assert client.request(method, f"{path}/{tail}").status == 400
    assert client.get(session).status == 200


def test_scans_below_a_project_alone_are_a_tail(client, scan):
    """rest-data 1.3: the route with a project and no subject has no scans."""
    project = scan.partition("/subjects")[0]
    path = f"{project}/experiments/e1/scans/1"
    assert client.delete(path).status == 400
    assert client.put(f"{path}?xsiType=xnat:mrScanData").status == 400
    assert client.item(path)["meta"]["xsi:type"] == "xnat:mrSessionData"


@pytest.mark.parametrize("part", ["scans/1", "reconstructions/deleted"])
def test_parts_of_a_session(client, scan, part):
    session = scan.partition("/scans")[0]
    client.put(f"{session}/reconstructions/deleted?type=x")
    assert client.delete(f"{session}/{part}/nonsense").status == 400
    deleted = client.delete(f"{session}/{part}?removeFiles=true")
    assert (deleted.status, deleted.data) == (200, b"")
    assert client.delete(f"{session}/{part}").status == 404


def test_files_go_with_their_object(client, files):
    client.put(f"{files}/a.bin?inbody=true", body=b"x" * 2000, headers={"Content-Type": "application/octet-stream"})
    folder = client.emulator.site.archive.folder / "blobs"
    before = {path for path in folder.rglob("*") if path.is_file()}
    client.delete(files.partition("/scans")[0])
    assert len(before - {path for path in folder.rglob("*") if path.is_file()}) == 1


def test_deleting_through_a_foreign_project_is_not_found(client, project, session):
    client.put(f"{project}C")
    identifier = client.fields(session)["ID"]
    assert client.delete(f"{project}C/experiments/{identifier}").status == 404
    assert client.get(session).status == 200


def test_project_takes_along_what_it_owns_and_no_more(client, project, session):
    """An experiment that was moved there goes, its subject stays; what was only shared stays without the share."""
    client.put(f"{project}D")
    other = f"{project.rpartition('/')[2]}D"
    subject = session.partition("/experiments")[0]
    client.put(f"{subject}/experiments/e2?xsiType=xnat:mrSessionData")
    client.put(f"{session}/projects/{other}?primary=true")
    client.put(f"{subject}/projects/{other}")
    client.put(f"{subject}/experiments/e2/projects/{other}")
    assert client.delete(f"{project}D").status == 200
    assert [row["label"] for row in client.rows(f"{subject}/experiments")] == ["e2"]
    assert len(client.rows(f"{subject}/projects?format=json")) == 1
    assert len(client.rows(f"{subject}/experiments/e2/projects?format=json")) == 1


# --- resources and files (rest-data 8.6, 8.7) ---


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ("A", ["B", "C"]),
        ("A,C", ["B"]),
        ("A,NONE", ["B", "C"]),
        ("NONE,B,A", ["C"]),
        ("B,B", ["A", "C"]),
        ("NONE", ["A", "B", "C"]),
        ("NONE,NOR", ["A", "B", "C"]),
    ],
)
def test_resources_that_exist_go_and_the_others_are_passed_over(client, session, names, left):
    for label in "ABC":
        assert client.put(f"{session}/resources/{label}").status == 200
    answer = client.delete(f"{session}/resources/{names}")
    assert (answer.status, answer.data) == (200, b"")
    assert [row["label"] for row in client.rows(f"{session}/resources?format=json")] == left


def test_resource_of_an_unknown_session_cannot_be_deleted(client, project):
    assert client.delete("/data/experiments/nowhere/resources/A").status == 404
    assert client.delete(f"{project}/subjects/nobody/resources/A").status == 404


@pytest.mark.parametrize(
    ("tail", "status", "left"),
    [
        ("/a.txt", 200, ["sub/b.txt", "sub/deep/c.txt"]),
        ("/sub", 200, ["a.txt"]),
        ("/sub/", 200, ["a.txt"]),
        ("/sub/deep", 200, ["a.txt", "sub/b.txt"]),
        ("/su", 404, ["a.txt", "sub/b.txt", "sub/deep/c.txt"]),
        ("/none?accept-not-found=true", 204, ["a.txt", "sub/b.txt", "sub/deep/c.txt"]),
    ],
)
def test_files_go_one_by_one_or_by_the_folder(client, files, tail, status, left):
    for path in ("a.txt", "sub/b.txt", "sub/deep/c.txt"):
        client.put(f"{files}/{path}?inbody=true", body=b"x")
    assert client.delete(f"{files}{tail}").status == status
    assert [row["URI"].partition("/files/")[2] for row in client.rows(files)] == left
    assert client.delete(f"{files.partition('/resources')[0]}/resources/NONE/files/a").status == 400
