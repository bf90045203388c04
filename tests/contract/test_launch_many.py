"""Launches on many objects: what is done is skipped, few at a time, resumed, only failures again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

import xnat_emulator
from xnat_emulator import Fault, Mode, faults
from xnat_runtime.container_service.launches import Launches
from xnat_runtime.container_service.pacing import Pace
from xnat_runtime.container_service.records import Wrapper
from xnat_runtime.objects import XnatObject
from xnat_sdk import InvalidValueError, MappingError, Patience, TransportError, XnatSession, connect
from xnat_sdk.models import ImageSessionData, MrSessionData

from .containers import OUTPUT, define

COUNT = 6
QUICK = Pace(interval=0.1, timeout=60)


@pytest.fixture
def site() -> Iterator[xnat_emulator.Emulator]:
    """A server with the plugin, and a project of six sessions."""
    with xnat_emulator.start(mode=Mode(plugins=("containers",))) as server:
        subject = server.build.project("P").subject("S")
        for number in range(COUNT):
            subject.mr_session(f"E{number}", slices=1)
        yield server
        assert list(server.site.crashes) == []


@pytest.fixture
def session(site: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """Its administrator."""
    with connect(site.url, site.user, site.password) as connection:
        yield connection


@pytest.fixture
def wrapper(session: XnatSession) -> Wrapper:
    """The wrapper of the command for tests."""
    return define(session)


def sent(server: xnat_emulator.Emulator, start: int) -> list[str]:
    """Returns what was asked, without the questions about jobs."""
    lines = [f"{one.method} {one.path}" for one in server.requests[start:]]
    return [line for line in lines if not line.startswith("GET /data/workflows/")]


def counts(found: Launches[XnatObject]) -> tuple[int, int, int, int]:
    return len(found.complete), len(found.skipped), len(found.failed), len(found.unfinished)


def some_fail(item: ImageSessionData) -> dict[str, str]:
    return {"HOW": "exit 4" if item.label in {"E1", "E4"} else ""}


def launches(server: xnat_emulator.Emulator, start: int = 0) -> int:
    return sum(line.endswith("/launch") for line in sent(server, start))


def test_requests_for_a_query_of_sessions(site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper) -> None:
    query = session.query(MrSessionData, MrSessionData.project == "P")
    start = len(site.requests)
    found = session.containers.launch_many(query.all(), wrapper, pace=QUICK)
    assert counts(found) == (COUNT, 0, 0, 0)
    assert repr(found) == "<Launches: 6 complete>"
    launch = f"POST /xapi/projects/P/wrappers/{wrapper.id}/root/target/launch"
    assert sent(site, start) == ["POST /data/search", "GET /data/projects/P/experiments", *[launch] * COUNT]
    found.raise_failures()


def test_sessions_with_the_output_are_skipped(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper
) -> None:
    sessions = session.projects["P"].sessions
    session.containers.launch_many(sessions[:2], wrapper, pace=QUICK)
    start = len(site.requests)
    found = session.containers.launch_many(sessions, wrapper, pace=QUICK)
    assert counts(found) == (4, 2, 0, 0)
    assert [one.item.label for one in found.skipped] == ["E0", "E1"]
    assert {one.reason for one in found.skipped} == {"it has the output"}
    assert launches(site, start) == 4
    assert counts(session.containers.launch_many(sessions, wrapper, pace=QUICK)) == (0, 6, 0, 0)
    assert counts(session.containers.launch_many(sessions[:1], wrapper, again=True, pace=QUICK)) == (1, 0, 0, 0)


def test_the_output_is_a_label_or_a_function(session: XnatSession, wrapper: Wrapper) -> None:
    sessions = session.projects["P"].sessions
    session.containers.launch_many(sessions[:1], wrapper, pace=QUICK)
    again = session.containers.launch_many(sessions[:1], wrapper, output="OTHER", pace=QUICK)
    assert counts(again) == (1, 0, 0, 0)
    found = session.containers.launch_many(sessions, "count-session", output=lambda item: item.label > "E0", pace=QUICK)
    assert counts(found) == (1, 5, 0, 0)


def test_no_more_jobs_than_the_limit(site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper) -> None:
    seen: list[int] = []
    store = site.site.archive.containers

    def watch(seconds: float) -> None:
        seen.append(len(store.containers(active=True)) + len(store.waiting()))
        time.sleep(seconds)

    pace = Pace(limit=2, interval=0.1, sleep=watch)
    found = session.containers.launch_many(session.projects["P"].sessions, wrapper, {"HOW": "sleep 0.2"}, pace=pace)
    assert counts(found) == (COUNT, 0, 0, 0)
    assert max(seen) == 2


def test_only_failures_are_launched_again(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper, tmp_path: Path
) -> None:
    sessions, journal = session.projects["P"].sessions, tmp_path / "counts.jsonl"
    first = session.containers.launch_many(
        sessions, wrapper, some_fail, output=lambda _: False, journal=journal, pace=QUICK
    )
    assert counts(first) == (4, 0, 2, 0)
    assert [(one.item.label, one.status, one.reason) for one in first.failed] == [
        ("E1", "Failed", "Exit code 4"),
        ("E4", "Failed", "Exit code 4"),
    ]
    with pytest.raises(MappingError, match="2 of 6 launches failed: /data/experiments/XNAT_E00002: Failed") as caught:
        first.raise_failures()
    assert len(caught.value.results) == 4
    start = len(site.requests)
    second = session.containers.launch_many(sessions, wrapper, output=lambda _: False, journal=journal, pace=QUICK)
    assert counts(second) == (2, 4, 0, 0)
    assert launches(site, start) == 2
    assert journal.stat().st_mode & 0o077 == 0


def test_jobs_of_a_run_that_ended_are_waited_for_and_not_launched_again(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper, tmp_path: Path
) -> None:
    sessions, journal = session.projects["P"].sessions, tmp_path / "counts.jsonl"
    hurried = Pace(limit=3, interval=0.1, timeout=0)
    first = session.containers.launch_many(sessions, wrapper, {"HOW": "sleep 0.5"}, journal=journal, pace=hurried)
    assert counts(first) == (0, 0, 0, 6)
    assert {one.reason for one in first.unfinished} == {"the time was over"}
    assert launches(site) == 3
    start = len(site.requests)
    second = session.containers.launch_many(sessions, wrapper, journal=journal, pace=QUICK)
    assert counts(second) == (6, 0, 0, 0)
    assert launches(site, start) == 3
    assert [one.workflow_id for one in second][:3] == [one.workflow_id for one in first][:3]


@pytest.mark.parametrize("how", ["504", "reset"])
def test_a_launch_whose_answer_was_lost_is_found_again(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper, tmp_path: Path, how: Literal["504", "reset"]
) -> None:
    sessions, journal = session.projects["P"].sessions[:2], tmp_path / "counts.jsonl"
    site.faults.add(Fault(faults.LoseReply(how), path="*/launch", count=1))
    try:
        first = session.containers.launch_many(sessions, wrapper, {"HOW": "sleep 1"}, journal=journal, pace=QUICK)
        assert (how, counts(first)) == ("504", (1, 0, 1, 0))
    except TransportError:
        assert how == "reset"
    Patience(timeout=20).until(session.containers.list, bool, "the container")
    start = len(site.requests)
    again = session.containers.launch_many(
        sessions, wrapper, {"HOW": "sleep 1"}, journal=journal, pace=QUICK, output="X"
    )
    assert counts(again) == ((1, 1, 0, 0) if how == "504" else (2, 0, 0, 0))
    assert launches(site, start) == (0 if how == "504" else 1)
    assert len(session.containers.list()) == 2


def test_a_journal_that_was_cut_off_is_read(session: XnatSession, wrapper: Wrapper, tmp_path: Path) -> None:
    sessions, journal = session.projects["P"].sessions[:2], tmp_path / "counts.jsonl"
    session.containers.launch_many(sessions, wrapper, journal=journal, output=lambda _: False, pace=QUICK)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines)[:-20])
    found = session.containers.launch_many(sessions, wrapper, journal=journal, output=lambda _: False, pace=QUICK)
    assert len(found.complete) + len(found.skipped) == 2
    assert all(json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}"))


def test_a_journal_of_something_else_is_refused(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper, tmp_path: Path
) -> None:
    journal = tmp_path / "other.jsonl"
    journal.write_text('{"format": 1, "level": "scan"}\n')
    start = len(site.requests)
    with pytest.raises(InvalidValueError, match="is no journal of launches of count-session"):
        session.containers.launch_many(session.projects["P"].sessions, wrapper, journal=journal, pace=QUICK)
    assert launches(site, start) == 0


def test_wrong_objects_and_inputs_are_told_before_the_first_launch(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper
) -> None:
    items = [*session.projects["P"].sessions, session.projects["P"]]
    with pytest.raises(InvalidValueError, match="takes a Session"):
        session.containers.launch_many(items, wrapper, pace=QUICK)
    with pytest.raises(InvalidValueError, match="has no input SPEED"):
        session.containers.launch_many(session.projects["P"].sessions, wrapper, {"SPEED": 1}, pace=QUICK)
    with pytest.raises(InvalidValueError, match="limit of 1 job"):
        Pace(limit=0)
    assert launches(site) == 0


def test_a_refused_launch_does_not_stop_the_others(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper
) -> None:
    site.faults.add(Fault(faults.Unavailable(), path="*/launch", count=1))
    found = session.containers.launch_many(session.projects["P"].sessions, wrapper, pace=QUICK)
    assert counts(found) == (5, 0, 1, 0)
    assert "503" in found.failed[0].reason


def test_scans_and_subjects(session: XnatSession) -> None:
    scans = list(session.projects["P"].scans)
    made = define(session, name="scans", root="Scan", context="xnat:imageScanData")
    assert len(session.containers.launch_many(scans, made, pace=QUICK).complete) == len(scans) == COUNT
    assert len(session.containers.launch_many(scans, made, pace=QUICK).skipped) == COUNT
    assert [one.label for one in scans[0].resources] == ["DICOM", OUTPUT]
    subjects = session.projects["P"].subjects
    made = define(session, name="subjects", root="Subject", context="xnat:subjectData")
    assert len(session.containers.launch_many(subjects, made, pace=QUICK).complete) == 1
    assert len(session.containers.launch_many(subjects, made, pace=QUICK).skipped) == 1
