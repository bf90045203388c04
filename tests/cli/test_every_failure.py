"""How every command ends when something is wrong: its status and one line, JSON for programs, never a traceback."""

from __future__ import annotations

import json
import socket
import zipfile
from collections.abc import Callable

import pytest

from xnat_runtime.cli.statuses import INCOMPLETE, LOGIN, NETWORK, NOT_FOUND, PERMISSION, USAGE

from .catalogue import NAMES
from .screen import Desk, Done

EXPERIMENT = "nowhere/nobody/nothing"
# What is typed behind the name of each command that talks to a server.
WORDS = {
    "whoami": "",
    "ls": "nowhere/sessions",
    "tree": "nowhere",
    "info": EXPERIMENT,
    "search": "subject project=nowhere",
    "download": f"{EXPERIMENT} --to data",
    "upload": f"note.txt {EXPERIMENT}/resources/NOTES",
    "import": "note.zip --project nowhere --to-prearchive",
    "verify": f"data {EXPERIMENT}",
    "mirror": "nowhere folder",
    "copy": "nowhere elsewhere",
    "prearchive list": "--project nowhere",
    "prearchive archive": "nowhere/none",
    "prearchive move": "nowhere/none --to sandbox --yes",
    "prearchive rebuild": "nowhere/none",
    "prearchive delete": "nowhere/none --yes",
    "vars get": "nowhere/nobody",
    "vars set": "nowhere/nobody weight=1 --yes",
    "rename": "nowhere/nobody somebody --yes",
    "share": "nowhere/nobody --into sandbox",
    "delete": "nowhere/nobody --remove-files --yes",
    "rest get": "/data/projects/nowhere",
    "rest head": "/data/projects/nowhere",
    "rest put": "/data/projects/nowhere/subjects/nobody/nothing",
    "rest post": "/data/projects/nowhere/nothing",
    "rest delete": "/data/projects/nowhere/subjects/nobody --yes",
}
LOCAL = {"profile list", "profile add", "profile use", "profile show", "profile remove", "login", "logout"}
# What ends otherwise than with "there is no such thing", and why.
OTHERS = {
    "whoami": 0,  # names nothing
    "search": 0,  # finds nothing
    "prearchive list": 0,  # XNAT lists nothing for a project that it does not know
    "import": None,  # it holds no DICOM: what the server says of it
    "verify": None,  # the folder has no manifest
    "rest put": None,  # no such route: what the server says of it
    "rest post": None,
}
LOGINS = {"/data/services/auth", "/data/JSESSION"}
CHANGES = {
    "upload", "import", "copy", "prearchive archive", "prearchive move", "prearchive rebuild", "prearchive delete",
    "vars set", "rename", "share", "delete", "rest put", "rest post", "rest delete",
}  # fmt: skip


def words(name: str) -> list[str]:
    return [*name.split(), *WORDS[name].split()]


def one_line(done: Done) -> str:
    """Returns the one line that standard error has."""
    (line,) = done.err.splitlines()
    return line


@pytest.fixture
def away(quick: Callable[..., Done], visitor: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Runs commands in a folder with a note and a downloaded folder without a manifest."""
    monkeypatch.chdir(visitor.folder)
    (visitor.folder / "note.txt").write_text("a note", encoding="utf-8")
    (visitor.folder / "data").mkdir()
    with zipfile.ZipFile(visitor.folder / "note.zip", "w") as archive:
        archive.writestr("note.txt", "a note")
    return quick


def test_every_command_is_here():
    assert {*WORDS, *LOCAL} == {*NAMES}


@pytest.mark.parametrize("name", WORDS)
def test_no_server_is_named(name, away, monkeypatch):
    monkeypatch.delenv("XNAT_HOST")
    done = away(*words(name))
    assert (done.status, done.out) == (USAGE, "")
    assert "login" in one_line(done)


@pytest.mark.parametrize("name", WORDS)
def test_the_server_does_not_answer(name, away, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("XNAT_HOST", f"http://127.0.0.1:{taken.getsockname()[1]}")
        done = away(*words(name), "--json")
    assert (done.status, done.out) == (NETWORK, "")
    assert json.loads(one_line(done))["error"]["exit_status"] == NETWORK


@pytest.mark.parametrize("name", WORDS)
def test_the_login_is_refused(name, away, window, visitor):
    (visitor.home / ".netrc").write_text("machine 127.0.0.1\nlogin admin\npassword wrong-one\n", encoding="utf-8")
    before = len(window.requests)
    done = away(*words(name))
    assert (done.status, done.out) == (LOGIN, "")
    assert one_line(done).startswith("error: ")
    assert "wrong-one" not in done.err
    assert len(window.requests) - before == 1, "a refused password is not sent again"


@pytest.mark.parametrize("name", WORDS)
def test_what_is_named_is_not_there(name, away):
    done = away(*words(name), "--json")
    expected = OTHERS.get(name, NOT_FOUND)
    if expected is None:
        assert done.status not in {0, INCOMPLETE}
    else:
        assert done.status == expected
    if done.status:
        assert json.loads(one_line(done))["error"]["exit_status"] == done.status
    else:
        assert done.err == ""


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_read_only_connection_changes_nothing(name, away, window):
    before = len(window.requests)
    done = away(*words(name), "--read-only")
    sent = [each for each in list(window.requests)[before:] if each.path.partition("?")[0] not in LOGINS]
    assert {each.method for each in sent} <= {"GET", "HEAD"}
    assert done.status in {PERMISSION, NOT_FOUND}
    assert one_line(done).startswith("error: ")


def test_misuse_is_one_line(away):
    for wrong in (["ls", "--nope"], ["nope"], ["download"], ["rest", "get"], ["ls", "--limit", "0"]):
        done = away(*wrong)
        assert (done.status, done.out) == (USAGE, "")
        assert one_line(done).startswith("error: ")
