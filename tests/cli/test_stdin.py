"""Paths on standard input: the output of one command is the input of the next."""

from __future__ import annotations

import subprocess

import pytest

from xnat_runtime.cli.stdin import STDIN

from .screen import PROGRAM


@pytest.fixture
def site(small, office):
    """A project with three subjects, and one to share them into."""
    project = small.build.project("sandbox")
    for name in "abc":
        project.subject(name)
    small.build.project("other")
    return office


def shared(site):
    return [each.label for each in site.create_object("/data/projects/other").subjects]


def test_q_of_one_command_feeds_the_next(clerk, site):
    words = " | ".join(
        f"{PROGRAM} {each}"
        for each in ("ls sandbox/subjects -q", "share - --into other -q", "delete - --remove-files --yes --tsv")
    )
    done = subprocess.run(
        ["sh", "-c", words], env=clerk.environ, cwd=clerk.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1 + 3
    assert [each.label for each in site.create_object("/data/projects/sandbox").subjects] == []


@pytest.mark.parametrize(
    "text",
    [
        "sandbox/a\nsandbox/b\n", "\n# two of them\nsandbox/a\tx\ty\n\n  sandbox/b  \n", "\ufeffsandbox/a\r\nsandbox/b",
        "sandbox/b\nsandbox/a\nsandbox/b\n",
    ],
)  # fmt: skip
def test_lines_that_are_read(clerk, site, text):
    done = clerk.run("share", STDIN, "--into", "other", stdin=text)
    assert (done.status, done.err) == (0, "")
    assert shared(site) == ["a", "b"]


def test_paths_before_and_behind_it(clerk, site):
    done = clerk.run(
        "share", "sandbox/a", "-", "sandbox/c", "--into", "other", "--json", stdin="sandbox/b\nsandbox/a\n"
    )
    assert [row["label"] for row in done.json["done"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (["-"], "", "standard input holds no path"),
        (["-"], "\n# nothing\n\n", "standard input holds no path"),
        (["-"], '[{"uri": "/data/projects/sandbox"}]\n', "standard input holds JSON"),
        (["-", "-"], "sandbox/a\n", "standard input can be read once"),
        ([""], "", "no path is given"),
    ],
)
def test_input_that_names_nothing(clerk, small, words, text, told):
    before = len(small.requests)
    done = clerk.run("share", *words, "--into", "other", stdin=text)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"error: {told}")
    assert len(small.requests) == before, "nobody logs in for nothing"


def test_input_that_is_no_text(clerk, small):
    done = subprocess.run(
        [PROGRAM, "share", "-", "--into", "other"],
        input=b"\xff\xfe\x00",
        env=clerk.environ,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, b"error: standard input is no text in UTF-8\n")


def test_typed_at_a_terminal(clerk, site):
    asked = clerk.terminal("share", "-", "--into", "other")
    asked.wait_for("Paths, one a line; Ctrl+D ends:")
    asked.type("sandbox/a")
    asked.press("d")
    assert asked.end() == 0
    assert shared(site) == ["a"]
