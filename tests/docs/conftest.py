"""What a reader of the pages has before the first line: a folder, a terminal, and nothing set up."""

from __future__ import annotations

import getpass
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk as xnat

from .building import build_site
from .walking import Walk

TYPED = "admin"


class Terminal(io.StringIO):
    """A standard input with somebody before it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The docs site, built once for all tests of a process."""
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is empty, no server or login is set, and who is asked for a password types the demo's."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("XNAT") or name == "NETRC"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: TYPED)


@pytest.fixture
def walk(tmp_path: Path, desk: None) -> Iterator[Walk]:
    with xnat_emulator.start(demo=True) as demo:
        walk = Walk(demo, tmp_path)
        yield walk
        for found in walk.namespace.values():
            if isinstance(found, xnat.XnatSession):
                found.disconnect()
