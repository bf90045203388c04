"""``share``: into other projects, under other labels, and the end of it."""

from __future__ import annotations

import pytest

from .journal import record, sent, writes


@pytest.fixture
def site(small, office):
    """Two projects; the first has a subject and a session."""
    subject = small.build.project("sandbox").subject("test001")
    subject.mr_session("test001_MR")
    small.build.project("other")
    return office


def shown_in(site, project):
    found = site.create_object(f"/data/projects/{project}")
    return [each.label for each in found.subjects], [each.label for each in found.experiments]


def test_subject_and_session_on_a_terminal(clerk, small, site):
    before = len(small.requests)
    status, screen = clerk.shown("share", "sandbox/test001", "sandbox/sessions/test001_MR", "--into", "other")
    assert status == 0, screen
    assert "test001_MR" in screen
    assert len(sent(small, before)) == 4, "each is read and shared"
    assert shown_in(site, "other") == (["test001"], ["test001_MR"])
    start, end = record(clerk)
    assert (start["action"], len(start["paths"]), len(end["done"])) == ("share", 2, 2)


def test_another_label_there(clerk, site):
    done = clerk.run("share", "sandbox/sessions/test001_MR", "--into", "other", "--label", "s1_MR", "--json")
    assert done.json["done"][0]["as"] == "s1_MR"
    assert shown_in(site, "other")[1] == ["s1_MR"]
    assert shown_in(site, "sandbox")[1] == ["test001_MR"]
    two = clerk.run("share", "sandbox/test001", "sandbox/sessions/test001_MR", "--into", "other", "--label", "x")
    assert (two.status, two.err) == (2, "error: --label gives one label: name one item, or leave it out\n")


def test_a_label_that_is_taken_there(clerk, small, site):
    small.build.project("third").subject("test001")
    done = clerk.run("share", "sandbox/test001", "--into", "third")
    assert (done.status, done.err.count("\n")) == (8, 1)


def test_the_end_asks_first_and_never_deletes(clerk, small, site):
    site.projects["sandbox"].subjects["test001"].share("other")
    asked = clerk.terminal("share", "sandbox/test001", "--into", "other", "--end")
    asked.wait_for("End the sharing of test001 into other? [y/N]")
    asked.type("no")
    assert asked.end() == 7
    asked = clerk.terminal("share", "sandbox/test001", "--into", "other", "--end")
    asked.wait_for("[y/N]")
    asked.type("y")
    assert asked.end() == 0
    assert (shown_in(site, "other")[0], shown_in(site, "sandbox")[0]) == ([], ["test001"])
    before = len(small.requests)
    own = clerk.run("share", "sandbox/test001", "--into", "sandbox", "--end", "--yes")
    assert (own.status, own.err.count("\n")) == (2, 1)
    assert writes(small, before) == []
    assert shown_in(site, "sandbox")[0] == ["test001"]


def test_another_project_of_its_own(clerk, site):
    asked = clerk.terminal("share", "sandbox/test001", "--into", "other", "--primary")
    asked.wait_for("Move test001 to project other? [y/N]")
    asked.type("y")
    assert asked.end() == 0
    assert shown_in(site, "other")[0] == ["test001"]
    assert "test001" not in shown_in(site, "sandbox")[0]
    both = clerk.run("share", "other/test001", "--into", "sandbox", "--primary", "--end")
    assert (both.status, both.err) == (2, "error: --end ends a sharing: leave out --label and --primary\n")


def test_paths_of_labels_are_not_sent_once_a_label_may_mean_nothing(clerk, small, site):
    before = len(small.requests)
    words = ["sandbox/test001", "sandbox/test001/test001_MR", "--into", "other", "--primary", "--yes"]
    assert clerk.run("share", *words).status == 0
    assert [each for each in writes(small, before) if "/test001" in each] == []
    assert shown_in(site, "other") == (["test001"], ["test001_MR"])


def test_scans_take_part_and_projects_do_not(clerk, site):
    done = clerk.run("share", "sandbox/test001/test001_MR/scans/1", "--into", "other")
    assert done.status in {0, 5}
    done = clerk.run("share", "sandbox", "--into", "other")
    assert (done.status, done.err) == (2, "error: 'sandbox' cannot be shared: name subjects, sessions or scans\n")


@pytest.mark.parametrize("more", [[], ["--primary"], ["--end"]])
def test_a_dry_run_and_a_read_only_connection_send_nothing(clerk, small, site, more):
    site.projects["sandbox"].subjects["test001"].share("other")
    before = len(small.requests)
    done = clerk.run("share", "sandbox/test001", "--into", "other", *more, "--dry-run", "--json")
    assert (done.status, done.json["planned"][0]["label"]) == (0, "test001")
    refused = clerk.run("share", "sandbox/test001", "--into", "other", *more, "--yes", "--read-only")
    assert (refused.status, refused.err.count("\n")) == (6, 1)
    assert writes(small, before) == []


def test_part_of_them_from_standard_input(clerk, site):
    done = clerk.run("share", "-", "--into", "other", stdin="sandbox/test001\nsandbox/nobody\n")
    assert done.status == 9
    assert done.err.startswith("error: sandbox/nobody: ")
    assert done.err.count("\n") == 1
    assert shown_in(site, "other")[0] == ["test001"]
    unknown = clerk.run("share", "sandbox/test001", "--into", "nowhere")
    assert (unknown.status, unknown.err.count("\n")) == (5, 1)


@pytest.mark.parametrize("way", ["--end", "--primary"])
def test_without_a_terminal_nothing_is_asked_or_changed(clerk, small, site, way):
    site.projects["sandbox"].subjects["test001"].share("other")
    before = len(small.requests)
    done = clerk.run("share", "sandbox/test001", "--into", "other", way)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "--yes" in done.err
    assert writes(small, before) == []
    assert shown_in(site, "other")[0] == ["test001"]
