"""``login`` at a terminal and in scripts: what is asked, tried, kept and told."""

from __future__ import annotations

import netrc
import re
import stat

import pytest

import xnat_emulator

from .conftest import HOSPITAL_PASSWORD
from .screen import Desk

LOGIN = "/data/services/auth"


def logins(server: xnat_emulator.Emulator) -> list[int]:
    return [each.status for each in server.requests if each.path == LOGIN]


def typed_login(desk: Desk, server: xnat_emulator.Emulator, *words: str, password: str = HOSPITAL_PASSWORD):
    terminal = desk.terminal("login", server.url, *words)
    terminal.wait_for("User: ")
    terminal.type(server.user)
    terminal.wait_for("Password: ")
    terminal.type(password)
    return terminal


def piped_login(desk: Desk, server: xnat_emulator.Emulator, *words: str, password: str = HOSPITAL_PASSWORD, **environ):
    return desk.run(
        "login", server.url, "--user", server.user, "--password-stdin", *words, stdin=f"{password}\n", **environ
    )


def entries(desk: Desk, name: str = ".netrc") -> dict[str, tuple[str, str]]:
    hosts = netrc.netrc(desk.home / name).hosts
    return {machine: (entry[0], entry[2]) for machine, entry in hosts.items()}


def machine(server: xnat_emulator.Emulator) -> str:
    return server.url.removeprefix("http://")


def test_login_at_a_terminal_keeps_the_password_for_the_next_commands(stranger, hospital):
    terminal = typed_login(stranger, hospital)
    assert terminal.end() == 0
    lines = terminal.screen.splitlines()
    assert lines[0] == "User: ada"
    assert lines[1] == "Password:", "what is typed is not shown"
    assert HOSPITAL_PASSWORD.encode() not in terminal.raw
    assert f"logged in to {hospital.url} (XNAT 1.8.10) as ada" in terminal.screen
    assert str(stranger.home / ".netrc") in terminal.screen
    assert "idle ends after 15 minutes" in terminal.screen
    file = stranger.home / ".netrc"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert entries(stranger) == {machine(hospital): ("ada", HOSPITAL_PASSWORD)}
    assert [(each.method, each.path) for each in hospital.requests] == [
        ("PUT", LOGIN), ("GET", "/xapi/siteConfig/buildInfo"), ("DELETE", "/data/JSESSION"),
    ]  # fmt: skip
    assert stranger.run("ls").status == 0, "the server of the last login is meant"


def test_a_refused_login_is_not_tried_again_and_keeps_nothing(stranger, hospital):
    terminal = typed_login(stranger, hospital, password="wrong")
    assert terminal.end() == 3
    assert len([line for line in terminal.screen.splitlines() if line.startswith("error: ")]) == 1
    assert logins(hospital) == [401]
    assert not (stranger.home / ".netrc").exists()
    assert not (stranger.home / ".config").exists()


def test_login_asks_for_the_server_when_none_is_known(stranger, hospital):
    terminal = stranger.terminal("login")
    terminal.wait_for("Server (https://...): ")
    terminal.type(hospital.url)
    terminal.wait_for("User: ")
    terminal.type("ada")
    terminal.wait_for("Password: ")
    terminal.type(HOSPITAL_PASSWORD)
    assert terminal.end() == 0
    assert logins(hospital) == [200]


def test_ctrl_c_at_the_password_ends_with_nothing_done(stranger, hospital):
    terminal = stranger.terminal("login", hospital.url, "--user", "ada")
    terminal.wait_for("Password: ")
    terminal.press("c")
    assert terminal.end() == 7
    assert "error: stopped" in terminal.screen
    assert len(hospital.requests) == 0


def test_login_with_a_token_asks_for_alias_and_secret(stranger, hospital):
    with hospital_connection(hospital) as session:
        token = session.tokens.issue()
    terminal = stranger.terminal("login", hospital.url, "--token")
    terminal.wait_for("Alias: ")
    terminal.type(token.alias)
    terminal.wait_for("Secret: ")
    terminal.type(token.secret)
    assert terminal.end() == 0
    assert token.secret.encode() not in terminal.raw
    assert "as ada" in terminal.screen, "the account behind the alias"
    assert re.search(r"the token ends on \d{4}-\d\d-\d\d \d\d:\d\d", terminal.screen)
    assert entries(stranger) == {machine(hospital): (token.alias, token.secret)}


def hospital_connection(server: xnat_emulator.Emulator):
    from xnat_sdk import connect

    return connect(server.url, server.user, server.password)


def test_issue_token_keeps_a_token_and_never_the_password(stranger, hospital):
    terminal = typed_login(stranger, hospital, "--issue-token")
    assert terminal.end() == 0
    assert "a token of it is kept" in terminal.screen
    assert "the token ends on" in terminal.screen
    [(user, secret)] = entries(stranger).values()
    assert re.fullmatch(r"[0-9a-f-]{36}", user)
    assert HOSPITAL_PASSWORD not in kept_texts(stranger)
    assert secret not in "".join(path.read_text() for path in (stranger.home / ".config").rglob("*.toml"))
    assert stranger.run("whoami", "--json").json["account"] == "ada"
    assert logins(hospital) == [200, 200]


def test_a_token_that_login_kept_is_renewed_without_asking(stranger, hospital):
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    [(first, _)] = entries(stranger).values()
    assert piped_login(stranger, hospital, "--issue-token").status == 0
    [(second, _)] = entries(stranger).values()
    assert first != second
    assert piped_login(stranger, hospital).status == 0
    assert [user for user, _ in entries(stranger).values()] == ["ada"]


def kept_texts(desk: Desk) -> str:
    return "\n".join(path.read_text() for path in desk.home.rglob("*") if path.is_file())


def test_scripts_pipe_the_password_in(stranger, hospital):
    done = piped_login(stranger, hospital, "--json")
    assert (done.status, done.err) == (0, "")
    assert done.json == {
        "server": hospital.url, "version": "1.8.10", "account": "ada", "user": "ada", "kept": "netrc",
        "file": str(stranger.home / ".netrc"), "token_expires": None, "idle_minutes": 15,
    }  # fmt: skip
    assert entries(stranger) == {machine(hospital): ("ada", HOSPITAL_PASSWORD)}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--user", "ada"], "Password: nobody can answer here. Pipe it in, with --password-stdin"),
        (["--password-stdin"], "User: nobody can answer here. Give --user NAME"),
        (["--user", "ada", "--password-stdin"], "Password: nothing was typed"),
    ],
)
def test_without_a_terminal_what_is_missing_is_told(stranger, hospital, words, told):
    done = stranger.run("login", hospital.url, *words)
    assert (done.status, done.err) == (2, f"error: {told}\n")
    assert len(hospital.requests) == 0


@pytest.mark.parametrize("option", ["--password", "--jsession", "--secret"])
def test_secrets_as_options_are_refused_and_not_repeated(stranger, hospital, option):
    done = stranger.run("login", hospital.url, option, HOSPITAL_PASSWORD)
    assert done.status == 2
    assert done.err.startswith(f"error: {option} is no option")
    assert done.err.count("\n") == 1
    assert HOSPITAL_PASSWORD not in done.err + done.out
    done = stranger.run("ls", f"{option}={HOSPITAL_PASSWORD}", "--json")
    assert done.error["exit_status"] == 2
    assert HOSPITAL_PASSWORD not in done.err + done.out
    assert len(hospital.requests) == 0
    assert HOSPITAL_PASSWORD not in kept_texts(stranger)


def test_a_password_in_the_address_is_refused_and_not_repeated(stranger):
    done = stranger.run("login", f"https://ada:{HOSPITAL_PASSWORD.split()[0]}@xnat.example.org")
    assert done.status == 2
    assert "Tr0ub4dor" not in done.err


def test_an_entry_of_another_account_is_replaced_only_after_asking(stranger, hospital):
    file = stranger.home / ".netrc"
    before = f"machine {machine(hospital)}\n  login bob\n  password old\n"
    file.write_text(before)
    file.chmod(0o600)
    terminal = typed_login(stranger, hospital)
    terminal.wait_for("Replace the entry of 'bob'")
    terminal.type("n")
    assert terminal.end() == 7
    assert file.read_text() == before
    terminal = typed_login(stranger, hospital)
    terminal.wait_for("Replace the entry of 'bob'")
    terminal.type("y")
    assert terminal.end() == 0
    assert entries(stranger) == {machine(hospital): ("ada", HOSPITAL_PASSWORD)}


def test_scripts_say_yes_to_replace_an_entry(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text(f"machine {machine(hospital)} login bob password old\n")
    file.chmod(0o600)
    done = piped_login(stranger, hospital)
    assert done.status == 2
    assert "add --yes" in done.err
    assert piped_login(stranger, hospital, "--yes").status == 0
    assert entries(stranger)[machine(hospital)] == ("ada", HOSPITAL_PASSWORD)


def test_other_entries_comments_and_order_of_the_netrc_file_stay(stranger, hospital):
    file = stranger.home / ".netrc"
    before = (
        "# my machines\nmachine b.example login x password p#1 # note\n\nmacdef init\ncd /tmp\n\n"
        'machine a.example\n\tpassword "q\\"uote"\n\taccount z\n\tlogin two\\ words\n# the last one\n'
        "default login anonymous password me\n"
    )
    file.write_text(before)
    file.chmod(0o600)
    assert piped_login(stranger, hospital).status == 0
    after = file.read_text()
    head, tail = before[: before.index("default")], before[before.index("default") :]
    assert after.startswith(head)
    assert after.endswith(tail)
    assert entries(stranger)[machine(hospital)] == ("ada", HOSPITAL_PASSWORD)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stranger.run("logout").status == 0
    assert file.read_text() == before


def test_a_comment_behind_an_odd_password_does_not_matter(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text(f"machine {machine(hospital)}\n  login ada\n  password old\n# the last one\n")
    file.chmod(0o600)
    assert piped_login(stranger, hospital).status == 0
    assert file.read_text().endswith("# the last one\n")
    assert entries(stranger) == {machine(hospital): ("ada", HOSPITAL_PASSWORD)}
    assert stranger.run("logout").status == 0
    assert piped_login(stranger, hospital).status == 0
    file.write_text(file.read_text() + "# a comment of mine\n")
    assert stranger.run("ls").status == 0


def test_a_netrc_file_that_is_a_link_stays_one(stranger, hospital):
    kept = stranger.home / "dotfiles" / "netrc"
    kept.parent.mkdir()
    kept.write_text("")
    kept.chmod(0o600)
    (stranger.home / ".netrc").symlink_to(kept)
    assert piped_login(stranger, hospital).status == 0
    assert (stranger.home / ".netrc").is_symlink()
    assert HOSPITAL_PASSWORD in kept.read_text()


def test_a_netrc_file_that_others_can_read_is_refused(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text("")
    file.chmod(0o644)
    done = piped_login(stranger, hospital)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert f"chmod 600 {file}" in done.err
    assert len(hospital.requests) == 0, "no password went out that could not be kept"
    assert file.read_text() == ""


def test_a_netrc_file_that_cannot_be_read_is_not_quoted(stranger, hospital):
    file = stranger.home / ".netrc"
    file.write_text("machine a.example login x passwd s3cr3t-of-mine\n")
    file.chmod(0o600)
    done = piped_login(stranger, hospital)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "s3cr3t" not in done.err
    assert file.read_text().startswith("machine a.example")


def test_the_file_of_netrc_and_of_the_variable_is_used(stranger, hospital):
    assert piped_login(stranger, hospital, "--netrc", "mine.netrc").status == 0
    assert (stranger.folder / "mine.netrc").exists()
    assert stranger.run("ls").status == 0, "login remembers which file it was"
    other = stranger.home / "other.netrc"
    assert piped_login(stranger, hospital, NETRC=str(other)).status == 0
    assert entries(stranger, "other.netrc") == {machine(hospital): ("ada", HOSPITAL_PASSWORD)}
    assert not (stranger.home / ".netrc").exists()


def test_a_place_that_cannot_be_written_is_told_before_the_login(stranger, hospital):
    done = piped_login(stranger, hospital, "--netrc", "none/netrc", "--issue-token")
    assert (done.status, done.err) == (2, "error: none/netrc cannot be written: its folder does not exist\n")
    assert len(hospital.requests) == 0


@pytest.mark.parametrize("password", ['a b"c\\d', "#hash", "pass#word", "ünïcode", "machine", '"'])
def test_odd_passwords_come_back_as_they_were(stranger, password):
    with xnat_emulator.start(user="ada", password=password) as server:
        assert piped_login(stranger, server, password=password).status == 0
        assert stranger.run("whoami", "--json").json["account"] == "ada"
    assert entries(stranger)[machine(server)] == ("ada", password)


def test_print_jsession_gives_other_programs_a_session_that_stays_open(stranger, hospital):
    done = piped_login(stranger, hospital, "--print-jsession")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"[0-9A-F]{32}\n", done.out)
    assert not (stranger.home / ".netrc").exists()
    assert "DELETE" not in [each.method for each in hospital.requests]
    with_session = {"XNATPY_HOST": hospital.url, "XNATPY_JSESSION": done.out.strip()}
    whoami = stranger.run("whoami", "--json", **with_session)
    assert whoami.json["account"] == "ada"
    assert whoami.json["login"] == "XNATPY_JSESSION"
    assert done.out.strip() not in whoami.out
    assert stranger.run("ls", **with_session).status == 0, "whoami left the session open"


def test_print_jsession_uses_what_is_kept(stranger, hospital):
    assert piped_login(stranger, hospital).status == 0
    done = stranger.run("login", "--print-jsession")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"[0-9A-F]{32}\n", done.out)


def test_a_login_elsewhere_tells_whom_commands_talk_to(stranger, hospital, small):
    done = piped_login(stranger, hospital, XNAT_HOST=small.url)
    assert done.status == 0
    assert done.err == f"note: commands without --server or --profile talk to {small.url}\n"


def test_two_servers_at_once_are_refused(stranger, hospital):
    done = stranger.run("login", hospital.url, "--server", "https://xnat.example.org")
    assert (done.status, done.err) == (2, "error: two servers are given: leave out --server, or the URL\n")


def test_a_server_that_does_not_answer_is_status_4(stranger):
    done = stranger.run("login", "http://127.0.0.1:9", "--user", "ada", "--password-stdin", stdin="x\n")
    assert (done.status, done.err.count("\n")) == (4, 1)
    assert not (stranger.home / ".netrc").exists()


def test_a_server_without_encryption_is_warned_of(stranger):
    done = stranger.run("login", "http://xnat.invalid", "--user", "ada", "--password-stdin", stdin="x\n")
    assert done.status == 4
    warning, error = done.err.splitlines()
    assert warning.startswith("warning: http:// is not encrypted")
    assert error.startswith("error: ")
