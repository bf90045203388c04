"""``whoami``: server, account, and where the login comes from."""

from __future__ import annotations

from .conftest import HOSPITAL_PASSWORD
from .test_login import piped_login


def test_whoami_at_a_terminal(clerk, small):
    before = len(small.requests)
    status, screen = clerk.shown("whoami")
    assert status == 0
    assert [line.split(maxsplit=1)[0] for line in screen.splitlines()] == ["server", "account", "login", "ends"]
    assert f"{small.url} (XNAT 1.8.10)" in screen
    assert str(clerk.home / ".netrc") in screen
    assert "after 15 minutes without a request" in screen
    assert len(small.requests) - before == 4, "login, version, account, logout"


def test_whoami_tells_when_a_token_ends(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    done = stranger.run("whoami", "--json").json
    assert done["account"] == "ada"
    assert done["user"] != "ada"
    assert done["token_expires"].endswith("+00:00")
    assert ", with the token" in stranger.shown("whoami")[1]


def test_whoami_with_the_password_of_the_environment(stranger, hospital):
    environ = {"XNAT_URL": hospital.url, "XNAT_USER": "ada", "XNAT_PASS": HOSPITAL_PASSWORD}
    done = stranger.run("whoami", "--json", **environ)
    assert done.json["login"] == "environment (XNAT_PASS)"
    assert HOSPITAL_PASSWORD not in done.out


def test_whoami_asks_for_a_password_that_is_nowhere(stranger, hospital):
    terminal = stranger.terminal("whoami", "--server", hospital.url, "--user", "ada")
    terminal.wait_for(f"Password of ada on {hospital.url}: ")
    terminal.type(HOSPITAL_PASSWORD)
    assert terminal.end() == 0
    assert "login    typed" in terminal.screen
    assert HOSPITAL_PASSWORD.encode() not in terminal.raw


def test_nobody_is_status_3(stranger, hospital):
    done = stranger.run("whoami", "--server", hospital.url)
    assert (done.status, done.err.count("\n")) == (3, 1)
    assert stranger.run("whoami", "--server", hospital.url, "--json").error["exit_status"] == 3


def test_no_server_is_status_2_and_tells_what_to_do(stranger):
    done = stranger.run("whoami")
    assert done.status == 2
    assert done.err == "error: no server is given: log in with xnat-sdk login https://... or give --server URL\n"
