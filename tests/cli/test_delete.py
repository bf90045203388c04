"""``delete``: what goes, who is asked, and what is refused."""

from __future__ import annotations

import pytest

from .journal import record, sent, writes


@pytest.fixture
def site(small, office):
    """Two projects; the first has two subjects and a session with a scan, files and notes."""
    project = small.build.project("sandbox")
    session = project.subject("test001").mr_session("test001_MR", fields={"note": "x"})
    session.resource("NOTES", {"a.txt": b"one", "b.txt": b"two"})
    project.subject("test002")
    small.build.project("other")
    return office


def subjects(site, project="sandbox"):
    return [each.label for each in site.create_object(f"/data/projects/{project}").subjects]


def sessions(site, project="sandbox"):
    return [each.label for each in site.create_object(f"/data/projects/{project}").sessions]


def test_what_goes_is_shown_before_the_question(clerk, small, site):
    asked = clerk.terminal("delete", "sandbox/sessions/test001_MR", "--remove-files")
    asked.wait_for("Delete experiment test001_MR? It cannot be brought back. [y/N]")
    assert "1 scan, 4 files" in asked.screen
    asked.type("n")
    assert asked.end() == 7
    for key in "cd":
        asked = clerk.terminal("delete", "sandbox/sessions/test001_MR", "--remove-files")
        asked.wait_for("[y/N]")
        asked.press(key)
        assert asked.end() == 7, "Ctrl+C and Ctrl+D"
    assert (sessions(site), record(clerk)) == (["test001_MR"], [])
    asked = clerk.terminal("delete", "sandbox/sessions/test001_MR", "--remove-files")
    asked.wait_for("[y/N]")
    asked.type("y")
    assert asked.end() == 0
    assert sessions(site) == []
    (deletion,) = [one for one in small.requests if one.method == "DELETE" and "experiments" in one.path]
    assert deletion.query == (("removeFiles", "true"),)
    assert [line["event"] for line in record(clerk)] == ["start", "end"]


def test_it_has_to_be_said_what_becomes_of_files(clerk, small, site):
    before = len(small.requests)
    done = clerk.run("delete", "sandbox/test002", "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (2, 1, [])
    assert "--remove-files" in done.err
    assert clerk.run("delete", "sandbox/test002", "--keep-files", "--yes").status == 0
    (deletion,) = [one for one in small.requests if one.method == "DELETE" and "subjects" in one.path]
    assert deletion.query == (("removeFiles", "false"),)
    done = clerk.run("delete", "sandbox/sessions/test001_MR/resources/NOTES", "--keep-files", "--yes")
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_resources_and_files_go_without_that_choice(clerk, small, site):
    place = "sandbox/sessions/test001_MR/resources/NOTES"
    assert clerk.run("delete", f"{place}/files/a.txt", "--yes").status == 0
    held = site.projects["sandbox"].sessions["test001_MR"].resources["NOTES"]
    assert [file.name for file in held.files] == ["b.txt"]
    before = len(small.requests)
    done = clerk.run("delete", place, "--yes", "-q")
    assert (done.status, len(done.lines), len(writes(small, before))) == (0, 1, 1)
    assert done.lines[0].endswith("/resources/1") or "/resources/" in done.lines[0]
    gone = clerk.run("delete", place, "--yes")
    assert (gone.status, gone.err.count("\n")) == (5, 1)


def test_a_project_goes_when_its_id_is_typed(clerk, site):
    asked = clerk.terminal("delete", "sandbox", "--remove-files")
    asked.wait_for("Type sandbox to delete the project:")
    assert "2 subjects, 1 experiment" in asked.screen
    assert "never gives the ID" in asked.screen
    asked.type("y")
    assert asked.end() == 7
    assert "sandbox" in site.projects
    asked = clerk.terminal("delete", "sandbox", "--remove-files")
    asked.wait_for("delete the project:")
    asked.type("sandbox")
    assert asked.end() == 0
    site.projects.refresh()
    assert "sandbox" not in site.projects
    assert clerk.run("delete", "other", "--remove-files").status == 2
    assert clerk.run("delete", "other", "--remove-files", "--yes").status == 0


def test_projects_go_alone(clerk, site):
    asked = clerk.terminal("delete", "sandbox/test001", "other", "--remove-files")
    assert asked.end() == 2
    assert "a project is deleted by itself" in asked.screen
    assert subjects(site) == ["test001", "test002"]


def test_what_is_only_shared_is_refused_with_what_to_do(clerk, small, site):
    project = site.projects["sandbox"]
    project.subjects["test001"].share("other")
    project.sessions["test001_MR"].share("other")
    before = len(small.requests)
    by_id = project.sessions["test001_MR"].uri
    shown = ["other/test001", "other/sessions/test001_MR", "other/test001/test001_MR/resources/NOTES", by_id]
    for path in shown:
        done = clerk.run("delete", path, *([] if "NOTES" in path else ["--remove-files"]), "--yes")
        assert (done.status, done.err.count("\n")) == (2, 1), path
        assert "sandbox" in done.err
    assert "share --end --into other" in clerk.run("delete", shown[0], "--remove-files", "--yes").err
    assert writes(small, before) == []
    assert clerk.run("delete", "sandbox/sessions/test001_MR", "--remove-files", "--yes").status == 0
    assert sessions(site) == []


def test_several_of_which_some_fail(clerk, small, site):
    before = len(small.requests)
    done = clerk.run("delete", "-", "--remove-files", "--yes", "--json", stdin="sandbox/test002\nsandbox/nobody\n")
    assert done.status == 9
    assert [row["label"] for row in done.json["done"]] == ["test002"]
    (failed,) = done.json["failed"]
    assert (failed["path"], failed["exit_status"]) == ("sandbox/nobody", 5)
    assert subjects(site) == ["test001"]
    assert len(writes(small, before)) == 1
    assert record(clerk)[-1]["exit_status"] == 9


def test_a_dry_run_and_a_read_only_connection_send_nothing(clerk, small, site):
    before = len(small.requests)
    status, screen = clerk.shown(
        "delete", "sandbox/test001", "sandbox/sessions/test001_MR", "--remove-files", "--dry-run"
    )
    assert status == 0
    assert "1 experiment" in screen
    done = clerk.run("delete", "sandbox", "--remove-files", "--dry-run", "--json")
    assert done.json["planned"][0]["holds"] == "2 subjects, 1 experiment"
    refused = clerk.run("delete", "sandbox/test001", "--remove-files", "--yes", "--read-only")
    assert (refused.status, refused.err.count("\n")) == (6, 1)
    assert writes(small, before) == []
    nobody = clerk.run("delete", "sandbox/test001", "--remove-files")
    assert (nobody.status, nobody.err.count("\n"), "--yes" in nobody.err) == (2, 1, True)
    assert len(sent(small, before)) > 4


@pytest.mark.parametrize("path", ["sandbox/subjects", ""])
def test_listings_are_no_items(clerk, site, path):
    done = clerk.run("delete", path, "--remove-files", "--yes")
    assert (done.status, done.err.count("\n")) == (2, 1)
