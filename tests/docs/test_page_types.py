"""What mypy and pyright say of the python of README.md and docs/*.md, both in strict mode.

Blocks with the title "Untyped" run, and are left out here: at least one of the checkers must find fault with
them, and a strictly typed twin must follow in their section.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from .pages import PAGES, ROOT, Block, blocks, expected_output

PRELUDE = 'server: str = ""; user: str = ""; password: str = ""'
ROOMS = [str(ROOT / room) for room in ("generated", "runtime", "emulator")]
UNTYPED = [(page, block) for page in PAGES for block in blocks(page) if block.is_untyped]

Fault: TypeAlias = tuple[str, int, str]
Checker: TypeAlias = Callable[[Path], list[Fault]]


def python_of(page: Path, wanted: Callable[[Block], bool]) -> str:
    """Return python blocks of a page on the lines where they stand, everything else blanked."""
    lines = [""] * (page.read_text(encoding="utf-8").count("\n") + 1)
    for block in blocks(page):
        if block.is_python and wanted(block):
            for offset, text in enumerate(block.text.splitlines()):
                lines[block.line - 1 + offset] = text
    lines[0] = PRELUDE
    return "\n".join(lines) + "\n"


def write_pages(folder: Path) -> None:
    """Write a module for each page, named after it, without untyped blocks."""
    for page in PAGES:
        name = f"{page.stem.lower().replace('-', '_')}.py"
        (folder / name).write_text(python_of(page, lambda block: not block.is_untyped), encoding="utf-8")


def write_untyped(folder: Path) -> list[str]:
    """Write a module for each untyped block, that holds it and the typed blocks before it; return their names."""
    names = []
    for page, block in UNTYPED:
        text = python_of(page, lambda other, block=block: other == block or is_typed_before(other, block))
        names.append(f"{page.stem}_{block.line}.py")
        (folder / names[-1]).write_text(text, encoding="utf-8")
    return names


def is_typed_before(other: Block, block: Block) -> bool:
    return other.line < block.line and not other.is_untyped


def mypy(folder: Path) -> list[Fault]:
    """Returns what mypy finds in the modules of a folder."""
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--disable-error-code", "empty-body"]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "docs"), "--no-error-summary", "--hide-error-context"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *cache, *sorted(path.name for path in folder.glob("*.py"))],
        cwd=folder,
        env=os.environ | {"MYPYPATH": os.pathsep.join(ROOMS)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stderr == ""
    found = re.findall(r"^(\w+\.py):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert done.returncode == bool(found), done.stdout
    return [(name, int(line), message) for name, line, message in found]


def pyright(folder: Path) -> list[Fault]:
    """Returns what pyright finds in the modules of a folder."""
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": ["."],
        "extraPaths": ROOMS,
        # A page shows what an expression is without keeping it, and tests what cannot be.
        "reportUnusedExpression": False,
        "reportUnusedVariable": False,
        "reportUnnecessaryIsInstance": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(folder)],
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(list(folder.glob("*.py"))), done.stdout
    return [
        (Path(entry["file"]).name, entry["range"]["start"]["line"] + 1, entry["message"])
        for entry in report["generalDiagnostics"]
        if entry["severity"] == "error"
    ]


@pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)
def test_python_of_all_pages_passes_strict_checks(checker: Checker, tmp_path: Path):
    write_pages(tmp_path)
    assert [f"{module}:{line}: {message}" for module, line, message in checker(tmp_path)] == []


def test_untyped_blocks_are_those_that_fail_strict_checks(tmp_path: Path):
    modules = write_untyped(tmp_path)
    faults = {(module, line) for module, line, _ in [*mypy(tmp_path), *pyright(tmp_path)]}
    for module, (_, block) in zip(modules, UNTYPED, strict=True):
        assert {line for other, line in faults if other == module}.intersection(range(block.line, block.end)), module


def test_every_untyped_block_has_a_typed_twin_right_behind_it():
    assert UNTYPED
    for page, block in UNTYPED:
        found = blocks(page)
        behind = [other for other in found[found.index(block) + 1 :] if other.is_python]
        assert behind, f"{page.name}:{block.line}"
        assert (behind[0].section, behind[0].is_untyped) == (block.section, False), f"{page.name}:{block.line}"
        between = page.read_text(encoding="utf-8").splitlines()[block.end : behind[0].line - 1]
        assert any(line.startswith("*Typed*") for line in between), f"{page.name}:{block.line}"
        assert expected_output(found[found.index(block) + 1 :], block)
