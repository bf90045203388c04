"""The SDK on the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_sdk import XnatSession, connect


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = ("HOST", "USER", "PASS", "URL", "READ_ONLY", "XSI_TYPE", "ITEM_ID", "TOKEN", "JSESSION")
    for name in names:
        monkeypatch.delenv(f"XNAT_{name}", raising=False)
        monkeypatch.delenv(f"XNATPY_{name}", raising=False)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))


@pytest.fixture(scope="session")
def demo() -> Iterator[xnat_emulator.Emulator]:
    """A server with demo data, for tests that only read."""
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def empty() -> Iterator[xnat_emulator.Emulator]:
    """A server with nothing in it."""
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def session(empty: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to the empty server."""
    with connect(empty.url, empty.user, empty.password) as connection:
        yield connection


@pytest.fixture
def reader(demo: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to the demo server."""
    with connect(demo.url, demo.user, demo.password) as connection:
        yield connection
