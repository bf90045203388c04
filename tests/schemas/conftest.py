"""What the tests of the input data share: the folder, the readings and the catalogues."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from .reading import SchemaReading
from .snapshot import DATA_MODEL

SCHEMAS = Path(__file__).parents[2] / "schemas"
ANNOTATIONS = "http://nrg.wustl.edu/xdat"
SECURITY = "http://nrg.wustl.edu/security"


@pytest.fixture(scope="session")
def schemas() -> Path:
    """The folder under test."""
    return SCHEMAS


@pytest.fixture(scope="session")
def snapshot() -> list[str]:
    """The data model as the snapshot has it."""
    return DATA_MODEL.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="session")
def readings(snapshot: list[str]) -> dict[str, SchemaReading]:
    """File -> reading, for every namespace that the snapshot names."""
    rows = [line.split("\t") for line in snapshot if line.startswith("namespace\t")]
    prefixes = {namespace: prefix for _, prefix, namespace, _ in rows} | {ANNOTATIONS: "xdat"}
    return {
        file: SchemaReading(SCHEMAS / file, prefix, SECURITY if namespace == SECURITY else ANNOTATIONS, prefixes)
        for _, prefix, namespace, file in rows
    }


@pytest.fixture(scope="session")
def routes() -> dict[str, Any]:
    """The route catalogue."""
    return tomllib.loads((SCHEMAS / "routes.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def display() -> dict[str, Any]:
    """The display fields."""
    return tomllib.loads((SCHEMAS / "display.toml").read_text(encoding="utf-8"))
