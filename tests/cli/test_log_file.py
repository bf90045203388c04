"""``--log-file`` and ``--verbose``: what was asked and answered, and nothing that is secret."""

from __future__ import annotations

import json
import stat


def lines(desk, name: str = "log.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in (desk.folder / name).read_text().splitlines()]


def test_the_log_has_a_line_for_start_end_and_each_request(clerk, small):
    done = clerk.run("ls", "-q", "--log-file", "log.jsonl")
    assert (done.status, done.err) == (0, "")
    start, *requests, end = lines(clerk)
    assert (start["event"], start["program"], start["command"]) == ("start", "xnat-sdk", "ls")
    assert [(each["method"], each["path"], each["status"]) for each in requests] == [
        (each.method, each.path, each.status) for each in small.requests
    ]
    assert all(isinstance(each["ms"], float) and each["bytes"] >= 0 for each in requests)
    assert requests[1]["bytes"] > 0
    assert (end["event"], end["exit_status"]) == ("end", 0)
    assert end["seconds"] > 0
    assert stat.S_IMODE((clerk.folder / "log.jsonl").stat().st_mode) == 0o600


def test_the_log_grows_and_tells_how_a_command_failed(clerk, small):
    clerk.run("ls", "--log-file", "log.jsonl")
    before = lines(clerk)
    done = clerk.run("--log-file", "log.jsonl", "rest", "get", "/data/projects/none", "--query", "label=s3cr3t")
    assert done.status == 5
    after = lines(clerk)
    assert after[: len(before)] == before
    assert (after[-1]["command"], after[-1]["exit_status"], after[-1]["error"]) == ("rest get", 5, "NotFoundError")
    text = (clerk.folder / "log.jsonl").read_text()
    assert "s3cr3t" not in text
    assert small.password not in [word for line in after for word in line.values()]


def test_tokens_and_sessions_are_not_in_the_log(clerk, small):
    token = clerk.run("rest", "get", "/data/services/tokens/issue", "--json").json["body"]
    place = f"/data/services/tokens/validate/{token['alias']}/{token['secret']}"
    assert clerk.run("rest", "get", place, "--log-file", "log.jsonl", "--verbose").status == 0
    text = (clerk.folder / "log.jsonl").read_text()
    assert "/data/services/tokens/validate/***" in text
    assert token["secret"] not in text


def test_no_answer_is_told(clerk):
    done = clerk.run("ls", "--server", "http://127.0.0.1:9", "--log-file", "log.jsonl", "--user", "x")
    assert done.status == 2
    done = clerk.run("ls", "--log-file", "log.jsonl", XNAT_HOST="http://127.0.0.1:9", XNAT_USER="x", XNAT_PASS="s3cr3t")
    assert done.status == 4
    [request] = [each for each in lines(clerk) if each["event"] == "request"]
    assert (request["status"], request["error"], request["path"]) == (
        None,
        "ConnectionFailedError",
        "/data/services/auth",
    )
    assert "s3cr3t" not in (clerk.folder / "log.jsonl").read_text()


def test_verbose_shows_requests_on_standard_error(clerk, small):
    done = clerk.run("ls", "--verbose", "-q")
    assert len(done.err.splitlines()) == 3
    assert done.err.splitlines()[1].startswith("GET /data/projects -> 200 (")
    assert small.password not in [word for word in done.err.split() if word != "admin"]
    status, screen = clerk.shown("whoami", "-v")
    assert status == 0
    assert "PUT /data/services/auth -> 200" in screen


def test_a_log_that_cannot_be_written_stops_the_command_before_it_does_anything(clerk, small):
    done = clerk.run("ls", "--log-file", "none/log.jsonl")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err == "error: --log-file none/log.jsonl cannot be written: No such file or directory\n"
    assert len(small.requests) == 0


def test_a_log_that_cannot_be_written_is_an_error_object_with_json(clerk):
    assert clerk.run("ls", "--log-file", "none/log.jsonl", "--json").error["exit_status"] == 2
