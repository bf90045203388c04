"""Lists in the documentation that must equal what the code has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk

ROOT = Path(__file__).resolve().parents[2]
CODE_IN_FIRST_CELL = re.compile(r"^\| `([\w.\[\]-]+)`", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    return CODE_IN_FIRST_CELL.findall(text)


def requirement_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0] for requirement in requirements}


def test_architecture_page_lists_the_passes_in_code_order():
    from xnat_codegen.passes import PASSES

    section = page("architecture.md").partition("## Passes")[2].partition("\n## ")[0]
    assert first_cells(section) == [one.__module__.rpartition(".")[2] for one in PASSES]


def test_dependencies_page_gives_a_reason_for_each_dependency():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = requirement_names(settings["project"]["dependencies"])
    for extra in settings["project"]["optional-dependencies"].values():
        wanted |= requirement_names(extra)
    for group in settings["dependency-groups"].values():
        wanted |= requirement_names(group)
    assert set(first_cells(page("dependencies.md"))) == wanted | {"hatchling"}


@pytest.mark.parametrize("package", [xnat_sdk, xnat_emulator], ids=lambda package: package.__name__)
def test_public_api_page_names_everything_public(package):
    text = page("public-api.md")
    assert [name for name in package.__all__ if f"`{name}`" not in text] == []


def test_security_page_names_tests_that_are_there():
    named = re.findall(r"`(tests/[\w/.]+)`", page("security.md"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []
