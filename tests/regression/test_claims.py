"""The table of claims and the tests of this folder say the same."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from . import claims

FOLDER = Path(__file__).parent
TABLES = (claims.XNATPY_VERIFIED, claims.XNATPY_READ, claims.PYXNAT_VERIFIED, claims.PYXNAT_READ)


def written() -> dict[str, str]:
    """Return the docstrings of the test functions by name."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("test_*.py") if path != Path(__file__))
    found = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in found if node.name.startswith("test_")}


def test_each_claim_has_a_test_and_each_test_a_claim():
    named = [name for table in TABLES for name in table.values()]
    assert [name for name, times in Counter(named).items() if times > 1] == []
    assert sorted(named) == sorted(written())


def test_each_test_names_the_defect_in_one_line():
    told = written()
    for table in TABLES:
        section = "3.1" if table in (claims.XNATPY_VERIFIED, claims.XNATPY_READ) else "3.2"
        for name in table.values():
            assert told[name].startswith(f"peers {section}: "), name
            assert told[name].endswith("."), name
            assert "\n" not in told[name], name
