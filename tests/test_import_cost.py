"""What an import loads: only the classes that were asked for, and no slow package."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SLOW = {"xmlschema", "jinja2", "lxml", "numpy", "pandas", "pydicom", "starlette"}
MODELS = "xnat_sdk.models."


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after running `statement`."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(json.loads(done.stdout))


def models(modules: set[str]) -> set[str]:
    return {name.removeprefix(MODELS) for name in modules if name.startswith(MODELS)}


def test_import_of_the_package_builds_no_class():
    modules = loaded_by("import xnat_sdk")
    assert models(modules) == set()
    assert modules & SLOW == set()


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("SubjectData", {"subject_data"}),
        ("MrSessionData", {"experiment_data", "image_session_data", "mr_session_data", "subject_assessor_data"}),
        ("MrScanData", {"image_scan_data", "mr_scan_data"}),
    ],
)
def test_import_of_one_model_builds_only_its_chain(name: str, chain: set[str]):
    modules = loaded_by(f"import xnat_sdk\nfrom xnat_sdk.models import {name}")
    assert models(modules) == chain
    assert modules & SLOW == set()


def test_endpoints_load_the_area_that_is_used():
    modules = loaded_by("from xnat_sdk.api import Api; Api(None).plugins.list_plugins")
    found = {name.removeprefix("xnat_sdk.api.") for name in modules if name.startswith("xnat_sdk.api.")}
    assert found == {"plugins", "records"}
    assert models(modules) == set()
    assert modules & SLOW == set()
    assert not [name for name in loaded_by("import xnat_sdk.session") if name.startswith("xnat_sdk.api")]


def test_connecting_is_what_imports_the_network():
    assert "urllib3" not in loaded_by("import xnat_sdk")
