"""The Tab key: what bash, zsh and fish are offered, without a request."""

from __future__ import annotations

import pytest

from .screen import PROGRAM, Terminal


def offered(desk, line: str) -> list[str]:
    """Returns what bash is offered behind a line."""
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_XNAT_SDK_COMPLETE": "complete_bash"}
    done = desk.run(**asked)
    assert (done.status, done.err) == (0, "")
    return done.lines


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("xnat-sdk pre", ["prearchive"]),
        ("xnat-sdk log", ["login", "logout"]),
        ("xnat-sdk prearchive a", ["archive"]),
        ("xnat-sdk profile ", ["list", "add", "use", "show", "remove"]),
        ("xnat-sdk rest p", ["put", "post"]),
        ("xnat-sdk login --is", ["--issue-token"]),
        ("xnat-sdk ls --js", ["--json"]),
        ("xnat-sdk ls --output t", ["table", "tsv"]),
        ("xnat-sdk ls -o j", ["json"]),
        ("xnat-sdk --prof", ["--profile"]),
    ],
)
def test_commands_options_and_values_are_offered(clerk, small, line, found):
    assert offered(clerk, line) == found
    assert len(small.requests) == 0


def test_profiles_are_offered(stranger):
    stranger.run("profile", "add", "clinic", "https://xnat.example.org")
    stranger.run("profile", "add", "lab", "https://lab.example.org")
    assert offered(stranger, "xnat-sdk ls --profile ") == ["clinic", "lab"]
    assert offered(stranger, "xnat-sdk profile use l") == ["lab"]
    assert offered(stranger, "xnat-sdk profile show c") == ["clinic"]
    (stranger.home / ".config" / "xnat-sdk" / "profiles.toml").write_text("broken")
    assert offered(stranger, "xnat-sdk ls --profile ") == [""]


def test_zsh_and_fish_are_offered_the_same_with_titles(stranger):
    zsh = stranger.run(_XNAT_SDK_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="xnat-sdk prearchive a")
    assert zsh.out == """_arguments '*: :(("archive":"put sessions into the archive"))'\n"""
    fish = stranger.run(
        _XNAT_SDK_COMPLETE="complete_fish", _TYPER_COMPLETE_ARGS="xnat-sdk pre", _TYPER_COMPLETE_FISH_ACTION="get-args"
    )
    assert fish.out == "prearchive\tsessions that arrived and wait to be archived\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_of_the_shells_name_the_program(stranger, shell):
    done = stranger.run("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.status == 0
    assert f"_XNAT_SDK_COMPLETE=complete_{shell}" in done.out
    assert "xnat-sdk" in done.out


def test_installed_in_bash_the_tab_key_completes(stranger):
    environ = {**stranger.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = stranger.run("--install-completion", "bash", **environ)
    assert done.status == 0
    assert str(stranger.home / ".bash_completions" / "xnat-sdk.sh") in done.out.replace("\n", "")
    folder = PROGRAM.rpartition("/")[0]
    with (stranger.home / ".bashrc").open("a") as settings:
        settings.write("\nPS1='ready> '\n")
    shell = Terminal(["bash", "-i"], {**stranger.environ, "PATH": f"{folder}:/usr/bin:/bin"}, stranger.folder)
    shell.wait_for("ready> ")
    press(shell, "xnat-sdk prea\t")
    shell.wait_for("xnat-sdk prearchive ")
    press(shell, "a\t")
    shell.wait_for("archive ")
    press(shell, "--js\t")
    shell.wait_for("--json ")
    assert "xnat-sdk prearchive archive --json" in shell.screen
    press(shell, "\x15exit\r")
    assert shell.end() == 0


def press(shell: Terminal, keys: str) -> None:
    shell._process.send(keys)
