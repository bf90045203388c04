"""``rest``: requests as they are, and answers as they come."""

from __future__ import annotations

import json

import pytest

from xnat_emulator import Fault, faults

SUBJECTS = "/data/projects/P/subjects"


@pytest.fixture
def archive(small):
    small.build.project("P").subject("S1")
    return small


def record(desk) -> list[dict[str, object]]:
    file = desk.home / ".local" / "state" / "xnat-sdk" / "record.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_get_at_a_terminal_is_easy_to_read(clerk, archive):
    before = len(archive.requests)
    status, screen = clerk.shown("rest", "get", SUBJECTS, "--query", "format=json", "--query", "columns=label")
    assert status == 0
    assert '        "label": "S1"' in screen
    assert len(archive.requests) - before == 3, "login, request, logout"
    assert archive.requests[-2].query == (("format", "json"), ("columns", "label"))


def test_get_into_a_pipe_is_what_the_server_sent(clerk, archive):
    done = clerk.run("rest", "get", SUBJECTS, "--query", "format=csv", "--query", "columns=label")
    assert (done.status, done.err) == (0, "")
    assert done.lines[0].startswith('"')
    assert '"S1"' in done.lines[1]


def test_get_as_json_has_status_headers_and_body(clerk, archive):
    done = clerk.run("rest", "get", SUBJECTS, "--query=format=json", "--json").json
    assert (done["status"], done["path"]) == (200, SUBJECTS)
    assert done["headers"]["content-type"].startswith("application/json")
    assert done["body"]["ResultSet"]["Result"][0]["label"] == "S1"
    text = clerk.run("rest", "get", SUBJECTS, "--query=format=csv", "--json").json
    assert "S1" in text["body"]


def test_get_writes_a_file_whole_or_not_at_all(clerk, archive):
    words = ["rest", "get", SUBJECTS, "--query", "format=csv", "--to", "subjects.csv"]
    done = clerk.run(*words)
    assert done.status == 0
    file = clerk.folder / "subjects.csv"
    assert "S1" in file.read_text()
    file.write_text("mine")
    done = clerk.run(*words)
    assert (done.status, done.err.count("\n")) == (8, 1)
    assert file.read_text() == "mine"
    assert clerk.run(*words, "--overwrite", "--json").json["bytes"] == file.stat().st_size
    with archive.faults.add(Fault(faults.Drop(after=10), path=SUBJECTS)):
        broken = clerk.run("rest", "get", SUBJECTS, "--to", "broken.json")
    assert (broken.status != 0, broken.err.count("\n")) == (True, 1)
    assert [each.name for each in clerk.folder.iterdir()] == ["subjects.csv"], "no partial file"


def test_headers_are_sent_and_secrets_in_them_refused(clerk, archive):
    done = clerk.run("rest", "get", SUBJECTS, "--header", "Accept=text/csv", "--headers", "X-Mine=1")
    assert done.status == 0
    for name in ("Authorization", "cookie"):
        done = clerk.run("rest", "get", SUBJECTS, "--header", f"{name}=s3cr3t")
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert "s3cr3t" not in done.err


def test_head_shows_status_and_headers(clerk, archive):
    status, screen = clerk.shown("rest", "head", SUBJECTS, "--query", "format=json", "--header", "X-Mine=1")
    assert status == 0
    assert screen.splitlines()[0] == "status: 200"
    assert "content-type: application/json" in screen
    assert clerk.run("rest", "head", SUBJECTS, "--json").json["status"] == 200
    assert clerk.run("rest", "head", "/data/projects/none").status == 5


def test_put_creates_and_leaves_a_record_without_the_query(clerk, archive, office):
    status, screen = clerk.shown("rest", "put", f"{SUBJECTS}/S2", "--query", "gender=female", "--header", "X-Mine=1")
    assert status == 0
    assert f"PUT {SUBJECTS}/S2: 201" in screen
    assert office.projects["P"].subjects["S2"].demographics.gender == "female"
    assert [(each["event"], each["action"]) for each in record(clerk)] == [("start", "rest put"), ("end", "rest put")]
    assert record(clerk)[0]["paths"] == [f"{SUBJECTS}/S2"]
    assert "female" not in json.dumps(record(clerk))


def test_put_sends_a_file(clerk, archive, office):
    (clerk.folder / "note.txt").write_text("hello")
    path = f"{SUBJECTS}/S1/resources/NOTES/files/note.txt"
    assert clerk.run("rest", "put", f"{SUBJECTS}/S1/resources/NOTES").status == 0
    done = clerk.run(
        "rest", "put", path, "--query", "inbody=true", "--data", "note.txt", "--content-type", "text/plain"
    )
    assert done.status == 0
    assert clerk.run("rest", "get", path).out == "hello"
    again = clerk.run("rest", "put", path.replace("note", "piped"), "--query", "inbody=true", "-d", "-", stdin="piped")
    assert again.status == 0
    assert clerk.run("rest", "get", path.replace("note", "piped")).out == "piped"


def test_put_sends_json(clerk, archive):
    (clerk.folder / "list.json").write_text("[]")
    clerk.run("rest", "put", "/xapi/nothing", "--jsonpath", "list.json")
    sent = [each for each in archive.requests if each.path == "/xapi/nothing"]
    assert [each.method for each in sent] == ["PUT"]
    clerk.run("rest", "post", "/xapi/nothing", "-j", "list.json")
    assert [each.method for each in archive.requests if each.path == "/xapi/nothing"] == ["PUT", "POST"]


def test_post_creates_from_xml(clerk, archive, office):
    (clerk.folder / "s.xml").write_text(
        '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" project="P" label="S3"/>', encoding="utf-8"
    )
    status, screen = clerk.shown("rest", "post", SUBJECTS, "--datapath", "s.xml", "--content-type", "text/xml")
    assert status == 0
    assert f"POST {SUBJECTS}: 200" in screen
    assert "S3" in office.projects["P"].subjects
    words = ["--query", "a=b", "--header", "X-Mine=1", "--dry-run"]
    done = clerk.run("rest", "post", SUBJECTS, "--data", "s.xml", *words)
    assert done.out == f"would send POST {archive.url}{SUBJECTS} with 77 bytes\n"


def test_dry_run_sends_nothing_and_leaves_no_record(clerk, archive):
    before = len(archive.requests)
    assert clerk.run("rest", "put", f"{SUBJECTS}/S2", "--dry-run").out == f"would send PUT {archive.url}{SUBJECTS}/S2\n"
    done = clerk.run("rest", "delete", f"{SUBJECTS}/S1", "--dry-run", "--json")
    assert done.json == {"would_send": "DELETE", "path": f"{SUBJECTS}/S1"}
    assert len(archive.requests) == before
    assert record(clerk) == []


def test_delete_asks(clerk, archive, office):
    terminal = clerk.terminal("rest", "delete", f"{SUBJECTS}/S1")
    terminal.wait_for("[y/N]")
    terminal.type("n")
    assert terminal.end() == 7
    assert "S1" in office.projects["P"].subjects
    done = clerk.run("rest", "delete", f"{SUBJECTS}/S1")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert record(clerk) == []
    words = ["--query", "removeFiles=true", "--header", "X-Mine=1"]
    assert clerk.run("rest", "delete", f"{SUBJECTS}/S1", "--yes", *words).status == 0
    assert archive.requests[-2].query == (("removeFiles", "true"),)
    assert record(clerk)[-1]["done"] == [f"{SUBJECTS}/S1"]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["get", "/data/projects/none"], 5, "404"),
        (["get", "https://xnat.example.org/data/projects"], 2, "belongs to https://xnat.example.org"),
        (["get", "/data/projects", "--query", "s3cr3t"], 2, "--query takes NAME=VALUE"),
        (["put", "/data/projects/P", "--data", "none.xml"], 2, "none.xml cannot be read: No such file"),
        (["put", "/data/projects/P", "--data", "a", "--jsonpath", "b"], 2, "a request has one body"),
        (["put", "/data/projects/P", "--read-only"], 6, "read-only"),
    ],
)
def test_what_does_not_work_is_one_line(clerk, archive, words, status, told):
    done = clerk.run("rest", *words)
    assert (done.status, done.err.count("\n")) == (status, 1), done.err
    assert told in done.err
    assert "s3cr3t" not in done.err
    assert clerk.run("rest", *words, "--json").error["exit_status"] == status


def test_pages_of_html_become_one_line(clerk, archive):
    with archive.faults.add(Fault(faults.Unavailable(status=500), path=SUBJECTS)):
        done = clerk.run("rest", "get", SUBJECTS)
    assert (done.status, done.err.count("\n"), done.out) == (1, 1, "")
    assert "<" not in done.err
    with archive.faults.add(Fault(faults.LoginPage(), path="/data/projects/P")):
        done = clerk.run("rest", "get", "/data/projects/P", "--query", "format=xml")
    assert (done.status, done.err.count("\n"), done.out) == (3, 1, "")


def test_bytes_are_not_written_to_a_terminal(clerk, archive):
    clerk.run(
        "rest", "put", f"{SUBJECTS}/S1/resources/R/files/a.bin", "--query", "inbody=true", "-d", "-", stdin="\0\1"
    )
    status, screen = clerk.shown("rest", "get", f"{SUBJECTS}/S1/resources/R/files/a.bin")
    assert status == 2
    assert "write it to a file with --to FILE" in screen


def test_quiet_prints_the_path(clerk, archive):
    assert clerk.run("rest", "put", f"{SUBJECTS}/S2", "-q").out == f"{SUBJECTS}/S2\n"


def test_the_variable_that_refuses_changes(clerk, archive):
    done = clerk.run("rest", "put", f"{SUBJECTS}/S2", XNAT_READ_ONLY="1")
    assert (done.status, done.err.count("\n")) == (6, 1)
