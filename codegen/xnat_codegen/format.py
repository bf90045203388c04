"""Formats the rendered files: one run of ruff over all of them, closed off from any configuration."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .errors import CodegenError

SETTINGS = (
    "--isolated",
    "--no-cache",
    "--quiet",
    "--no-respect-gitignore",
    "--line-length=120",
    "--target-version=py311",
)


def format_files(files: Mapping[str, str]) -> dict[str, str]:
    """Returns the files formatted.

    Raises:
        CodegenError: ruff is not installed, or refuses a file.
    """
    with tempfile.TemporaryDirectory(prefix="xnat-codegen-") as folder:
        root = Path(folder)
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        _run_ruff(root)
        return {path: (root / path).read_text(encoding="utf-8") for path in files}


def _run_ruff(root: Path) -> None:
    # -P: a ruff.py in the working directory is not the ruff that is meant.
    command = [sys.executable, "-P", "-m", "ruff", "format", *SETTINGS, str(root)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # fixed command
    if "No module named ruff" in result.stderr:
        raise CodegenError('xnat-codegen needs the extra "codegen" (ruff): pip install "xnat-sdk[codegen]"')
    if result.returncode != 0:
        reason = next(iter(result.stderr.strip().splitlines()), "no reason given")
        raise CodegenError(f"ruff could not format the package: {reason}")
