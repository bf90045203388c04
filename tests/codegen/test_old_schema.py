"""A schema of an XNAT 1.7 site, alone: its imports are missing, and the package is sound nevertheless."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .factories import ROOT, run

SHARED = Path(os.environ.get("XNAT_SHARED", ROOT.parent / "shared"))
SCHEMA = SHARED / "real-schemas" / "xnat-1.7.xsd"

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason=f"no {SCHEMA}; name its folder in XNAT_SHARED")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the package ``old_xnat``."""
    out = tmp_path_factory.mktemp("old")
    done = run(["generate", "--schemas", SCHEMA, "--package", "old_xnat", "--out", out])
    assert done.returncode == 0
    warnings = done.stderr.splitlines()
    assert all(line.startswith("warning: ") for line in warnings)
    assert "'../birn/birnprov.xsd' is missing" in warnings[0]
    assert "'../xdat/xdat.xsd' is missing" in warnings[1]
    return out


def python(old: Path, code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(old), str(ROOT / "runtime")])}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout


def test_there_are_113_types(old: Path) -> None:
    assert len(list((old / "old_xnat" / "models").glob("[a-z]*.py"))) == 113
    assert (
        python(old, "from old_xnat._registry import REGISTRY as r; print(len(r.types), *r.namespaces)") == "113 xnat\n"
    )


def test_every_name_can_be_imported(old: Path) -> None:
    code = "import old_xnat.models as m; print(all(getattr(m, name) for name in m.__all__), len(m.__all__) > 190)"
    assert python(old, code) == "True True\n"


def test_fields_of_missing_types_are_text(old: Path) -> None:
    assert "(text)" in python(old, "from old_xnat.models import DerivedData; print(DerivedData.provenance)")


def test_strict_type_check_is_clean(old: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([str(old), str(ROOT / "runtime")])}
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "-p", "old_xnat"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.startswith("Success: no issues found"), done.stdout
