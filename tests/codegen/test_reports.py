"""The commands that tell something and write nothing: explain; `graph` and `diff` have tests of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.explain import reason_of
from xnat_codegen.passes import PASSES

from .factories import complex_type, document, element, run, wrapped, write_schemas


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base, an heir and a list."""
    text = document(
        complex_type("base", element("x", "xs:int"))
        + complex_type("heir", wrapped("tags", element("tag", many=True)), base="a:base")
    )
    return write_schemas(tmp_path / "schemas", {"t.xsd": text})


def test_explain_names_every_pass_in_order_why_it_is_there_and_what_it_did(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "a:heir", "--schemas", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"a:heir ({folder / 't.xsd'}:2)"
    headings = [line for line in lines if re.match(r"\d+\. ", line)]
    assert headings == [f"{number}. {one.__name__}: {reason_of(one)}" for number, one in enumerate(PASSES, start=1)]
    assert all(len(reason_of(one)) > 20 for one in PASSES)
    pruned = lines.index("9. prune_wrappers: an element that only wraps a list disappears; the list takes its name")
    assert "  +   element tags/tag: TEXT, repeats" in lines[pruned:]
    assert lines[lines.index(headings[0]) + 1] == "  (nothing to do here)"


def test_explain_ends_with_what_code_sees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "a:heir", "--schemas", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["result: class AHeir in models.a_heir", "    tags  Values[str]  tags/tag"]


@pytest.mark.parametrize("name", ["a:heir", "heir", "HEIR", "A:Heir"])
def test_explain_takes_a_name_in_several_spellings(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name, "--schemas", str(folder)]) == 0
    assert "class a:heir" in capsys.readouterr().out


def test_explain_suggests_close_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "a:hair", "--schemas", str(folder)]) == 2
    assert capsys.readouterr().err == "error: there is no type 'a:hair'; did you mean a:heir?\n"


def test_explain_of_a_type_that_fails_tells_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = document(complex_type("bad", element("x", "a:nope")))
    folder = write_schemas(tmp_path, {"t.xsd": text})
    assert main(["explain", "a:bad", "--schemas", str(folder)]) == 1
    told = capsys.readouterr()
    assert "a:bad: the type is left out" in told.err
    assert "result: no class: the type is left out: member 'x' has the unknown type a:nope" in told.out


@pytest.mark.parametrize("command", ["generate", "check", "explain", "graph", "diff", "fetch"])
def test_every_command_has_help(command: str) -> None:
    done = run([command, "--help"])
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: xnat-codegen {command}")


def test_no_command_is_a_usage_error() -> None:
    done = run([])
    assert done.returncode == 2
    assert "usage: xnat-codegen" in done.stderr
