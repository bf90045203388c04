"""Writes the expected packages of all cases again: ``python -m tests.codegen.regen``."""

from __future__ import annotations

import sys
from pathlib import Path

from xnat_codegen.cli import main

CASES = Path(__file__).resolve().parent / "cases"


def cases() -> list[Path]:
    """Returns the folders of all cases."""
    return sorted(path.parent for path in CASES.glob("*/routes.toml"))


def options(case: Path) -> list[str]:
    """Returns the command-line options of a case."""
    routes = case / "routes.toml"
    return [
        "--schemas", str(case / "schemas"), "--routes", str(routes), "--package", case.name,
        "--out", str(case / "generated"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(max(main(["generate", *options(case)]) for case in cases()))
