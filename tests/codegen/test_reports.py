"""The commands that tell something and write nothing: explain, graph, diff."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.passes import PASSES

from .factories import attribute, complex_type, document, element, run, wrapped, write_schemas


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base, an heir and a list."""
    text = document(
        complex_type("base", element("x", "xs:int"))
        + complex_type("heir", wrapped("tags", element("tag", many=True)), base="a:base")
    )
    return write_schemas(tmp_path / "schemas", {"t.xsd": text})


def test_explain_names_every_pass_in_order_and_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "a:heir", "--schemas", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    headings = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert headings == ["as it is declared", *(one.__name__ for one in PASSES)]
    pruned = lines[lines.index("prune_wrappers") :]
    assert "  +   element tags/tag: TEXT, repeats" in pruned
    assert "assign_modules" in lines
    assert lines[-1] == "  +   module: a_heir"


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
    assert "a:bad: the type is left out" in capsys.readouterr().err


def test_graph_is_dot_text_of_who_extends_whom(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("digraph types {", "}")
    assert '  "a:heir" -> "a:base";' in lines


def test_diff_tells_what_came_went_and_changed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = document(
        complex_type("base", element("x", "xs:float"), attributes=attribute("y"))
        + complex_type("other", element("z", "xs:int"))
    )
    new = write_schemas(tmp_path / "new", {"t.xsd": text})
    assert main(["diff", str(folder), str(new)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        '~ ABase.x: Attribute[int] = attribute("x", INTEGER, default=UNSET)',
        '      now: Attribute[float] = attribute("x", FLOAT, default=UNSET)',
        '+ ABase.y: Attribute[str] = attribute("y", TEXT, xml="attribute", default=UNSET)',
        "- class AHeir",
        "+ class AOther",
    ]


def test_diff_of_equal_schemas_is_empty(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(folder), str(folder)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["generate", "check", "explain", "graph", "diff", "fetch"])
def test_every_command_has_help(command: str) -> None:
    done = run([command, "--help"])
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: xnat-codegen {command}")


def test_no_command_is_a_usage_error() -> None:
    done = run([])
    assert done.returncode == 2
    assert "usage: xnat-codegen" in done.stderr
