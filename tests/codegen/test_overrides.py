"""The tables of exceptions agree with the runtime, the schemas and each other."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from xnat_codegen import __version__, overrides
from xnat_codegen.ir import Ir
from xnat_codegen.passes.resolve_types import BUILTIN_CODECS
from xnat_codegen.view.calls import GENERICS, VALUE_TYPES
from xnat_runtime import codec, errors, reserved
from xnat_runtime._version import __version__ as runtime_version
from xnat_runtime.codec import Codec

from .factories import ROOT, class_of


def test_reserved_names_are_those_of_the_runtime() -> None:
    assert overrides.RESERVED_NAMES == reserved.OBJECT_NAMES
    assert overrides.RESERVED_EXPERIMENT_NAMES == reserved.EXPERIMENT_NAMES
    assert overrides.RESERVED_RESOURCE_NAMES == reserved.RESOURCE_NAMES
    assert overrides.RESERVED_STRUCTURE_NAMES == reserved.STRUCTURE_NAMES


def test_public_errors_are_those_of_the_runtime() -> None:
    ours = {name for name, module in overrides.PUBLIC_NAMES.items() if module == "xnat_runtime.errors"}
    assert ours == {
        name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, Exception)
    }


def test_every_public_name_exists() -> None:
    package = "xnat_sdk"
    for name, module in overrides.PUBLIC_NAMES.items():
        assert hasattr(import_module(module, package), name), name


def test_generator_and_runtime_have_one_version() -> None:
    assert __version__ == runtime_version


@pytest.mark.parametrize(
    "place",
    [
        *overrides.OBJECT_BASES.values(),
        *overrides.MIXINS.values(),
        *overrides.RUNTIME_TYPES.values(),
        *(parent for parent in overrides.PARENTS.values() if isinstance(parent, tuple)),
        *GENERICS.values(),
    ],
)
def test_runtime_classes_exist(place: tuple[str, str]) -> None:
    module, name = place
    assert isinstance(getattr(import_module(module), name), type)


def test_every_codec_exists() -> None:
    names = {"TEXT", *BUILTIN_CODECS.values(), *overrides.CODECS.values()}
    assert names <= set(VALUE_TYPES)
    assert all(isinstance(getattr(codec, name), Codec) for name in VALUE_TYPES)


def test_tables_name_types_and_members_that_exist(stock: Ir) -> None:
    labels = {cls.label for cls in stock.all_classes()}
    paths = {f"{cls.label}/{member.path}" for cls in stock.all_classes() for member in cls.members}
    assert {*overrides.OBJECT_BASES, *overrides.MIXINS, *overrides.PARENTS, *overrides.ITEM_KEYS} <= labels
    assert {*overrides.FIELD_NAMES, *overrides.CLASS_NAMES} <= paths | labels
    assert {f"{label}/{path}" for label, path in overrides.CONCRETE_TYPES} <= paths
    assert set(overrides.CONCRETE_TYPES.values()) <= labels
    for label, names in overrides.KEYS.items():
        assert names <= {member.name for member in class_of(stock, label).members}
    for (label, _), name in overrides.REPLACED_MEMBERS.items():
        assert name in {str(one.property) for one in class_of(stock, label).collections}


def test_prefixes_are_those_of_the_stock_schemas(stock: Ir) -> None:
    assert stock.namespaces == overrides.PREFIXES


def test_templates_hold_no_decisions_but_loops_and_plain_ifs() -> None:
    for path in sorted((ROOT / "templates").glob("*.j2")):
        depth = 0
        for statement in _statements(path):
            word = statement.split()[0]
            assert word in {"for", "endfor", "if", "endif", "include"}, (path.name, statement)
            depth += {"if": 1, "endif": -1}.get(word, 0)
            assert depth <= 1, (path.name, statement)
            assert word != "if" or len(statement.split()) == 2, (path.name, statement)


def _statements(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [part.partition("%}")[0].strip() for part in text.split("{%")[1:]]
