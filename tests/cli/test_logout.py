"""``logout``: what login kept is forgotten, and the token that it made is ended."""

from __future__ import annotations

from xnat_emulator import Fault, faults

from .test_login import entries, machine, piped_login


def test_logout_forgets_the_entry_and_leaves_the_others(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text("machine a.example login x password y\n")
    file.chmod(0o600)
    assert piped_login(stranger, hospital).status == 0
    status, screen = stranger.shown("logout")
    assert status == 0
    assert f"forgot the login to {hospital.url}, which was in {file}" in screen.replace("\n", "")
    assert file.read_text() == "machine a.example login x password y\n"
    assert stranger.run("ls").status == 2, "no server is known any more"


def test_logout_with_nothing_kept_is_no_error(stranger, hospital):
    done = stranger.run("logout", "--server", hospital.url)
    assert (done.status, done.out) == (0, f"nothing was kept for {hospital.url}\n")
    assert stranger.run("logout", "--json").json == {"server": None, "forgotten": [], "token_ended": False}
    assert len(hospital.requests) == 0


def test_logout_ends_the_token_that_login_made(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    [(alias, secret)] = entries(stranger).values()
    before = len(hospital.requests)
    status, screen = stranger.shown("logout")
    assert status == 0
    assert "its token is ended on the server" in screen
    assert len(hospital.requests) - before == 3, "login, invalidate, logout"
    done = stranger.run("ls", XNAT_HOST=hospital.url, XNAT_USER=alias, XNAT_PASS=secret)
    assert done.status == 3


def test_logout_keeps_a_token_when_told_so(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    [(alias, secret)] = entries(stranger).values()
    before = len(hospital.requests)
    done = stranger.run("logout", "--keep-token", "--json")
    assert done.json["token_ended"] is False
    assert len(hospital.requests) == before
    assert stranger.run("ls", XNAT_HOST=hospital.url, XNAT_USER=alias, XNAT_PASS=secret).status == 0


def test_a_token_that_had_ended_is_forgotten(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    [(alias, _)] = entries(stranger).values()
    ended = stranger.run("rest", "get", f"/data/services/tokens/invalidate/{alias}")
    assert ended.status == 0
    assert stranger.run("logout").status == 0
    assert entries(stranger) == {}


def test_when_the_server_cannot_end_the_token_it_is_forgotten_all_the_same(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    with hospital.faults.add(Fault(faults.Unavailable(status=500), path="/data/services/tokens/*")):
        done = stranger.run("logout")
    assert done.status == 9
    assert done.err.startswith("warning: the token could not be ended on the server (ServerError), and ends by itself")
    assert done.err.count("\n") == 1
    assert entries(stranger) == {}


def test_logout_takes_an_entry_that_was_written_by_hand(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text(f"machine 127.0.0.1 login ada password x\nmachine {machine(hospital)} login ada password y\n")
    file.chmod(0o600)
    assert stranger.run("logout", "--server", hospital.url).status == 0
    assert file.read_text() == ""
