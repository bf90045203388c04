"""A schema of an XNAT 1.7 site, alone: its imports are missing, and the package is sound nevertheless."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from .factories import ROOT, run

SHARED = Path(os.environ.get("XNAT_SHARED", ROOT.parent / "shared"))
SCHEMA = SHARED / "real-schemas" / "xnat-1.7.xsd"

Value: TypeAlias = dict[str, str] | list[str] | str | int | None

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


def test_diff_against_stock_is_exactly_what_is_known_to_have_changed() -> None:
    """The list of known changes is made from both schemas by other means (``datamodel.json``)."""
    done = run(["diff", SCHEMA, "stock", "--namespace", "xnat", "--json"])
    assert done.returncode == 4  # mrScanData/parameters/flip is a float now
    changes = json.loads(done.stdout)["changes"]
    known = json.loads((SHARED / "facts" / "datamodel.json").read_text(encoding="utf-8"))["version_notes"]["difference"]
    assert _named(changes, "type-added") == {f"xnat:{name}" for name in known["added_types"]}
    assert _named(changes, "element-added") == {f"xnat:{name}" for name in known["added_elements"]}
    for kind in ("type-removed", "element-removed", "field-removed", "python"):
        assert _named(changes, kind) == set()
    added = {(one["type"], one["field"]) for one in changes if one["kind"] == "field-added"}
    assert added == {(f"xnat:{name}", path) for name, paths in known["added_fields"].items() for path in paths}
    changed = [one for one in changes if one["kind"] in {"retyped", "facet", "mark"}]
    assert {(one["type"], one["field"], *_values(one)) for one in changed} == set(_known(known["changed_fields"]))
    assert len(changed) == len(list(_known(known["changed_fields"])))


def _named(changes: list[dict[str, str]], kind: str) -> set[str]:
    return {change["type"] for change in changes if change["kind"] == kind}


def _values(change: dict[str, str]) -> tuple[str, str | None, str | None]:
    return change["what"], change["old"], change["new"]


def _known(types: Mapping[str, Mapping[str, Mapping[str, list[Value]]]]) -> Iterator[tuple[str | None, ...]]:
    """Yields type, path, property, old and new value as ``diff`` spells them."""
    for name, fields in types.items():
        for path, properties in fields.items():
            for what, (old, new) in properties.items():
                yield f"xnat:{name}", path, *_spelled(what, old, new)


def _spelled(what: str, old: Value, new: Value) -> tuple[str | None, ...]:
    if isinstance(old, dict) and isinstance(new, dict):
        ((key, before),), ((_, after),) = old.items(), new.items()
        return f"{what}.{key}", before, after
    return what, _text(old), _text(new)


def _text(value: Value) -> str | None:
    if isinstance(value, list):
        return ", ".join(sorted(value))
    return None if value is None else str(value)
