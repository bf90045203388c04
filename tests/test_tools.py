"""The scripts behind the Makefile, and the pins that every environment is made from."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
PIN = re.compile(r"([a-z0-9-]+)==(\S+)")


def run_step(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOLS / "step.py", "a title", *command], capture_output=True, check=False, text=True
    )


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    matches = [PIN.fullmatch(line) for line in lines if not line.startswith("#")]
    assert None not in matches
    return {match[1]: match[2] for match in matches if match}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def add_needed(requirement: Requirement, extras: set[str], found: set[str]) -> None:
    """Add the names that an installed requirement stands for, its own requirements included."""
    wanted = [{"extra": extra} for extra in ("", *extras)]
    if requirement.marker and not any(requirement.marker.evaluate(environment) for environment in wanted):
        return
    name = normal(requirement.name)
    if f"{name}{sorted(requirement.extras)}" in found:
        return
    found |= {name, f"{name}{sorted(requirement.extras)}"}
    for line in metadata.requires(name) or []:
        add_needed(Requirement(line), requirement.extras, found)


def test_step_prints_one_line_when_all_is_well():
    done = run_step(sys.executable, "-c", "print('noise')")
    assert done.returncode == 0
    assert re.fullmatch(r"  a title +ok +\d+\.\d s\n", done.stdout)


def test_step_shows_the_output_and_passes_the_status_on_when_it_fails():
    done = run_step(sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)")
    assert done.returncode == 3
    assert "FAILED" in done.stdout.splitlines()[0]
    assert done.stdout.endswith("the reason\n")


def test_step_names_a_program_that_is_missing():
    done = run_step("no-such-program-anywhere")
    assert done.returncode == 127
    assert "no-such-program-anywhere" in done.stdout


def test_every_python_runs_the_command_for_each_supported_version():
    command = [sys.executable, "-c", "import sys; print('got', *sys.argv[1:])"]
    done = subprocess.run(
        [sys.executable, TOOLS / "every_python.py", *command], capture_output=True, check=True, text=True
    )
    versions = re.findall(r"^got PYTHON=\S+ VENV=\.venv-3\.(\d+)$", done.stdout, re.MULTILINE)
    assert versions == sorted(set(versions), key=int)
    assert str(sys.version_info.minor) in versions
    assert min(map(int, versions)) >= 11


def test_constraints_pin_everything_that_the_dev_environment_needs():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    found: set[str] = set()
    for line in [*groups["dev"], "xnat-sdk[arrow,cli,codegen,dask,emulator,fsspec,keyring,pandas,preview,tqdm]"]:
        add_needed(Requirement(line), set(), found)
    needed = {name for name in found if "[" not in name} - {"xnat-sdk"}
    pinned = pins("constraints.txt")
    assert needed - pinned.keys() == set()
    assert {name: metadata.version(name) for name in needed} == {name: pinned[name] for name in needed}


@pytest.mark.parametrize("client", ["xnatpy", "pyxnat", "xnatctl"])
def test_constraints_pin_each_client_written_by_others(client):
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    names = {normal(Requirement(line).name) for line in groups[client]}
    assert names <= pins(f"constraints-{client}.txt").keys()
