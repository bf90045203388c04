"""``copy``: a project to another ID and to another server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_sdk import XnatSession, connect

from .journal import record, sent, writes


@pytest.fixture
def owner(clerk, small):
    """The desk of somebody with a small project."""
    project = small.build.project("P")
    imaging = project.subject("S1").mr_session("E1", scans=["T1", "T2"], slices=1)
    imaging.resource("NOTES", {"a.txt": b"a"})
    project.subject("S2").ct_session("E2", scans=["thorax"], slices=1)
    return clerk


@pytest.fixture
def second(clerk) -> Iterator[xnat_emulator.Emulator]:
    """Another server, with an account of its own name."""
    with xnat_emulator.start(user="ada", password="secret2") as server:
        yield server


@pytest.fixture
def address(owner, second) -> str:
    """The URL of the other server, which netrc has its account of."""
    with (owner.home / ".netrc").open("a") as netrc:
        netrc.write(f"machine localhost\nlogin {second.user}\npassword {second.password}\n")
    return second.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def elsewhere(second) -> Iterator[XnatSession]:
    with connect(second.url, second.user, second.password) as connection:
        yield connection


def labels(connection: XnatSession, project: str) -> list[str]:
    return sorted(each.label for each in connection.projects[project].experiments)


def test_to_another_id_on_the_same_server(owner, office):
    status, screen = owner.shown("copy", "P", "P2", "--name", "The second")
    assert status == 0, screen
    assert "/data/projects/P2: 4 files copied (" in screen
    assert "compared with the server: 4 by MD5" in screen
    assert labels(office, "P2") == ["E1", "E2"]
    begun, ended = record(owner)
    assert (begun["action"], begun["paths"][0], ended["exit_status"]) == ("copy", "/data/projects/P", 0)
    again = owner.run("copy", "P", "P2", "--name", "The second", "--json")
    assert (again.status, again.json["moved"], again.json["skipped"]) == (0, 0, 4)
    assert again.json["ids"]["project P"] == "P2"


def test_dry_run_is_the_plan_with_its_conflicts(owner, small):
    before = len(small.requests)
    done = owner.run("copy", "P", "P2", "--dry-run")
    assert done.status == 8
    assert "To make: 2 subjects, 2 experiments" in done.out
    assert "give --name another" in done.out
    (line,) = done.err.splitlines()
    assert line.startswith("error: 1 thing on ")
    assert writes(small, before) == []
    assert len(sent(small, before)) <= 9, "the project, and eight of the plan"
    assert record(owner) == []
    fine = owner.run("copy", "P", "P2", "--name", "Other", "--dry-run", "--json")
    assert (fine.status, fine.json["conflicts"], len(fine.json["items"])) == (0, [], 5)


def test_conflicts_stop_a_copy_before_anything_is_written(owner, small):
    before = len(small.requests)
    done = owner.run("copy", "P", "P2", "--json")
    assert done.status == 8
    assert [each["kind"] for each in done.json["conflicts"]] == ["project"]
    assert writes(small, before) == []


def test_filters(owner, office):
    words = ["--subject", "S1", "--type", "xnat:mr*", "--scan", "T1", "--resource", "DICOM", "--workers", "2"]
    done = owner.run("copy", "P", "part", "--name", "Part", *words, "--json")
    assert done.status == 0, done.err
    assert labels(office, "part") == ["E1"]
    (copied,) = office.projects["part"].sessions
    assert [scan.type for scan in copied.scans] == ["T1"]
    assert [resource.label for resource in copied.resources] == []


def test_to_another_server(owner, second, elsewhere, address):
    words = ["--to-server", address, "--to-user", "ada"]
    done = owner.run("copy", "P", *words, "--json")
    assert done.status == 0, done.err
    assert done.json["target"] == f"{address}/data/projects/P"
    assert [one.path for one in list(second.requests)][-1] == "/data/JSESSION", "logged out there, too"
    assert labels(elsewhere, "P") == ["E1", "E2"]


def test_to_a_profile(owner, elsewhere, address):
    made = owner.run("profile", "add", "other", address, "--user", "ada")
    assert made.status == 0, made.err
    done = owner.run("copy", "P", "P3", "--to-profile", "other", "--json")
    assert done.status == 0, done.err
    assert labels(elsewhere, "P3") == ["E1", "E2"]


def test_what_is_there_already_is_left_or_in_the_way(owner, office):
    office.projects["P"].subjects["S1"]
    assert owner.run("copy", "P", "P2", "--name", "Two", "--subject", "S2").status == 0
    done = owner.run("copy", "P", "P2", "--name", "Two", "--if-there", "skip", "--share", "A=B")
    assert done.status == 0, done.err
    assert labels(office, "P2") == ["E1", "E2"]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["P"], 2, "cannot be copied to itself"),
        (["P/S1", "X"], 2, "P/S1 is no project"),
        (["nothing", "X"], 5, "404"),
        (["P", "X", "--share", "A"], 2, "--share takes ID=NEW_ID"),
        (["P", "X", "--to-user", "ada"], 2, "--to-user is the account on another server"),
        (["P", "--to-server", "http://127.0.0.1:9"], 4, "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_copied_is_one_line(owner, words, status, text):
    done = owner.run("copy", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_an_error_is_json_for_programs(owner):
    done = owner.run("copy", "nothing", "X", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (5, 5, "")
