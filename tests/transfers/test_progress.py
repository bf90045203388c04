"""Events and the bars that show them: added up, over retries, in several threads, and without the optional packages."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.transfers.events import Advanced, Finished, Retried, Started, TransferEvent
from xnat_runtime.transfers.meter import metered
from xnat_runtime.verbose import shown
from xnat_sdk import RetryPolicy, XnatSession, connect
from xnat_sdk.progress import Tally, rich_bars, tqdm_bars

EVENTS: list[TransferEvent] = [
    Started("[a]", 100),
    Advanced("[a]", 60),
    Started("b", 50),
    Retried("[a]", 1, 0.5, "the connection broke"),
    Started("[a]", 100),
    Advanced("[a]", 100),
    Finished("[a]", "moved"),
    Advanced("b", 50),
    Finished("b", "moved"),
]


def test_bytes_that_are_moved_again_count_once():
    tally = Tally()
    seen = []
    for event in EVENTS:
        tally.take(event)
        seen.append((tally.done, tally.total))
    assert seen == [(0, 100), (60, 100), (60, 150), (0, 150), (0, 150), (100, 150), (100, 150), (150, 150), (150, 150)]
    assert tally.ended == 2


def test_a_unit_of_unknown_size_leaves_the_total_open():
    tally = Tally()
    tally.take(Started("zip", None))
    tally.take(Advanced("zip", 5))
    assert (tally.done, tally.total) == (5, None)


def test_rich_shows_all_bytes_and_the_units_on_their_way():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with rich_bars(console) as bars:
        for event in EVENTS:
            bars(event)
    shown_text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    assert "all (2 done)" in shown_text
    assert "150/150 bytes" in shown_text


def test_tqdm_shows_all_bytes():
    target = io.StringIO()
    with tqdm_bars(file=target, desc="scan", mininterval=0) as bars:
        for event in EVENTS:
            bars(event)
    assert "scan: 100%" in target.getvalue()
    assert "150/150" in target.getvalue()


@pytest.mark.parametrize(
    ("bars", "missing", "told"),
    [("rich_bars", "rich", 'pip install "xnat-sdk[cli]"'), ("tqdm_bars", "tqdm", 'pip install "xnat-sdk[tqdm]"')],
)
def test_a_missing_package_is_one_line(bars, missing, told):
    script = (
        f"import sys; sys.modules[{missing!r}] = None\nimport xnat_sdk.progress as p\nfrom xnat_sdk import UsageError\n"
        f"try:\n    p.{bars}().__enter__()\nexcept UsageError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{missing} is not installed: {told}"


def test_importing_the_module_imports_no_bars():
    script = "import sys, xnat_sdk.progress; print({'rich', 'tqdm'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_a_unit_that_fails_is_told_with_its_reason():
    told: list[TransferEvent] = []

    def fail() -> None:
        with metered(told.append, "a") as meter:
            meter.start(3)
            meter.start(3)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert told == [Started("a", 3), Retried("a", 1, 0.0, "it is sent again"), Finished("a", "failed", "disk full")]


def test_verbose_adds_up_units(capsys):
    with shown(True, None, "scan") as observer:
        assert observer is not None
        for event in EVENTS:
            observer(event)
    assert capsys.readouterr().err == "scan: 150 bytes of 150 bytes\n"


@pytest.fixture
def session() -> Iterator[tuple[Emulator, XnatSession]]:
    with (
        xnat_emulator.start(demo=True) as server,
        connect(server.url, server.user, server.password, retry=RetryPolicy(base=0.0)) as connection,
    ):
        yield server, connection


def test_a_whole_download_is_told_from_start_to_end(session, tmp_path: Path):
    server, connection = session
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    told: list[TransferEvent] = []
    with server.faults.add(Fault(faults.Unavailable(retry_after="0"), path="*/files*", nth=2, count=1)):
        report = imaging.download_dir(tmp_path / "out", progress=told.append)
    started = {event.unit for event in told if isinstance(event, Started)}
    ended = {event.unit: event.outcome for event in told if isinstance(event, Finished)}
    assert started <= set(ended)
    assert set(ended.values()) == {"moved"}
    assert any(isinstance(event, Retried) for event in told)
    tally = Tally()
    for event in told:
        tally.take(event)
    assert tally.done == report.size


def test_an_observer_that_raises_ends_the_transfer(session, tmp_path: Path):
    _, connection = session
    imaging = connection.projects["sandbox"].sessions["test001_MR"]

    def refuse(event: TransferEvent) -> None:
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        imaging.download_dir(tmp_path / "out", progress=refuse)
    assert not list((tmp_path / "out").rglob("*.part"))
