"""``map()``: a function run on every object of a level, in order, by threads, resumed, with its failures told."""

from __future__ import annotations

import json
import stat
import sys
import threading

import pytest

from xnat_sdk import FilterFunctions, InvalidValueError, MappedFunctionFailed, MappingError, MappingLevel

SCANS = 12


@pytest.fixture
def project(session):
    session.put("/data/projects/P")
    base = "/data/projects/P/subjects/s/experiments/e"
    session.put(base, query={"xsiType": "xnat:mrSessionData"})
    for number in range(SCANS):
        session.put(f"{base}/scans/{number:02d}", query={"xsiType": "xnat:mrScanData", "type": f"T{number % 3}"})
    return session.projects["P"]


def numbers(results):
    return [uri.rpartition("/")[2] for uri in results]


@pytest.mark.parametrize("workers", [1, 4])
def test_results_come_by_uri_in_the_order_of_the_objects(empty, project, workers):
    before = len(empty.requests)
    results = project.map(lambda scan: scan.type, MappingLevel.SCAN, workers=workers)
    assert numbers(results) == [f"{number:02d}" for number in range(SCANS)]
    assert list(results.values()) == [f"T{number % 3}" for number in range(SCANS)]
    assert len(empty.requests) - before == 1


def test_further_arguments_and_the_levels_name_as_xnatpy_takes_them(project):
    results = project.map(lambda scan, a, b=0: (scan.id, a + b), "scan", [1], {"b": 2})
    assert set(results.values()) == {(f"{number:02d}", 3) for number in range(SCANS)}


def test_every_object_maps_what_lies_below_it(session, project):
    subject = project.subjects["s"]
    experiment = subject.experiments["e"]
    experiment.scans[0].create_resource("R")
    for owner in (session, project, subject, experiment):
        assert len(owner.map(lambda scan: scan.id, MappingLevel.SCAN)) == SCANS
        assert list(owner.map(lambda one: one.label, MappingLevel.SCAN_RESOURCE).values()) == ["R"]
    assert list(experiment.scans[0].map(lambda one: one.label, MappingLevel.SCAN_RESOURCE).values()) == ["R"]
    assert list(subject.map(lambda one: one.label, MappingLevel.EXPERIMENT).values()) == ["e"]
    with pytest.raises(InvalidValueError, match="no level subject"):
        experiment.map(str, MappingLevel.SUBJECT)


def test_filter_functions_choose_the_objects(project):
    chosen = FilterFunctions(experiment=lambda one: one.label == "e", scan=lambda scan: scan.type == "T1")
    assert numbers(project.map(lambda scan: scan.id, MappingLevel.SCAN, filter_function=chosen)) == [
        "01", "04", "07", "10",
    ]  # fmt: skip
    assert project.map(str, MappingLevel.SCAN, filter_function=FilterFunctions(subject=lambda _: False)) == {}


@pytest.mark.parametrize("workers", [1, 3])
def test_failures_are_told_at_the_end_with_the_items_named(project, workers):
    def picky(scan):
        if scan.type == "T2":
            raise ValueError("private text")
        return scan.type

    with pytest.raises(MappingError, match="4 of 12 items failed") as raised:
        project.map(picky, MappingLevel.SCAN, workers=workers)
    assert "/scans/02 (02): ValueError" in str(raised.value)
    assert "private text" not in str(raised.value)
    assert numbers(raised.value.failures) == ["02", "05", "08", "11"]
    failed = next(iter(raised.value.failures.values()))
    assert isinstance(failed, MappedFunctionFailed)
    assert failed == MappedFunctionFailed("ValueError: private text", ValueError())
    assert len(raised.value.results) == 8


def test_a_journal_resumes_a_run_and_repeats_what_failed(tmp_path, project):
    log, ran, is_broken = tmp_path / "run.jsonl", [], True

    def sometimes(scan):
        ran.append(scan.id)
        if is_broken and scan.id == "03":
            raise ValueError("private text")
        return {"type": scan.type}

    with pytest.raises(MappingError):
        project.map(sometimes, MappingLevel.SCAN, logfile=log)
    assert len(ran) == SCANS
    is_broken = False
    ran.clear()
    results = project.map(sometimes, MappingLevel.SCAN, logfile=log)
    assert ran == ["03"]
    assert list(results.values()) == [{"type": f"T{number % 3}"} for number in range(SCANS)]
    assert "private text" not in log.read_text()
    entries = [json.loads(line) for line in log.read_text().splitlines() if line]
    assert all(entry["uri"].startswith("/data/experiments/") for entry in entries[1:])
    with pytest.raises(InvalidValueError, match="no journal of level subject"):
        project.map(str, MappingLevel.SUBJECT, logfile=log)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows files have no such modes")
def test_a_journal_is_for_its_owner_only(tmp_path, project):
    log = tmp_path / "run.jsonl"
    log.touch(mode=0o644)
    project.map(lambda scan: scan.id, MappingLevel.SCAN, logfile=log)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_journal_whose_last_line_was_cut_off_is_read(tmp_path, project):
    log, ran = tmp_path / "run.jsonl", []
    project.map(lambda scan: scan.id, MappingLevel.SCAN, logfile=log)
    text = log.read_text()
    log.write_text(text[: -len(text.splitlines()[-1]) // 2])
    project.map(lambda scan: ran.append(scan.id), MappingLevel.SCAN, logfile=log)
    assert ran == ["11"]
    assert len(project.map(lambda scan: ran.append(scan.id), MappingLevel.SCAN, logfile=log)) == SCANS
    assert ran == ["11"]


def test_a_result_that_json_cannot_say_is_refused_with_a_journal(tmp_path, project):
    with pytest.raises(InvalidValueError, match="what JSON can say, not object"):
        project.map(lambda _: object(), MappingLevel.SCAN, logfile=tmp_path / "run.jsonl")


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_the_run_at_once_and_keeps_what_is_done(tmp_path, project, workers):
    log, ran = tmp_path / "run.jsonl", []

    def interrupted(scan):
        ran.append(scan.id)
        if scan.id == "01":
            raise KeyboardInterrupt
        return scan.id

    with pytest.raises(KeyboardInterrupt):
        project.map(interrupted, MappingLevel.SCAN, logfile=log, workers=workers)
    if workers == 1:
        assert ran == ["00", "01"]
    assert '"label": "00"' in log.read_text()


def test_a_thread_that_ends_after_ctrl_c_writes_nowhere(tmp_path, project):
    log, began, goes_on, ended = tmp_path / "run.jsonl", threading.Event(), threading.Event(), threading.Event()

    def slow(scan):
        if scan.id == "00":
            began.wait(timeout=30)
            raise KeyboardInterrupt
        began.set()
        goes_on.wait(timeout=30)
        ended.set()
        return scan.id

    with pytest.raises(KeyboardInterrupt):
        project.map(slow, MappingLevel.SCAN, logfile=log, workers=2)
    before = log.read_bytes()
    goes_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("xnat-map"):
            thread.join(timeout=30)
    assert ended.is_set()
    assert log.read_bytes() == before


def test_it_works_outside_the_main_thread(project):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(project.map(lambda one: one.id, MappingLevel.SCAN, workers=2))
    )
    thread.start()
    thread.join()
    assert len(found[0]) == SCANS


def test_no_more_workers_than_were_asked_for(project):
    lock, running, most = threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def work(_scan):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(timeout=30)
        with lock:
            running -= 1

    project.map(work, MappingLevel.SCAN, workers=3)
    assert most == 3
    with pytest.raises(InvalidValueError, match="at least 1"):
        project.map(work, MappingLevel.SCAN, workers=0)
