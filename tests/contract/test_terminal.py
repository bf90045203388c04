"""connect() as a person meets it: in a terminal, in a script without one, in a notebook launched by the server."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")

SCRIPT = """
import sys
from xnat_sdk import connect
with connect(sys.argv[1], *sys.argv[2:]) as session:
    print("in as", session.logged_in_user)
"""


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XNAT", "NETRC"))}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", **more}


def typed(server: str, user: str, password: str, home: Path) -> tuple[int, str]:
    """Run the script in a terminal, type a password when asked, and return the exit status and all that was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SCRIPT, server, user]
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment(home), start_new_session=True
    )
    os.close(theirs)
    shown, is_typed, end = "", False, time.monotonic() + 60
    try:
        while time.monotonic() < end and select.select([ours], [], [], 60)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other side has closed
                break
            shown += piece.decode()
            if not is_typed and shown.endswith(": "):
                is_typed = True
                os.write(ours, f"{password}\n".encode())
            if not piece:
                break
        return child.wait(60), shown.replace("\r\n", "\n")
    finally:
        child.kill()
        os.close(ours)


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
        env=clean_environment(home, **environment),
    )  # fmt: skip


def test_a_person_at_a_terminal_is_asked_for_the_password_which_is_not_shown(empty, tmp_path: Path):
    empty.build.user("carla", "tYped-pw-1")
    status, shown = typed(empty.url, "carla", "tYped-pw-1", tmp_path)
    assert (status, shown) == (0, f"Password of carla on {empty.url}: \nin as carla\n")


def test_a_wrong_password_is_asked_for_and_sent_once(empty, tmp_path: Path):
    status, shown = typed(empty.url, empty.user, "wr0ng-pw", tmp_path)
    assert status == 1
    assert shown.count("Password of") == 1
    assert "LoginFailedError: PUT /data/services/auth" in shown
    assert "wr0ng-pw" not in shown
    assert [record.path for record in empty.requests] == ["/data/services/auth"]


def test_a_script_without_terminal_fails_at_once_and_is_told_the_ways(empty, tmp_path: Path):
    done = run(tmp_path, empty.url, "carla")
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert "There is no password for 'carla'" in last
    for way in ("password=", "XNATPY_PASS", "XNAT_PASS", "netrc"):
        assert way in last
    assert list(empty.requests) == []


def test_a_notebook_that_the_server_launched_needs_no_arguments(empty, session, tmp_path: Path):
    token = session.tokens.issue()
    script = "from xnat_sdk import connect\nwith connect() as session:\n    print(session.current_item())"
    project = empty.build.project("sandbox")
    environment = clean_environment(
        tmp_path, XNAT_HOST=empty.url, XNAT_USER=token.alias, XNAT_PASS=token.secret,
        XNAT_XSI_TYPE="xnat:projectData", XNAT_ITEM_ID=project.id,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert "ProjectData sandbox" in done.stdout
    assert done.stderr == ""


def test_a_script_that_forgets_to_close_is_told_and_leaves_at_once(empty, tmp_path: Path):
    script = f"from xnat_sdk import connect\nsession = connect({empty.url!r}, 'admin', 'admin')\ndel session"
    environment = clean_environment(tmp_path, PYTHONWARNINGS="default")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    assert "ResourceWarning: <XnatSession admin on" in done.stderr
    assert "was forgotten and not closed" in done.stderr
    assert [record.method for record in empty.requests] == ["PUT"]
