"""The same steps through xnatctl and through the SDK see the same scripts, receivers and codes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import ProjectData

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("XNAT_PEERS") or ROOT / ".venv-peers")
STEPS = ROOT / "tests" / "emulator" / "peers" / "site_xnatctl.py"
LINE = Mode(version="1.9")
"""The release line that xnatctl is written for."""
SCRIPT = "(0010,0010) := subject"


def theirs() -> dict[str, list[Any]]:
    python = PEERS / "xnatctl" / "bin" / "python"
    if not python.exists():
        pytest.skip("no environment with xnatctl: XNAT_PEERS names the folder that holds it")
    with xnat_emulator.start(mode=LINE) as server:
        command = [python, STEPS, server.url, server.user, server.password]
        # The client looks for a newer version of itself unless it is told not to.
        quiet = {**os.environ, "CI": "1", "XNAT_NO_UPDATE_CHECK": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=quiet)
    assert done.returncode == 0, done.stderr
    seen: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return seen


def scripts(session: XnatSession, project: ProjectData) -> list[Any]:
    site, script = session.anonymization, project.anonymization
    seen: list[Any] = [site.default, site.script, site.enabled]
    site.script = SCRIPT
    site.enabled = True
    seen += [site.script, site.enabled, script.script, script.enabled, script.has_script]
    script.script = SCRIPT
    seen += [script.script, script.enabled, script.has_script]
    script.enabled = False
    return [*seen, script.script, script.enabled, script.has_script]


def receivers(session: XnatSession) -> list[Any]:
    found = session.dicom_receivers
    seen: list[Any] = [[one.raw for one in found], found.identifiers()]
    made = found.create("LAB", 8105)
    seen += [made.raw, found.change(made, enabled=False).raw, found["LAB"].raw]
    found.delete(made)
    return [*seen, [one.raw for one in found]]


def routing(project: ProjectData) -> list[Any]:
    codes = {"manual": 0, "auto-archive": 4, "auto-archive-overwrite": 5}
    seen = [codes[project.prearchive_routing]]
    project.prearchive_routing = "manual"
    seen.append(codes[project.prearchive_routing])
    project.prearchive_routing = "auto-archive-overwrite"
    seen.append(codes[project.prearchive_routing])
    project.prearchive_routing = "auto-archive"
    return [*seen, codes[project.prearchive_routing]]


def test_both_see_the_same_site() -> None:
    expected = theirs()
    with (
        xnat_emulator.start(mode=LINE) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        project = ProjectData(parent=session, id="P")
        assert scripts(session, project) == expected["scripts"]
        assert receivers(session) == expected["receivers"]
        assert routing(project) == [int(code) for code in expected["routing"]]
