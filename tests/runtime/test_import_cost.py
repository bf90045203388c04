from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {"urllib3", "cattrs", "pydicom", "numpy", "pandas", "ssl", "http.client"}


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["errors", "paths", "html", "transport", "auth", "downloads", "archives", "uploads"])
def test_nothing_slow_is_loaded_before_a_connection_is_made(module: str):
    assert not loaded_by(f"import xnat_runtime.{module}") & SLOW


def test_the_pool_is_found_in_the_transport_module_when_asked_for():
    modules = loaded_by("from xnat_runtime.transport import PoolTransport; assert PoolTransport.__name__")
    assert "urllib3" in modules
    assert not modules & {"cattrs", "pydicom", "numpy", "pandas"}
