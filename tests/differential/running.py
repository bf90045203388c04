"""Runs the scenario through one client against a server of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from clients.conftest import add_reader
from clients.snapshot import Snapshot, snapshot

import xnat_emulator
from xnat_emulator import Mode

from .scenario import STEPS

HERE = Path(__file__).parent
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?"), "<moment>"),
    (re.compile(r"\d{8}_\d{9}"), "<moment>"),
)


@dataclass(frozen=True)
class Run:
    """What one client saw at each step, what it asked, and what it left in the archive."""

    results: dict[str, Any]
    requests: dict[str, list[xnat_emulator.RequestRecord]]
    archive: Snapshot


def run_scenario(python: Path, client: str, inputs: Path, work: Path) -> Run:
    """Return the run of a client; ``client`` is the name of the module that is imported as ``xnat``."""
    with (
        xnat_emulator.start(demo=True) as server,
        xnat_emulator.start(demo=True, mode=Mode(require_login=False)) as open_server,
    ):
        add_reader(server)
        arguments = (client, server.url, open_server.url, server.user, server.password, str(inputs), str(work))
        with (work / "stderr").open("w") as errors, _started(python, arguments, work, errors) as process:
            results, requests = _follow(process, (server, open_server))
        assert process.returncode == 0, (work / "stderr").read_text()
        assert list(results) == list(STEPS)
        return Run(results, requests, snapshot(server))


def _started(python: Path, arguments: tuple[str, ...], work: Path, errors: IO[str]) -> subprocess.Popen[str]:
    command = [str(python), "-m", "scenario", *arguments]
    hidden = {"XNAT_HOST", "XNAT_USER", "XNAT_PASS", "XNATPY_HOST", "XNATPY_USER", "XNATPY_PASS"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"HOME": str(work), "NETRC": str(work / "none"), "PYTHONPATH": str(HERE)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True, env=environment)


def _follow(
    process: subprocess.Popen[str], servers: tuple[xnat_emulator.Emulator, ...]
) -> tuple[dict[str, Any], dict[str, list[xnat_emulator.RequestRecord]]]:
    """Return result and requests of each step, which a line of the process ends and a line to it lets go on."""
    results: dict[str, Any] = {}
    requests: dict[str, list[xnat_emulator.RequestRecord]] = {}
    before = [len(server.requests) for server in servers]
    assert process.stdout is not None
    assert process.stdin is not None
    for line in process.stdout:
        told = json.loads(_plain(line, servers))
        results[told["step"]] = told["result"]
        asked = (server.requests[start:] for server, start in zip(servers, before, strict=True))
        requests[told["step"]] = [record for records in asked for record in records]
        for server in servers:
            server.settle()
        before = [len(server.requests) for server in servers]
        process.stdin.write("\n")
        process.stdin.flush()
    return results, requests


def _plain(line: str, servers: tuple[xnat_emulator.Emulator, ...]) -> str:
    """Return a line without what differs from server to server: its address, and moments."""
    for server in servers:
        line = line.replace(server.url, "<server>").replace(server.url.partition("://")[2], "<server>")
    for pattern, name in _VOLATILE:
        line = pattern.sub(name, line)
    return line
