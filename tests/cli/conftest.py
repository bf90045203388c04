"""What commands meet: the demo server, and a person's desk."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_runtime.cli import run as run_command
from xnat_sdk import XnatSession, connect
from xnat_sdk.__main__ import SITE

from .screen import Desk, Done, environment


@pytest.fixture
def demo() -> Iterator[xnat_emulator.Emulator]:
    """The demo server, new for each test."""
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def stranger(tmp_path: Path) -> Desk:
    """The desk of somebody who has logged in nowhere."""
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    return Desk(home, folder, environment(home))


@pytest.fixture
def desk(stranger: Desk, demo: xnat_emulator.Emulator) -> Desk:
    """The desk of somebody who is logged in to the demo server."""
    return stranger.logged_in(demo.url, demo.user, demo.password)


@pytest.fixture
def small() -> Iterator[xnat_emulator.Emulator]:
    """A server with nothing in it, which is quicker to start than the demo server."""
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def clerk(stranger: Desk, small: xnat_emulator.Emulator) -> Desk:
    """The desk of somebody who is logged in to the small server."""
    return stranger.logged_in(small.url, small.user, small.password)


HOSPITAL_PASSWORD = "Tr0ub4dor#3 of-nobody"
"""A password that stands out wherever it must not be."""


@pytest.fixture
def hospital() -> Iterator[xnat_emulator.Emulator]:
    """A server of its own account and password, which nobody is logged in to."""
    with xnat_emulator.start(user="ada", password=HOSPITAL_PASSWORD) as server:
        yield server


@pytest.fixture
def office(small: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to the small server, to see what commands did there."""
    with connect(small.url, small.user, small.password) as connection:
        yield connection


@pytest.fixture(scope="module")
def study() -> Iterator[xnat_emulator.Emulator]:
    """A server with a project of two sessions, which no test of a module changes."""
    with xnat_emulator.start() as server:
        project = server.build.project("study")
        subject = project.subject("S1")
        imaging = subject.mr_session("S1_MR", scans=["localizer", "T1"], slices=2)
        imaging.scans[1].resource("NIFTI", {"t1.nii": b"nifti" * 20, "more/t1.json": b"{}"})
        imaging.resource("NOTES", {"deep/er/n.txt": b"note"})
        project.subject("S2").mr_session("S2_MR", scans=["T2"], slices=2)
        yield server


@pytest.fixture
def reader(stranger: Desk, study: xnat_emulator.Emulator) -> Desk:
    """The desk of somebody who is logged in to the server with the study."""
    return stranger.logged_in(study.url, study.user, study.password)


@pytest.fixture(scope="module")
def window() -> Iterator[xnat_emulator.Emulator]:
    """The demo server, which no test of a module changes."""
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def visitor(stranger: Desk, window: xnat_emulator.Emulator) -> Desk:
    """The desk of somebody who is logged in to the demo server and only looks."""
    return stranger.logged_in(window.url, window.user, window.password)


@pytest.fixture
def quick(visitor: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs commands as `visitor.run` does, in this process: for tables of many cases, since starting Python costs."""
    for name, value in visitor.environ.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        capfd.readouterr()
        status = run_command(SITE, words)
        return Done(status, *capfd.readouterr())

    return run
