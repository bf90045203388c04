"""What a server does by itself with sessions that stopped receiving (dicom-import 65, 73, 74)."""

from __future__ import annotations

import threading

import pytest

from xnat_emulator.background import Background
from xnat_emulator.prearchive import idle

from .received import ready, receive, series


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def collected(emulator):
    emulator.site.collect()
    emulator.site.settle()


def status_of(archive, session):
    found = archive.prearchive.by_row(session.row)
    return None if found is None else found.status


def test_session_of_a_manual_project_is_built(client, emulator, archive, project, name):
    client.put(f"{project}/prearchive_code/0")
    session = receive(archive, name, "s", series(1))
    collected(emulator)
    assert status_of(archive, session) == "READY"


def test_unassigned_session_is_built_and_stays(emulator, archive):
    session = receive(archive, "", "s", series(1), autoarchive="AutoArchive")
    collected(emulator)
    assert status_of(archive, session) == "READY"


@pytest.mark.parametrize(("code", "autoarchive"), [("4", ""), ("5", ""), ("0", "AutoArchive")])
def test_session_is_archived_where_row_or_project_say_so(client, emulator, archive, project, name, code, autoarchive):
    client.put(f"{project}/prearchive_code/{code}")
    session = receive(archive, name, "s", series(1), subject="sub", autoarchive=autoarchive)
    collected(emulator)
    assert status_of(archive, session) is None
    assert client.get(f"{project}/subjects/sub/experiments/s?format=json").status == 200


def test_session_that_clashes_ends_as_a_conflict(client, emulator, archive, project, name):
    client.put(f"{project}/prearchive_code/4")
    for subject in ("a", "b"):
        session = receive(archive, name, "s", series(1), subject=subject)
        collected(emulator)
    assert status_of(archive, session) == "CONFLICT"
    assert archive.prearchive.logs(session)


@pytest.mark.parametrize("columns", [{"prevent_auto_commit": True}, {"source": "uploader"}])
def test_some_sessions_are_left_alone(emulator, archive, name, columns):
    session = receive(archive, name, "s", series(1), **columns)
    collected(emulator)
    assert status_of(archive, session) == "RECEIVING"


def test_only_receiving_sessions_count(emulator, archive, name):
    session = ready(archive, name, "s")
    collected(emulator)
    assert status_of(archive, session) == "READY"


def test_session_that_still_receives_is_left_alone(emulator, archive, name):
    session = receive(archive, name, "s", series(1))
    assert idle.IDLE_SECONDS == 300
    idle.collect(emulator.site)
    assert status_of(archive, session) == "RECEIVING"


# --- the queue ---


@pytest.fixture
def background():
    made = Background()
    yield made
    made.close()


def test_work_is_done_in_order_and_failures_do_not_stop_it(background, caplog):
    done = []
    background.submit(lambda: done.append(1))
    background.submit(lambda: {}["missing"])
    background.submit(lambda: background.submit(lambda: done.append(2)))
    background.settle()
    assert done == [1, 2]
    assert "work in the background failed" in caplog.text


def test_settle_says_when_it_takes_too_long(background):
    gate = threading.Event()
    background.submit(gate.wait)
    with pytest.raises(TimeoutError):
        background.settle(0.01)
    gate.set()
    background.settle()


def test_repeated_work_is_done_again_and_again(background):
    times, enough = [], threading.Event()

    def work():
        times.append(None)
        if len(times) == 3:
            enough.set()

    background.every(0.001, work)
    assert enough.wait(10)


def test_closed_queue_takes_nothing(background):
    done = []
    background.every(0.001, lambda: None)
    background.close()
    background.submit(lambda: done.append(1))
    background.every(0.001, lambda: done.append(2))
    background.settle()
    assert done == []
