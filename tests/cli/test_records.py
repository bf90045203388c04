"""The record of changes: what it holds, who may read it, and what happens when it cannot be written."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys

import pytest

from .journal import record, writes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of files")


@pytest.fixture
def site(small, office):
    """A project with subjects, and one to share them into."""
    project = small.build.project("sandbox")
    for name in "abcd":
        project.subject(name)
    small.build.project("other")
    return office


@pytest.fixture
def file(clerk):
    return clerk.home / ".local" / "state" / "xnat-sdk" / "record.jsonl"


def subjects(site):
    return [each.label for each in site.create_object("/data/projects/sandbox").subjects]


def test_a_line_before_and_one_behind(clerk, small, site, file):
    uri = site.create_object("/data/projects/sandbox/subjects/a").uri
    assert clerk.run("delete", "sandbox/a", "--remove-files", "--yes").status == 0
    start, end = record(clerk)
    common = {
        "program": "xnat-sdk", "command": "delete", "action": "delete", "server": "127.0.0.1", "account": small.user,
        "run": start["run"],
    }  # fmt: skip
    assert start == {**common, "time": start["time"], "event": "start", "paths": [uri]}
    assert end == {**common, "time": end["time"], "event": "end", "exit_status": 0, "done": [uri], "failed": []}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", start["time"])
    assert start["time"] <= end["time"]
    assert small.password not in file.read_text().replace(f'"account": "{small.user}"', "")


def test_only_the_account_may_read_it(clerk, site, file):
    file.parent.mkdir(parents=True, mode=0o755)
    file.write_text("{}\n")
    file.chmod(0o644)
    clerk.run("delete", "sandbox/a", "--remove-files", "--yes")
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert len(record(clerk)) == 3, "lines that are there stay"
    assert [each.name for each in file.parent.iterdir()] == ["record.jsonl"]


def test_failures_are_in_it(clerk, site):
    assert clerk.run("share", "sandbox/a", "--into", "nowhere").status == 5
    end = record(clerk)[-1]
    assert (end["exit_status"], end["error"], end["done"]) == (5, "NotFoundError", [])
    assert clerk.run("share", "sandbox/b", "sandbox/c", "--into", "nowhere").status == 9
    assert len(record(clerk)[-1]["failed"]) == 2


@pytest.mark.parametrize("kind", ["link", "dangling", "folder link", "folder", "pipe", "full disk"])
def test_nothing_is_done_when_it_cannot_be_written(clerk, small, site, file, kind, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    file.parent.parent.mkdir(parents=True)
    if kind == "folder link":
        elsewhere.mkdir()
        file.parent.symlink_to(elsewhere)
    elif kind == "full disk":
        clerk.environ["XDG_STATE_HOME"] = "/proc"
    else:
        file.parent.mkdir()
        if kind == "folder":
            file.mkdir()
        elif kind == "pipe":
            os.mkfifo(file)
        else:
            if kind == "link":
                elsewhere.write_text("kept")
            file.symlink_to(elsewhere)
    before = len(small.requests)
    done = clerk.run("delete", "sandbox/a", "--remove-files", "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (1, 1, [])
    assert done.err.startswith("error: nothing was done: ")
    assert "record.jsonl" in done.err
    assert subjects(site) == ["a", "b", "c", "d"]
    assert kind != "link" or elsewhere.read_text() == "kept"
    assert kind != "dangling" or not elsewhere.exists()


def test_the_folder_of_state_can_be_another_one(clerk, site, tmp_path, file):
    clerk.run("delete", "sandbox/a", "--remove-files", "--yes", XDG_STATE_HOME=str(tmp_path / "state"))
    assert (tmp_path / "state" / "xnat-sdk" / "record.jsonl").exists()
    clerk.run("delete", "sandbox/b", "--remove-files", "--yes", XDG_STATE_HOME="relative")
    assert file.exists()
    assert not (clerk.folder / "relative").exists()


def test_a_line_that_broke_off_spoils_none(clerk, site, file):
    file.parent.mkdir(parents=True)
    file.write_text('{"time": "2026')
    clerk.run("delete", "sandbox/a", "--remove-files", "--yes")
    cut, *lines = file.read_text().splitlines()
    assert cut == '{"time": "2026'
    assert [json.loads(line)["event"] for line in lines] == ["start", "end"]


def test_many_processes_write_whole_lines(clerk, tmp_path):
    program = (
        "from types import SimpleNamespace as N\n"
        "from xnat_runtime.cli.records import recorded\n"
        "run = N(site=N(program='p'), name='n', status=0, settings=N(dry_run=None),"
        " connection=N(server='https://x.org/a?b', user=None))\n"
        "for at in range(20):\n"
        "    with recorded(run, 'try', ['/data/' + 'x' * 20_000 + '?secret=1']):\n"
        "        pass\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", program], env=clerk.environ) for _ in range(3)]
    assert [each.wait() for each in started] == [0, 0, 0]
    lines = record(clerk)
    assert len(lines) == 3 * 20 * 2
    assert all(line["server"] == "x.org" and line["account"] == "guest" for line in lines)
    assert all(line["event"] == "end" or line["paths"][0].endswith("x") for line in lines), "no query"


def test_a_record_that_cannot_be_ended_is_a_warning(clerk, tmp_path):
    program = (
        "import os, sys\n"
        "from types import SimpleNamespace as N\n"
        "from xnat_runtime.cli.records import record_path, recorded\n"
        "run = N(site=N(program='p'), name='n', status=0, settings=N(dry_run=None),"
        " connection=N(server='https://x.org', user='me'))\n"
        "with recorded(run, 'try', []):\n"
        "    record_path().unlink(); record_path().mkdir()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=clerk.environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("warning: the end of this command is not in ")
    assert done.stderr.count("\n") == 1
