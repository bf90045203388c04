"""Moving, deleting and rebuilding several received sessions after the answer (rest-data 12.3, dicom-import 65)."""

from __future__ import annotations

import threading

import pytest

import xnat_emulator

from .accounts import account
from .conftest import log_in
from .received import path_of, ready, receive, series


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def store(archive):
    return archive.prearchive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


@pytest.fixture
def held(emulator):
    """Keep the queue from working until the test is over or lets it."""
    gate = threading.Event()
    emulator.site.background.submit(gate.wait)
    yield gate
    gate.set()
    emulator.site.settle()


def call(client, operation, *sessions, **more):
    sources = [("src", path_of(session)) for session in sessions]
    return client.post(
        f"/data/services/prearchive/{operation}", fields=[*sources, *more.items()], encode_multipart=False
    )


def rows_of(answer):
    assert answer.status == 200, answer.data
    return answer.json()["ResultSet"]["Result"]


@pytest.mark.parametrize(
    ("operation", "status"), [("rebuild", "QUEUED_BUILDING"), ("delete", "QUEUED_DELETING"), ("move", "QUEUED_MOVING")]
)
def test_answer_is_the_table_of_the_sessions_as_they_wait(client, archive, store, name, held, operation, status):
    sessions = [ready(archive, name, folder) for folder in ("a", "b")]
    answer = call(client, operation, *sessions, newProject=name)
    assert list(answer.json()["ResultSet"]) == ["Result"]
    assert [(row["folderName"], row["status"]) for row in rows_of(answer)] == [("a", status), ("b", status)]
    assert {row["status"] for row in client.rows(f"/data/prearchive/projects/{name}")} >= {status}


def test_rebuild_ends_ready_and_does_not_archive(client, emulator, archive, store, project, name):
    """What was being received until then: see test_version_differences."""
    client.put(f"{project}/prearchive_code/4")
    session = receive(archive, name, "s", series(1), autoarchive="AutoArchive", status="READY")
    rows_of(call(client, "rebuild", session))
    emulator.site.settle()
    assert store.by_row(session.row).status == "READY"


def test_delete_removes_rows_and_files(client, emulator, archive, store, name):
    session = ready(archive, name, "s")
    blob = store.files(session)[0].blob
    rows_of(call(client, "delete", session))
    emulator.site.settle()
    assert store.by_row(session.row) is None
    assert not store.blobs.path(blob.name).exists()


def test_move_keeps_timestamp_and_folder(client, emulator, archive, store, name):
    other = f"{name}b"
    client.put(f"/data/projects/{other}")
    session = ready(archive, "", "s")
    rows_of(call(client, "move", session, newProject=other))
    emulator.site.settle()
    moved = store.by_row(session.row)
    assert (moved.project, moved.timestamp, moved.folder, moved.status) == (other, session.timestamp, "s", "READY")


def test_move_to_nowhere_ends_in_error_with_a_log(client, emulator, archive, store, name):
    session = ready(archive, name, "s")
    rows_of(call(client, "move", session, newProject="NOBODY"))
    emulator.site.settle()
    assert store.by_row(session.row).status == "ERROR"
    assert "NOBODY" in store.logs(session)[-1].entry


def test_failed_build_ends_in_error(client, emulator, archive, store, name):
    session = receive(archive, name, "s", [])
    rows_of(call(client, "rebuild", session))
    emulator.site.settle()
    assert store.by_row(session.row).status == "ERROR"


def test_locked_session_is_left_alone_unless_the_lock_is_overridden(client, emulator, archive, store, name):
    session = ready(archive, name, "s")
    session.status = "_BUILDING"
    store.save(session)
    assert rows_of(call(client, "rebuild", session))[0]["status"] == "_BUILDING"
    assert rows_of(call(client, "delete", session))[0]["status"] == "_BUILDING"
    emulator.site.settle()
    assert store.by_row(session.row).status == "_BUILDING"
    assert rows_of(call(client, "rebuild", session, overrideLock="true"))[0]["status"] == "QUEUED_BUILDING"
    emulator.site.settle()
    assert store.by_row(session.row).status == "READY"


def test_sources_are_taken_with_and_without_data_and_from_the_query(client, emulator, archive, store, name):
    first, second = ready(archive, name, "a"), ready(archive, name, "b")
    query = f"src={path_of(first)}&src={path_of(second).removeprefix('/data')}&async=false"
    assert len(rows_of(client.post(f"/data/services/prearchive/delete?{query}"))) == 2
    emulator.site.settle()
    assert store.all([name]) == []


def test_no_source_is_an_empty_table(client):
    assert rows_of(client.post("/data/services/prearchive/delete")) == []


@pytest.mark.parametrize("source", ["nonsense", "/archive/projects/P/subjects/s", "/prearchive/projects/P/t"])
@pytest.mark.parametrize("operation", ["move", "delete", "rebuild"])
def test_malformed_source_is_a_server_error(client, operation, source):
    assert client.post(f"/data/services/prearchive/{operation}?src={source}").status == 500


@pytest.mark.parametrize(("operation", "status"), [("move", 404), ("delete", 500), ("rebuild", 500)])
def test_unknown_session(client, archive, store, name, operation, status):
    known = ready(archive, name, "s")
    source = f"/prearchive/projects/{name}/20200101_000000000/nobody"
    answer = client.post(f"/data/services/prearchive/{operation}?src={path_of(known)}&src={source}")
    assert answer.status == status
    assert store.by_row(known.row).status == "READY"


def test_unknown_project_is_not_found(client):
    source = "/prearchive/projects/NOBODY/20200101_000000000/s"
    assert client.post(f"/data/services/prearchive/delete?src={source}").status == 404


def test_rights_are_needed(client, archive, name):
    session, lost = ready(archive, name, "s"), ready(archive, "", "s")
    owner, collaborator = account(client, **{name: "owner"}), account(client, **{name: "collaborator"})
    for operation in ("move", "delete", "rebuild"):
        assert call(collaborator, operation, session).status == 403
        assert call(owner, operation, lost).status == 403
    assert call(owner, "rebuild", session).status == 200


@pytest.mark.parametrize("operation", ["move", "delete", "rebuild"])
def test_services_take_only_post(client, operation):
    assert client.get(f"/data/services/prearchive/{operation}").status == 405


def test_promises_are_kept_after_a_restart(tmp_path):
    with xnat_emulator.start(data=tmp_path) as server:
        client = log_in(server)
        client.put("/data/projects/P")
        doomed, stuck = ready(server.site.archive, "P", "doomed"), ready(server.site.archive, "P", "stuck")
        stuck.status = "_BUILDING"
        server.site.archive.prearchive.save(stuck)
        gate = threading.Event()
        server.site.background.submit(gate.wait)
        assert call(client, "delete", doomed).status == 200
        threading.Timer(0.1, gate.set).start()
        server.site.background.close()
    with xnat_emulator.start(data=tmp_path) as server:
        server.site.settle()
        assert [row.folder for row in server.site.archive.prearchive.all()] == ["stuck"]
        assert server.site.archive.prearchive.all()[0].status == "READY"
        assert server.site.archive.tasks.all() == []


def test_queue_works_on_after_a_reset():
    with xnat_emulator.start() as server:
        server.reset()
        client = log_in(server)
        client.put("/data/projects/P")
        session = ready(server.site.archive, "P", "s")
        assert call(client, "delete", session).status == 200
        server.site.settle()
        assert server.site.archive.prearchive.all() == []
