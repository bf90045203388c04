"""``prearchive``: listing, archiving, moving, rebuilding and deleting what waits."""

from __future__ import annotations

import pytest

from tests.contract.imaging import study, zipped

from .journal import record, sent, writes


@pytest.fixture
def receive(small, office):
    """Has a study arrive in the prearchive; returns its path there."""
    for name in ("sandbox", "other"):
        small.build.project(name)

    def receive(label="test001_MR", **options):
        files = study(PatientID=label, uid=f"1.2.{len(office.prearchive.sessions())}.{len(label)}", **options)
        return office.services.import_(data=zipped(files), project="sandbox", destination="/prearchive").uri

    return receive


def waiting(office):
    return [each.uri for each in office.prearchive.sessions()]


def test_list_on_a_terminal(clerk, small, receive):
    receive()
    before = len(small.requests)
    status, screen = clerk.shown("prearchive", "list")
    assert status == 0, screen
    assert "test001_MR" in screen
    assert "READY" in screen
    assert sent(small, before) == ["GET /data/prearchive/projects"]


def test_list_by_project_and_status(clerk, office, receive):
    kept, failing = receive(), receive("test002_MR")
    office.prearchive.get(failing).set_status("ERROR")
    assert clerk.run("prearchive", "list", "--status", "error", "-q").lines == [failing]
    found = clerk.run("prearchive", "list", "--project", "sandbox", "--status=READY", "--json").json
    assert [(row["name"], row["subject"], row["status"], row["uri"]) for row in found] == [
        ("test001_MR", "Sample_Patient", "READY", kept)
    ]
    assert clerk.run("prearchive", "list", "-p", "other", "-q").lines == []
    words = ["prearchive", "list", "-f", "subject=Sample*", "-f", "name=test002*", "-q"]
    assert clerk.run(*words).lines == [failing], "as xnatpy's --subject and --label"


def test_archive_by_its_short_name_gives_the_path_of_the_experiment(clerk, small, office, receive):
    receive()
    before = len(small.requests)
    done = clerk.run("prearchive", "archive", "sandbox/test001_MR", "-q")
    assert (done.status, done.err) == (0, "")
    asked = sent(small, before)
    (experiment,) = office.projects["sandbox"].sessions
    assert done.lines == [experiment.uri]
    assert asked == [
        "GET /data/prearchive/projects/sandbox", "POST /data/services/archive",
        "GET /data/projects/sandbox/subjects/Sample_Patient/experiments/test001_MR",
    ]  # fmt: skip


def test_archive_with_other_names_and_switches(clerk, office, receive):
    place = receive()
    done = clerk.run(
        "prearchive", "archive", place, "--project", "other", "--subject", "s1", "--session", "s1_MR", "--quarantine",
        "--trigger-pipelines", "--wait", "--json",
    )  # fmt: skip
    assert done.status == 0
    assert done.json["failed"] == []
    (row,) = done.json["done"]
    (experiment,) = office.projects["other"].sessions
    assert (row["status"], row["from"], row["uri"]) == ("archived", place, experiment.uri)
    assert (experiment.label, experiment.subject.label, experiment.status) == ("s1_MR", "s1", "quarantine")


def test_archive_on_a_terminal_asks_before_it_overwrites(clerk, office, receive):
    receive()
    assert clerk.run("prearchive", "archive", "sandbox/test001_MR").status == 0
    receive()
    refused = clerk.run("prearchive", "archive", "sandbox/test001_MR", "--overwrite", "none")
    assert refused.status == 8
    assert refused.err.startswith("error: ")
    assert refused.err.count("\n") == 1
    asked = clerk.terminal("prearchive", "archive", "sandbox/test001_MR", "--overwrite", "append")
    asked.wait_for("Archive test001_MR with --overwrite append? [y/N]")
    asked.type("n")
    assert asked.end() == 7
    assert len(waiting(office)) == 1
    asked = clerk.terminal("prearchive", "archive", "sandbox/test001_MR", "--overwrite", "append")
    asked.wait_for("[y/N]")
    asked.type("y")
    assert asked.end() == 0
    assert "archived" in asked.screen
    assert waiting(office) == []


def test_archive_takes_no_other_word_for_overwrite(clerk, receive):
    done = clerk.run("prearchive", "archive", receive(), "--overwrite", "all")
    assert (done.status, done.err) == (2, "error: --overwrite takes none, append, delete\n")


def test_archive_of_several_from_standard_input_tells_which_failed(clerk, office, receive):
    first, second = receive(), receive("test002_MR")
    gone = first.replace("test001_MR", "nobody")
    piped = f"{first}\n{gone}\n\n# by hand\n{second}\tREADY\n"
    done = clerk.run("prearchive", "archive", "-", "-q", stdin=piped)
    assert done.status == 9
    assert len(done.lines) == 2
    assert done.err == f"error: {gone}: no session {gone!r} waits in the prearchive\n"
    assert waiting(office) == []
    assert record(clerk)[-1]["exit_status"] == 9


def test_archive_without_waiting_is_one_request(clerk, small, office, receive):
    receive(), receive("test002_MR")
    before = len(small.requests)
    done = clerk.run("prearchive", "archive", "sandbox/test001_MR", "sandbox/test002_MR", "--no-wait", "--json")
    assert (done.status, [row["status"] for row in done.json["done"]]) == (0, ["queued", "queued"])
    assert writes(small, before) == ["POST /data/services/archive"]
    small.settle()
    assert len(office.projects["sandbox"].sessions) == 2
    receive("test003_MR")
    assert "archived" in clerk.run("prearchive", "archive", "sandbox/test003_MR", "--no-wait").out
    done = clerk.run("prearchive", "archive", "sandbox/a", "sandbox/b", "--session", "x")
    assert done.status in {2, 9}


def test_one_label_does_not_fit_two_sessions(clerk, office, receive):
    places = [receive(), receive("test002_MR")]
    done = clerk.run("prearchive", "archive", *places, "--session", "x")
    assert (done.status, done.err) == (2, "error: --session gives one label: name one session, or leave it out\n")
    assert waiting(office) == places


def test_move_shows_where_sessions_are_then(clerk, small, office, receive):
    receive(), receive("test002_MR")
    before = len(small.requests)
    status, screen = clerk.shown("prearchive", "move", "sandbox/test001_MR", "sandbox/test002_MR", "--to", "other")
    assert status == 0, screen
    assert all(place.startswith("/data/prearchive/projects/other/") for place in waiting(office))
    assert all(place in screen.replace("\n", "") for place in waiting(office))
    assert len(writes(small, before)) == 2


def test_rebuild_tells_the_status(clerk, office, receive):
    place = receive()
    office.prearchive.get(place).set_status("ERROR")
    status, screen = clerk.shown("prearchive", "rebuild", place)
    assert status == 0, screen
    assert "READY" in screen
    assert clerk.run("prearchive", "rebuild", place, "--json").json["done"][0]["status"] == "READY"


def test_delete_asks_and_records(clerk, office, receive):
    place = receive()
    asked = clerk.terminal("prearchive", "delete", "sandbox/test001_MR")
    asked.wait_for("Delete test001_MR with all files? They cannot be brought back. [y/N]")
    assert "READY" in asked.screen, "what goes is shown before the question"
    asked.type("")
    assert asked.end() == 7
    assert (waiting(office), record(clerk)) == ([place], [])
    asked = clerk.terminal("prearchive", "delete", "sandbox/test001_MR")
    asked.wait_for("[y/N]")
    asked.type("yes")
    assert asked.end() == 0
    assert waiting(office) == []
    start, end = record(clerk)
    assert (start["event"], start["action"], start["paths"]) == ("start", "prearchive delete", [place])
    assert (end["event"], end["exit_status"], end["done"], end["failed"]) == ("end", 0, [place], [])


def test_an_ambiguous_name_is_told_with_all_that_it_means(clerk, office, receive):
    places = [receive(), receive()]
    done = clerk.run("prearchive", "delete", "sandbox/test001_MR", "--yes")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert all(place in done.err for place in places)
    assert waiting(office) == places
    assert clerk.run("prearchive", "delete", places[0], "--yes").status == 0
    assert waiting(office) == places[1:]


@pytest.mark.parametrize("action", ["archive", "move", "rebuild", "delete"])
def test_nothing_is_sent_by_a_dry_run_and_nothing_by_a_read_only_connection(clerk, small, office, receive, action):
    place = receive()
    words = ["prearchive", action, place, *(["--to", "other"] if action == "move" else [])]
    before = len(small.requests)
    done = clerk.run(*words, "--dry-run", "--json")
    assert (done.status, [row["uri"] for row in done.json["planned"]]) == (0, [place])
    assert writes(small, before) == []
    assert record(clerk) == []
    refused = clerk.run(*words, "--yes", "--read-only")
    assert (refused.status, refused.err.count("\n"), refused.out) == (6, 1, "")
    assert writes(small, before) == []
    assert waiting(office) == [place]


def test_nobody_to_ask(clerk, small, receive):
    before = len(small.requests)
    done = clerk.run("prearchive", "delete", receive())
    assert (done.status, done.err.count("\n"), writes(small, before)[1:]) == (2, 1, [])
    assert "--yes" in done.err


@pytest.mark.parametrize("path", ["sandbox", "/data/projects/sandbox", "sandbox/a/b/c"])
def test_what_is_no_session_of_the_prearchive(clerk, path):
    done = clerk.run("prearchive", "delete", path, "--yes")
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_one_that_does_not_wait(clerk, small):
    small.build.project("sandbox")
    done = clerk.run("prearchive", "delete", "sandbox/nobody", "--yes", "--json")
    assert (done.status, done.error["error"], done.error["exit_status"]) == (5, "KeyNotFoundError", 5)
    done = clerk.run("prearchive", "delete", "nowhere/nobody", "elsewhere/nobody", "--yes", "--json")
    assert (done.status, [each["exit_status"] for each in done.json["failed"]]) == (9, [5, 5])
