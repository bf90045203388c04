"""What the tests of the generator share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from xnat_codegen.config import make_config
from xnat_codegen.generate import load_and_pass
from xnat_codegen.ir import Ir

from .site_server import Site


@pytest.fixture(scope="session")
def stock() -> Ir:
    """The stock schemas after all passes; tests must not change it."""
    ir, _ = load_and_pass(make_config(None, None, None))
    return ir


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that names no server, login, certificate or proxy; its home folder is empty."""
    home = tmp_path_factory.mktemp("home")
    ours = ("XNAT", "NETRC", "SSL_CERT", "REQUESTS_CA", "CURL_CA")
    for name in [name for name in os.environ if name.startswith(ours) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    return home


@pytest.fixture
def site(nothing_set: Path) -> Iterator[Site]:
    """A running server."""
    del nothing_set
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
