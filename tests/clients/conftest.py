"""A server for each client, the files it moves, and the run of its scenario."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

import xnat_emulator
from xnat_emulator import Mode

from . import story
from .images import mr_image
from .snapshot import Snapshot, snapshot

HERE = Path(__file__).parent
VERSIONS = {"xnatctl": "1.9"}
"""Client -> release line it is written for: older importers do not read ``project``, ``subject`` and ``session``."""
PEERS = Path(os.environ.get("XNAT_PEERS") or HERE.parents[1] / ".venv-peers")


@dataclass(frozen=True)
class Told:
    """One client's run of the story: what it saw, what it could not do its own way, what it left, what it asked."""

    results: dict[str, Any]
    left_out: dict[str, str]
    detours: dict[str, str]
    archive: Snapshot
    requests: list[xnat_emulator.RequestRecord]


def make_inputs(folder: Path) -> None:
    """Write what the clients upload: loose files, a folder, two zips of DICOM."""
    for name, text in story.FILES.items():
        write(folder / "files" / name, text)
    for name, text in story.FOLDER.items():
        write(folder / "folder" / name, text)
    for position, name in enumerate(("archive", "prearchive"), 1):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for series, instance in ((1, 1), (1, 2), (2, 1)):
                archive.writestr(f"{series}/{instance}.dcm", mr_image(position, series, instance))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def interpreter(client: str) -> Path:
    """Return the interpreter that has a client, or skip."""
    python = PEERS / client / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no environment with {client}: {python} does not exist; XNAT_PEERS names the folder that holds it")
    return python


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    make_inputs(folder)
    return folder


@pytest.fixture(scope="session")
def tell(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Told]:
    """Return a function that runs a client's scenario against a server of its own, once."""
    told: dict[str, Told] = {}

    def run(client: str) -> Told:
        if client not in told:
            told[client] = run_scenario(interpreter(client), client, inputs, tmp_path_factory.mktemp(client))
        return told[client]

    return run


def run_scenario(python: Path, client: str, inputs: Path, work: Path) -> Told:
    with xnat_emulator.start(mode=Mode(version=VERSIONS.get(client, "1.8"))) as server:
        add_reader(server)
        scenario = HERE / client / "scenario.py"
        command = [str(python), str(scenario), server.url, server.user, server.password, str(inputs), str(work)]
        environment = {**os.environ, "HOME": str(work), "XNAT_USER": server.user, "XNAT_PASS": server.password}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
        requests = list(server.requests)
        assert done.returncode == 0, f"{done.stderr}\n" + "\n".join(
            f"{record.method} {record.path} {record.status}" for record in requests[-25:]
        )
        output = json.loads(done.stdout)
        return Told(output["results"], output["left_out"], output["detours"], snapshot(server), requests)


def add_reader(server: xnat_emulator.Emulator) -> None:
    """Add the account that the clients make a member of their project."""
    user = {
        "username": story.READER,
        "password": "not a secret",
        "firstName": "Rea",
        "lastName": "Der",
        "email": "reader@example.org",
        "enabled": True,
        "verified": True,
    }
    made = urllib3.request(
        "POST",
        f"{server.url}/xapi/users",
        json=user,
        headers=urllib3.make_headers(basic_auth=f"{server.user}:{server.password}"),
    )
    assert made.status in {200, 201}, made.data
