"""``mirror``: a folder in step with a project, run after run."""

from __future__ import annotations

import pytest

from .journal import record, sent


@pytest.fixture
def keeper(clerk, small):
    """The desk of somebody who mirrors a small project."""
    imaging = small.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=1)
    imaging.resource("NOTES", {"a.txt": b"a", "b.txt": b"b"})
    return clerk


def experiment(office):
    return office.projects["P"].subjects["S"].experiments["E"]


def test_a_first_run_and_a_second_one(keeper, small):
    status, screen = keeper.shown("mirror", "P", "copy-of-P")
    assert status == 0
    assert "copy-of-P: 3 files downloaded" in screen
    assert (keeper.folder / "copy-of-P" / "S" / "E" / "resources" / "NOTES" / "files" / "a.txt").read_bytes() == b"a"
    before = len(small.requests)
    again = keeper.run("mirror", "P", "copy-of-P", "--json", "--workers", "2")
    assert (again.status, again.json["moved"]) == (0, 0)
    assert len(sent(small, before)) <= 14, "the project, seven tables, and items that changed this moment"
    assert record(keeper) == [], "nothing was deleted"


def test_dry_run_tells_and_writes_nothing(keeper, small):
    before = len(small.requests)
    done = keeper.run("mirror", "P", "copy-of-P", "--dry-run")
    assert done.status == 0
    assert "would be looked into: E" in done.lines
    assert len(sent(small, before)) == 8
    assert not (keeper.folder / "copy-of-P").exists()


def test_what_is_gone_stays_until_delete(keeper, office):
    keeper.run("mirror", "P", "m")
    files = keeper.folder / "m" / "S" / "E" / "resources" / "NOTES" / "files"
    experiment(office).resources["NOTES"].files["a.txt"].delete()
    kept = keeper.run("mirror", "P", "m", "--check-all")
    assert kept.status == 0
    assert "gone from the server: S/E/resources/NOTES/files/a.txt, kept here" in kept.err
    assert (files / "a.txt").exists()
    refused = keeper.run("mirror", "P", "m", "--delete", "--check-all")
    assert refused.status == 2
    assert "--yes" in refused.err
    done = keeper.run("mirror", "P", "m", "--delete", "--check-all", "--yes", "--json")
    assert (done.status, [each["deleted"] for each in done.json["gone_files"]]) == (0, [True])
    assert not (files / "a.txt").exists()
    assert (files / "b.txt").exists()
    begun, ended = record(keeper)
    assert (begun["action"], begun["paths"], ended["exit_status"]) == ("mirror --delete", ["m"], 0)


def test_a_deleted_session_is_told_by_dry_run_and_asked_about(keeper, office):
    keeper.run("mirror", "P", "m")
    experiment(office).delete(remove_files=True)
    told = keeper.run("mirror", "P", "m", "--delete", "--dry-run")
    assert "gone from the server: E" in told.lines
    assert "would be deleted: S/E/resources/NOTES/files/a.txt" in told.lines
    terminal = keeper.terminal("mirror", "P", "m", "--delete")
    terminal.wait_for("[y/N]")
    terminal.type("n")
    assert terminal.end() == 7
    assert "nothing was changed" in terminal.screen
    assert (keeper.folder / "m" / "S" / "E").exists()
    terminal = keeper.terminal("mirror", "P", "m", "--delete")
    terminal.wait_for("[y/N]")
    terminal.type("y")
    assert terminal.end() == 0
    assert not (keeper.folder / "m" / "S" / "E").exists()


def test_a_file_that_was_changed_here_is_a_conflict(keeper, office):
    keeper.run("mirror", "P", "m")
    mine = keeper.folder / "m" / "S" / "E" / "resources" / "NOTES" / "files" / "a.txt"
    mine.write_text("mine")
    done = keeper.run("mirror", "P", "m", "--check-all")
    assert done.status == 8
    (line,) = done.err.splitlines()
    assert "a.txt" in line
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["P/S", "m"], 2, "P/S is no project"),
        (["nothing", "m"], 5, "404"),
        (["P"], 2, "error"),
    ],
)
def test_what_cannot_be_mirrored_is_one_line(keeper, words, status, text):
    done = keeper.run("mirror", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_an_error_is_json_for_programs(keeper):
    done = keeper.run("mirror", "nothing", "m", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (5, 5, "")
