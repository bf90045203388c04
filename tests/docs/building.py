"""The docs site as `make docs` builds it, in a folder of its own so that tests can run side by side."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .pages import ROOT

ROOMS = ("generated", "runtime", "emulator", "codegen", "schemas", "templates")
QUIET = {"NO_MKDOCS_2_WARNING": "1"}


def build_site(folder: Path) -> Path:
    """Build the site below `folder` and return its root; a warning is a failure."""
    for room in ROOMS:
        (folder / room).symlink_to(ROOT / room)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("dictionary"))
    dictionary = [sys.executable, "-m", "xnat_codegen", "dictionary", "--out", str(folder / "docs" / "dictionary")]
    subprocess.run(dictionary, check=True)
    done = mkdocs(folder)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout, done.stdout
    return folder / "site"


def mkdocs(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a folder as the Makefile does; not with --quiet, which drops warnings before they count."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env=os.environ | QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
