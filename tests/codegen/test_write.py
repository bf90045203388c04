"""Comparing and writing: nothing more than needed, nothing that is not ours, never half a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.view.package import SITE_MARKER as MARKER
from xnat_codegen.write import TEMPORARY, replace_file

from .factories import attribute, complex_type, document, element, structure, write_schemas


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The options of a small package that has been generated."""
    folder = write_schemas(
        tmp_path / "schemas", {"t.xsd": document(complex_type("t", element("x")) + complex_type("u"))}
    )
    options = ["--schemas", str(folder), "--package", "p", "--out", str(tmp_path / "out")]
    assert main(["generate", *options]) == 0
    return options


@pytest.fixture
def package(tmp_path: Path, arguments: list[str]) -> Path:
    """The folder of the package."""
    assert arguments
    return tmp_path / "out" / "p"


def stamps(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in files}


def test_every_python_file_begins_with_the_marker(package: Path) -> None:
    files = list(package.rglob("*.py"))
    assert {"__init__.py", "at.py", "au.py", "session.py", "_registry.py"} <= {path.name for path in files}
    assert {path.read_text().splitlines()[0] for path in files} == {MARKER}


def test_second_run_writes_nothing(package: Path, arguments: list[str]) -> None:
    before = stamps(package)
    assert main(["generate", *arguments]) == 0
    assert stamps(package) == before


def test_only_what_differs_is_written(package: Path, arguments: list[str]) -> None:
    before = stamps(package)
    (package / "models" / "at.py").write_text(f"{MARKER}\nedited by hand\n")
    assert main(["generate", *arguments]) == 0
    after = stamps(package)
    assert {name for name in after if after[name] != before[name]} == {"models/at.py"}
    assert "edited by hand" not in (package / "models" / "at.py").read_text()


def test_strays_go_only_with_the_marker_and_below_the_package(package: Path, arguments: list[str]) -> None:
    ours = package / "models" / "gone.py"
    ours.write_text(f"{MARKER}\n")
    theirs = [package / "models" / "handmade.py", package / "notes.txt", package.parent / "beside.py"]
    for path in theirs:
        path.write_text(f"# mine\n{MARKER}\n")
    theirs.append(package.parent / "generated_beside.py")
    theirs[-1].write_text(f"{MARKER}\n")
    assert main(["generate", *arguments]) == 0
    assert not ours.exists()
    assert all(path.exists() for path in theirs)


def test_handmade_file_in_the_way_is_never_overwritten(
    package: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = package / "session.py"
    path.write_text("print('mine')\n")
    before = stamps(package)
    assert main(["generate", *arguments]) == 2
    assert f"{path}: was not generated and is in the way" in capsys.readouterr().err
    assert stamps(package) == before


def test_check_is_silent_when_the_package_is_current(
    package: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert package.exists()
    assert main(["check", *arguments]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_shows_a_unified_diff_and_writes_nothing(
    package: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    edited = package / "models" / "at.py"
    edited.write_text(edited.read_text().replace("x: Attribute[str]", "y: Attribute[str]"))
    (package / "models" / "gone.py").write_text(f"{MARKER}\n")
    (package / "py.typed").unlink()
    before = stamps(package)
    assert main(["check", *arguments]) == 1
    shown = capsys.readouterr().out
    assert "--- a/models/at.py\n+++ b/models/at.py\n" in shown
    assert "-    y: Attribute[str]" in shown
    assert "+    x: Attribute[str]" in shown
    assert f"-{MARKER}\n" in shown
    assert stamps(package) == before


def test_check_of_a_package_that_is_not_there_is_stale(tmp_path: Path, arguments: list[str]) -> None:
    assert main(["check", *arguments[:-1], str(tmp_path / "elsewhere")]) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_no_temporary_file_stays_behind(package: Path) -> None:
    assert list(package.rglob(".*")) == []


def test_file_keeps_its_old_content_when_writing_fails(
    package: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = package / "models" / "at.py"
    path.write_text(f"{MARKER}\nold\n")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    assert main(["generate", *arguments]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert path.read_text() == f"{MARKER}\nold\n"
    assert list(package.rglob(".*")) == []


def test_run_that_is_cut_short_leaves_a_package_that_works(
    package: Path, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type gets a new base and a new structure, another type goes; the run ends after each of its steps once."""
    old = {path: path.read_bytes() for path in package.rglob("*.*") if path.is_file()}
    nested = element("n", inside=structure(attributes=attribute("y")))
    text = complex_type("t", element("x") + element("z", "a:zz") + nested, base="a:zz") + complex_type("zz")
    write_schemas(tmp_path / "schemas", {"t.xsd": document(text)})
    for steps in range(20):
        if _is_finished_after(steps, arguments, monkeypatch):
            assert steps == 5  # the base, the index, the registry, the classes, the type
            return
        _use(package.parent)
        for path, content in old.items():
            path.write_bytes(content)
    pytest.fail("the run never ended")


def _is_finished_after(steps: int, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> bool:
    left = iter(range(steps))

    def replace(path: Path, content: bytes) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace_file(path, content)

    with monkeypatch.context() as patched:
        patched.setattr("xnat_codegen.write.replace_file", replace)
        return main(["generate", *arguments]) == 0


def _use(folder: Path) -> None:
    """Uses what both packages have, and whatever of the new one is there."""
    code = "from p import _registry, listings; from p.models import AT; [getattr(AT(x='a'), name) for name in dir(AT)]"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_leftover_of_a_killed_run_goes_with_the_next(package: Path, arguments: list[str]) -> None:
    leftover = package / "models" / f"{TEMPORARY}abc"
    leftover.write_text("half a fi")
    assert main(["generate", *arguments]) == 0
    assert not leftover.exists()


@pytest.mark.parametrize("command", ["generate", "check"])
def test_folder_in_the_way_of_a_file_is_named(
    command: str, package: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = package / "session.py"
    path.unlink()
    path.mkdir()
    assert main([command, *arguments]) == 2
    assert f"{path}: was not generated and is in the way" in capsys.readouterr().err
