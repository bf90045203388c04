"""What type checkers say of a program that uses installed packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from environments import Environment

Checker: TypeAlias = Callable[[Path, Environment, Path], set[int]]


def mypy(program: Path, place: Environment, folder: Path) -> set[int]:
    """Returns the lines of a program that mypy --strict finds fault with, imports taken from an environment."""
    options = ["--strict", "--python-executable", str(place.python), "--cache-dir", str(folder / "cache")]
    done = _run("mypy", *options, "--no-error-summary", str(program), folder=folder)
    found = re.findall(rf"{re.escape(program.name)}:(\d+): error:", done.stdout)
    assert done.returncode == bool(found), done.stdout + done.stderr
    return {int(line) for line in found}


def pyright(program: Path, place: Environment, folder: Path) -> set[int]:
    """Returns the lines of a program that pyright, strict, finds fault with."""
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "include": [str(program)]}
    settings["reportUnusedExpression"] = settings["reportUnusedVariable"] = "none"
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    options = ["--pythonpath", str(place.python), "--outputjson", "-p", str(folder)]
    done = _run("pyright", *options, folder=folder)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1, done.stdout
    errors = [entry for entry in report["generalDiagnostics"] if entry["severity"] == "error"]
    return {entry["range"]["start"]["line"] + 1 for entry in errors}


def wrong_lines(program: Path) -> set[int]:
    """Returns the lines of a program that say they are wrong."""
    lines = program.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, start=1) if line.endswith("# E")}


def _run(checker: str, *options: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "MYPYPATH"}}
    command = [sys.executable, "-m", checker, *options]
    environment["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    print(done.stdout)
    return done
