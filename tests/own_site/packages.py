"""From a plugin to a package: a server that has the plugin, its schemas, and what is generated from them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from environments import ROOT

import xnat_emulator
from xnat_codegen.cli import main
from xnat_emulator import Emulator

HERE = Path(__file__).resolve().parent


def serving(plugin: str, folder: Path) -> Emulator:
    """Starts a server of the stock schemas with a plugin's beside them."""
    shutil.copytree(ROOT / "schemas", folder)
    shutil.copytree(HERE / plugin, folder, dirs_exist_ok=True)
    return xnat_emulator.start(schemas=folder)


def fetched(server: Emulator, folder: Path) -> Path:
    """Returns a folder with the schemas of a server."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("XNAT")]:
            patch.delenv(name)
        patch.setenv("XNAT_USER", server.user)
        patch.setenv("XNAT_PASS", server.password)
        assert main(["fetch", server.url, "-o", str(folder)]) == 0
    return folder


def generated(name: str, schemas: Path, folder: Path) -> Path:
    """Returns the project folder of a package that was generated from schemas."""
    assert main(["generate", "--schemas", str(schemas), "--package", name, "-o", str(folder)]) == 0
    return folder
