"""What the tests of the generator share."""

from __future__ import annotations

import pytest

from xnat_codegen.config import make_config
from xnat_codegen.generate import load_and_pass
from xnat_codegen.ir import Ir


@pytest.fixture(scope="session")
def stock() -> Ir:
    """The stock schemas after all passes; tests must not change it."""
    ir, _ = load_and_pass(make_config(None, None, None))
    return ir
