"""One server that starts afresh for every comparison, and the recorded answers with samples of our own beside them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import xnat_emulator

from ..emulator.conftest import ROOT, Client, log_in, recordings
from .replays import OWN, SAMPLES

__all__ = ["recordings"]


@pytest.fixture(scope="session")
def server() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start() as running:
        yield running


@pytest.fixture
def emulator(server: xnat_emulator.Emulator) -> xnat_emulator.Emulator:
    """The server with an empty archive, so that projects and accession numbers can be the recorded ones."""
    server.reset()
    return server


@pytest.fixture
def client(emulator: xnat_emulator.Emulator) -> Client:
    return log_in(emulator)


@pytest.fixture(scope="session")
def plugin_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A schema folder with the type of a plugin that two recorded sites had."""
    folder = tmp_path_factory.mktemp("plugin") / "schemas"
    shutil.copytree(ROOT / "schemas", folder)
    (folder / "roi").mkdir()
    shutil.copy(SAMPLES / "roi.xsd", folder / "roi" / "roi.xsd")
    return folder


@pytest.fixture(scope="session")
def plugin_server(plugin_schemas: Path) -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(schemas=plugin_schemas) as running:
        yield running


@pytest.fixture
def plugin_client(plugin_server: xnat_emulator.Emulator) -> Client:
    plugin_server.reset()
    return log_in(plugin_server)


@pytest.fixture
def sample(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return the text of a sample: our own ones are here, recorded ones in the folder of recordings."""

    def read(name: str) -> str:
        folder = SAMPLES if name.startswith(OWN) else request.getfixturevalue("recordings")
        return (folder / name).read_bytes().decode()

    return read
