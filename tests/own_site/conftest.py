"""Sites with types of their own: their servers, and their packages installed where nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import ROOT, Environment, build_wheel
from own_site.packages import fetched, generated, serving

from xnat_emulator import Emulator


@pytest.fixture(scope="session")
def neuro_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The server of the site whose plugin is in ``plugin``."""
    with serving("plugin", tmp_path_factory.mktemp("neuro") / "schemas") as server:
        yield server


@pytest.fixture(scope="session")
def other_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The server of another site, whose plugin has the same name and namespace."""
    with serving("other_plugin", tmp_path_factory.mktemp("other") / "schemas") as server:
        yield server


@pytest.fixture(scope="session")
def neuro_schemas(neuro_server: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schemas as ``fetch`` wrote them."""
    return fetched(neuro_server, tmp_path_factory.mktemp("fetched") / "neuro")


@pytest.fixture(scope="session")
def neuro_project(neuro_schemas: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project folder of the package ``neuro_xnat``."""
    return generated("neuro_xnat", neuro_schemas, tmp_path_factory.mktemp("projects") / "neuro")


@pytest.fixture(scope="session")
def other_project(other_server: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project folder of the package ``other_xnat``."""
    folder = tmp_path_factory.mktemp("projects")
    return generated("other_xnat", fetched(other_server, folder / "schemas"), folder / "other")


@pytest.fixture(scope="session")
def sdk_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of xnat-sdk."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def sites(
    sdk_wheel: Path, neuro_project: Path, other_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment that was empty, with xnat-sdk, its command line and both sites' packages."""
    wheels = [build_wheel(project, tmp_path_factory.mktemp("dist")) for project in (neuro_project, other_project)]
    return Environment(tmp_path_factory.mktemp("sites") / "venv", f"{sdk_wheel}[cli]", *wheels)
