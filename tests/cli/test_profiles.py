"""``profile``: named servers, none with a secret, and which one is meant."""

from __future__ import annotations

import tomllib

import pytest

from .conftest import HOSPITAL_PASSWORD
from .test_login import piped_login


@pytest.fixture
def kept(stranger):
    return stranger.home / ".config" / "xnat-sdk" / "profiles.toml"


def test_profiles_are_added_listed_shown_chosen_and_removed(stranger, kept):
    words = ["--user", "me", "--project", "sandbox", "--workers", "4", "--read-only", "--timeout", "30", "--no-verify"]
    words += ["--netrc", "n", "--ca-file", "c"]
    done = stranger.run(
        "profile", "add", "clinic", "https://xnat.example.org/", *words, "--netrc", "n", "--ca-file", "c"
    )
    assert (done.status, done.err) == (0, "")
    assert "login --profile clinic" in done.out
    assert stranger.run("profile", "add", "lab", "http://lab.example.org:8080/xnat", "--keyring").status == 0
    assert tomllib.loads(kept.read_text()) == {
        "profiles": {
            "clinic": {
                "server": "https://xnat.example.org", "user": "me", "verify": False, "project": "sandbox",
                "workers": 4, "read_only": True, "timeout": 30.0, "netrc": str(stranger.folder / "n"),
                "ca_file": str(stranger.folder / "c"),
            },
            "lab": {"server": "http://lab.example.org:8080/xnat", "keyring": True},
        }
    }  # fmt: skip
    assert stranger.run("profile", "use", "lab").out == "commands talk to http://lab.example.org:8080/xnat now\n"
    status, screen = stranger.shown("profile", "list")
    assert status == 0
    assert [line.split() for line in screen.splitlines()][1:] == [
        ["clinic", "https://xnat.example.org", "me"],
        ["lab", "http://lab.example.org:8080/xnat", "*"],
    ]
    assert stranger.run("profile", "list", "-q").lines == ["clinic", "lab"]
    assert stranger.run("profile", "show", "--json").json["name"] == "lab"
    assert "xnat.example.org" in stranger.shown("profile", "show", "clinic")[1]
    assert stranger.run("profile", "remove", "lab").out == "forgot the profile lab\n"
    assert list(tomllib.loads(kept.read_text())) == ["profiles"], "a profile that is gone is not chosen"


def test_use_and_remove_at_a_terminal(stranger):
    assert stranger.shown("profile", "add", "clinic", "https://xnat.example.org", "--use")[0] == 0
    assert stranger.shown("profile", "use", "clinic") == (0, "commands talk to https://xnat.example.org now")
    assert stranger.shown("profile", "remove", "clinic") == (0, "forgot the profile clinic")
    assert stranger.run("profile", "list", "--json").json == []


def test_one_of_the_same_name_is_replaced_only_when_told_so(stranger):
    assert stranger.run("profile", "add", "clinic", "https://a.example.org").status == 0
    done = stranger.run("profile", "add", "clinic", "https://b.example.org")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert stranger.run("profile", "show", "clinic", "--json").json["server"] == "https://a.example.org"
    assert stranger.run("profile", "add", "clinic", "https://b.example.org", "--replace").status == 0
    assert stranger.run("profile", "show", "clinic", "--json").json["server"] == "https://b.example.org"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["show", "nowhere"], 5, "there is no profile 'nowhere'"),
        (["use", "nowhere"], 5, "there is no profile 'nowhere'"),
        (["remove", "nowhere"], 5, "there is no profile 'nowhere'"),
        (["show"], 2, "no profile is chosen"),
        (["add", "a b", "https://xnat.example.org"], 2, "is no name for a profile"),
        (["add", "clinic", "xnat.example.org"], 2, "must begin with https://"),
    ],
)
def test_what_does_not_work_is_one_line(stranger, words, status, told):
    done = stranger.run("profile", *words)
    assert (done.status, done.err.count("\n")) == (status, 1)
    assert told in done.err
    assert stranger.run("profile", *words, "--json").error["exit_status"] == status


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('password = "s3cr3t"', "a profile holds no secret. Take 'password' out"),
        ('api_token = "s3cr3t"', "a profile holds no secret. Take 'api_token' out"),
        ('colour = "s3cr3t"', "'colour' is nothing that a profile has"),
        ('read_only = "s3cr3t"', "read_only is no bool"),
        ('user = "s3cr3t', "is not written as TOML is, line 3"),
    ],
)
def test_a_file_that_no_profile_can_be_is_refused_and_not_quoted(stranger, kept, text, told):
    kept.parent.mkdir(parents=True)
    kept.write_text(f'[profiles.clinic]\nserver = "https://xnat.example.org"\n{text}\n')
    done = stranger.run("profile", "list")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert told in done.err
    assert "s3cr3t" not in done.err


def test_the_folder_of_settings_can_be_elsewhere(stranger, tmp_path):
    there = {"XDG_CONFIG_HOME": str(tmp_path / "settings")}
    assert stranger.run("profile", "add", "clinic", "https://xnat.example.org", **there).status == 0
    assert (tmp_path / "settings" / "xnat-sdk" / "profiles.toml").exists()
    assert stranger.run("profile", "list", "--json").json == []


def server_of(desk, *words: str, **environ: str) -> str:
    return desk.run("whoami", "--json", *words, **environ).json["server"]


@pytest.fixture
def two(stranger, hospital, small):
    """A desk that can log in to two servers, with a profile for each."""
    assert piped_login(stranger, hospital).status == 0
    assert piped_login(stranger, small, password=small.password).status == 0
    assert stranger.run("profile", "add", "clinic", hospital.url).status == 0
    assert stranger.run("profile", "add", "lab", small.url).status == 0
    return stranger


def test_whom_commands_talk_to(two, hospital, small):
    assert server_of(two) == small.url, "the last login"
    assert two.run("profile", "use", "clinic").status == 0
    assert server_of(two) == hospital.url, "the chosen profile"
    assert server_of(two, XNAT_HOST=small.url) == small.url, "the environment comes before it"
    assert server_of(two, XNAT_PROFILE="lab") == small.url
    assert server_of(two, "--profile", "clinic", XNAT_HOST=small.url) == hospital.url, "the option comes before both"
    assert server_of(two, "-P", "clinic", XNAT_PROFILE="lab") == hospital.url
    assert server_of(two, "--server", small.url, XNAT_HOST=hospital.url) == small.url
    assert server_of(two, "--host", small.url, "--profile", "clinic") == small.url


def test_a_variable_that_names_another_server_than_the_profile_is_told(two, hospital, small):
    done = two.run("whoami", XNAT_PROFILE="clinic", XNAT_HOST=small.url)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "XNAT_PROFILE and XNAT_HOST name different servers" in done.err


def test_a_read_only_profile_guards_its_server(two, small):
    assert two.run("profile", "add", "lab", small.url, "--read-only", "--replace", "--use").status == 0
    before = len(small.requests)
    done = two.run("rest", "put", "/data/projects/new")
    assert (done.status, done.err.count("\n")) == (6, 1)
    assert [each.method for each in small.requests[before:]] == ["PUT", "DELETE"], "login and logout alone"
    assert two.run("rest", "put", "/data/projects/new", XNAT_HOST=small.url).status == 6
    assert two.run("whoami", "--json").json["read_only"] is True
    assert "refused: read-only" in two.shown("whoami")[1]


def test_the_account_of_a_profile_and_that_of_the_option(two, hospital):
    hospital.build.user("bob", "b0b")
    assert two.run("profile", "add", "clinic", hospital.url, "--user", "bob", "--replace").status == 0
    terminal = two.terminal("whoami", "--profile", "clinic")
    terminal.wait_for("Password of bob on ")
    terminal.type("b0b")
    assert terminal.end() == 0
    assert "account  bob" in terminal.screen
    assert two.run("whoami", "--profile", "clinic", "--user", "ada", "--json").json["account"] == "ada"


def test_the_variables_of_verification_and_patience(two):
    assert two.run("whoami", XNAT_VERIFY_SSL="false").status == 0
    assert two.run("whoami", XNAT_TIMEOUT="20").status == 0
    done = two.run("whoami", XNAT_VERIFY_SSL="on")
    assert (done.status, done.err) == (2, "error: XNAT_VERIFY_SSL is neither true nor false\n")
    done = two.run("whoami", XNAT_TIMEOUT="soon")
    assert (done.status, done.err) == (2, "error: XNAT_TIMEOUT is no number of seconds\n")


def test_a_token_stands_for_the_account_of_a_profile(stranger, hospital):
    assert stranger.run("profile", "add", "clinic", hospital.url, "--user", "ada").status == 0
    words = ["--profile", "clinic", "--issue-token", "--password-stdin"]
    assert stranger.run("login", *words, stdin=HOSPITAL_PASSWORD).status == 0
    for told in (stranger.run("whoami", "--profile", "clinic", "--json"), stranger.run("whoami", "--json")):
        assert told.json["account"] == "ada"
        assert told.json["token_expires"]
