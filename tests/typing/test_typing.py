"""What type checkers say about small programs: the right ones pass, every wrong line is red.

Lines that must be red end in ``# E``. The whole output is recorded beside the programs; record it again with
``XNAT_RECORD_TYPING=1 pytest tests/typing`` and read the difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted((HERE / "programs").glob("*.py"))
RECORD = bool(os.environ.get("XNAT_RECORD_TYPING"))


def run(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


@pytest.fixture(scope="module")
def mypy() -> dict[str, list[tuple[int, str]]]:
    """Errors by program: line and message."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    output = run("mypy", "--strict", "--no-error-summary", "--hide-error-context", *map(str, PROGRAMS))
    for line in output.splitlines():
        match = re.match(r"(.+?):(\d+): error: (.*)", line)
        if match:
            found[Path(match[1]).name].append((int(match[2]), match[3]))
    return found


@pytest.fixture(scope="module")
def pyright() -> dict[str, list[tuple[int, str]]]:
    """Errors by program: line and message."""
    config = HERE / "pyrightconfig.json"
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in json.loads(run("pyright", "--outputjson", "-p", str(config)))["generalDiagnostics"]:
        message = f"{entry['message'].splitlines()[0]}  [{entry.get('rule', '')}]"
        found[Path(entry["file"]).name].append((entry["range"]["start"]["line"] + 1, message))
    return found


def marked(program: Path) -> list[int]:
    """Lines that must be red."""
    return [number for number, line in enumerate(program.read_text().splitlines(), 1) if line.endswith("# E")]


def check_recorded(program: Path, found: list[tuple[int, str]], checker: str) -> None:
    """Compares an output with what is recorded, or records it."""
    assert sorted({line for line, _ in found}) == marked(program)
    text = "".join(f"{line}: {message}\n" for line, message in sorted(found))
    recorded = HERE / "expected" / f"{program.stem}.{checker}.txt"
    if RECORD:
        recorded.write_text(text)
    assert text == recorded.read_text()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_mypy_says_what_is_recorded(program, mypy):
    check_recorded(program, mypy[program.name], "mypy")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_pyright_says_what_is_recorded(program, pyright):
    check_recorded(program, pyright[program.name], "pyright")


def test_wrong_programs_hold_wrong_lines():
    wrong = [program for program in PROGRAMS if program.stem.startswith("wrong_")]
    assert len(wrong) >= 6
    assert all(len(marked(program)) >= 10 for program in wrong)
