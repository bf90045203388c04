"""Both runs of the scenario, and the table of what they cost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from clients.conftest import interpreter, make_inputs, write
from clients.images import mr_image

from .running import Run, run_scenario
from .scenario import STEPS

_RUNS: dict[str, Run] = {}


@pytest.fixture(scope="session")
def things_to_upload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the steps upload and import."""
    folder = tmp_path_factory.mktemp("things")
    make_inputs(folder)
    for series, instance in ((1, 1), (1, 2), (2, 1)):
        path = folder / "study" / str(series) / f"{instance}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mr_image(3, series, instance))
    write(folder / "with an empty file" / "empty.txt", "")
    write(folder / "with an empty file" / "full.txt", "full\n")
    return folder


@pytest.fixture(scope="session")
def theirs(things_to_upload: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run of xnatpy."""
    python = interpreter("xnatpy")
    run = _RUNS["xnatpy"] = run_scenario(python, "xnat", things_to_upload, tmp_path_factory.mktemp("xnatpy"))
    return run


@pytest.fixture(scope="session")
def ours(things_to_upload: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run of the SDK."""
    python = Path(sys.executable)
    run = _RUNS["xnat_sdk"] = run_scenario(python, "xnat_sdk", things_to_upload, tmp_path_factory.mktemp("xnat_sdk"))
    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the requests of each step by both clients, two steps a line."""
    if len(_RUNS) < 2:
        return
    rows = [(name, len(_RUNS["xnat_sdk"].requests[name]), len(_RUNS["xnatpy"].requests[name])) for name in STEPS]
    rows.append(("ALL", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    cells = [f"{name:42}{ours:6}{theirs:7}" for name, ours, theirs in rows]
    half = (len(cells) + 1) // 2
    terminalreporter.section("requests of xnat_sdk and xnatpy at each step")
    for position in range(half):
        terminalreporter.write_line(" | ".join(cells[position::half]))
