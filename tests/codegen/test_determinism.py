"""Same input, same bytes: on any hash seed and from any folder."""

from __future__ import annotations

import os
from pathlib import Path

from .factories import ROOT, attribute, complex_type, document, element, run, structure, write_schemas


def generated(tmp_path: Path, seed: str, *, relative: bool) -> dict[str, bytes]:
    cwd = tmp_path / f"cwd{seed}"
    cwd.mkdir()
    schemas = os.path.relpath(ROOT / "schemas", cwd) if relative else str(ROOT / "schemas")
    environment = {**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "40", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    done = run(["generate", "--schemas", schemas, "--out", "here"], cwd=cwd, environment=environment)
    assert done.stderr == ""
    assert done.returncode == 0
    root = cwd / "here"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_two_runs_differ_in_no_byte(tmp_path: Path) -> None:
    one = generated(tmp_path, "1", relative=True)
    two = generated(tmp_path, "4242", relative=False)
    assert len(one) > 190
    assert one == two


def test_no_path_of_this_machine_is_in_the_output() -> None:
    package = ROOT / "generated" / "xnat_sdk"
    found = [path.name for path in package.rglob("*.py") if str(ROOT) in path.read_text(encoding="utf-8")]
    assert found == []


def test_surroundings_of_the_run_do_not_reach_the_formatter(tmp_path: Path) -> None:
    """The temporary folder is ignored by git and lies below ``build``; the working folder holds a ruff.py."""
    plain = small_package(tmp_path, tmp_path, dict(os.environ))
    run_folder = tmp_path / "build"
    (run_folder / ".git").mkdir(parents=True)
    (run_folder / ".gitignore").write_text("*\n")
    (run_folder / "ruff.py").write_text("raise SystemExit(3)\n")
    assert small_package(tmp_path, run_folder, {**os.environ, "TMPDIR": str(run_folder)}) == plain


def small_package(tmp_path: Path, cwd: Path, environment: dict[str, str]) -> dict[str, bytes]:
    inside = element("long_enough_to_be_wrapped_by_a_formatter", inside=structure(attributes=attribute("x")))
    schemas = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t", inside))})
    arguments = ["generate", "--schemas", schemas, "--package", "p", "--out", cwd / "out"]
    done = run(arguments, cwd=cwd, environment=environment)
    assert done.stderr == ""
    root = cwd / "out" / "p"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
