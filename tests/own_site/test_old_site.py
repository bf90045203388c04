"""A site of the 1.7 line: its schema file makes a package that installs where nothing is, and that checkers follow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from environments import ROOT, Environment, build_wheel, run
from own_site.checking import Checker, mypy, pyright
from own_site.packages import generated

import xnat_emulator
from xnat_emulator.mode import Mode

SHARED = Path(os.environ.get("XNAT_SHARED", ROOT.parent / "shared"))
SCHEMA = SHARED / "real-schemas" / "xnat-1.7.xsd"
PROGRAM = Path(__file__).resolve().parent / "programs" / "old_reading.py"

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason=f"no {SCHEMA}; name its folder in XNAT_SHARED")


@pytest.fixture(scope="module")
def old_site(sdk_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that was empty, with the package of the schema file."""
    folder = tmp_path_factory.mktemp("old")
    project = generated("old_xnat", SCHEMA, folder / "project")
    return Environment(folder / "venv", sdk_wheel, build_wheel(project, folder))


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_script_passes_strict_checks(checker: Checker, old_site: Environment, tmp_path: Path) -> None:
    program = tmp_path / PROGRAM.name
    program.write_bytes(PROGRAM.read_bytes())
    assert checker(program, old_site, tmp_path) == set()


def test_script_works_on_an_old_server(old_site: Environment, tmp_path: Path) -> None:
    with xnat_emulator.start(mode=Mode(version="1.7")) as server:
        done = run(old_site.python, "-W", "error", PROGRAM, server.url, cwd=tmp_path)
    assert done.stdout == "[9] ['T1']\n['S1']\n"
