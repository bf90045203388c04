"""What a POST does with one received session (rest-data 12.2, dicom-import 63 to 66)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from .accounts import account
from .received import path_of, ready, receive, series

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SET_ERROR = {"action": "set-status", "status": "ERROR"}


@pytest.fixture
def store(emulator):
    return emulator.site.archive.prearchive


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def post(client, session, query, **options):
    return client.post(f"{path_of(session)}?{query}", **options)


def status_of(store, session):
    found = store.by_row(session.row)
    return None if found is None else found.status


# --- build ---


def test_build_makes_the_document_and_answers_with_the_uri(client, archive, store, name):
    session = receive(archive, name, "s", series(1))
    answer = post(client, session, "action=build")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/uri-list")
    assert answer.data.decode() == path_of(session)
    built = store.by_row(session.row)
    assert built.status == "READY"
    assert built.document.xsi_type == "xnat:mrSessionData"
    assert built.uploaded.startswith("2021-12-21")


def test_build_takes_visit_protocol_time_zone_and_source(client, archive, store, name):
    session = receive(archive, name, "s", series(1))
    query = urlencode({"action": "build", "VISIT": "v1", "PROTOCOL": "p1", "TIMEZONE": "UTC", "SOURCE": "uploader"})
    assert post(client, session, query).status == 200
    built = store.by_row(session.row)
    assert (built.visit, built.protocol, built.timezone, built.source) == ("v1", "p1", "UTC", "uploader")


@pytest.mark.parametrize("action", ["build", "commit"])
def test_locked_session_is_a_conflict(client, archive, store, name, action):
    session = ready(archive, name, "s")
    session.status = "_MOVING"
    store.save(session)
    answer = post(client, session, f"action={action}")
    assert answer.status == 409
    assert client.message(answer) == "session document locked"
    assert status_of(store, session) == "_MOVING"


def test_session_without_dicom_becomes_an_error_with_a_log(client, archive, store, name):
    session = receive(archive, name, "s", [])
    post(client, session, "action=build")
    assert status_of(store, session) == "ERROR"
    assert store.logs(session)


# --- parameters ---


@pytest.mark.parametrize(
    ("body", "headers"),
    [(urlencode(SET_ERROR), FORM), (json.dumps(SET_ERROR), JSON)],
)
def test_parameters_come_in_a_form_or_as_json(client, archive, store, name, body, headers):
    session = ready(archive, name, "s")
    assert client.post(path_of(session), body=body.encode(), headers=headers).status == 200
    assert status_of(store, session) == "ERROR"


@pytest.mark.parametrize("headers", [FORM, JSON])
def test_move_is_asked_for_in_a_body_too(client, archive, store, name, headers):
    said = {"action": "move", "newProject": name}
    body = urlencode(said) if headers is FORM else json.dumps(said)
    session = ready(archive, "", "s")
    assert client.post(path_of(session), body=body.encode(), headers=headers).status == 301
    assert store.by_row(session.row).project == name


def test_bad_json_is_refused(client, archive, name):
    session = ready(archive, name, "s")
    for body in (b"{", b"[1]"):
        assert client.post(path_of(session), body=body, headers=JSON).status == 400


@pytest.mark.parametrize("query", ["", "action=", "action=rebuild", "action=archive"])
def test_other_actions_are_refused(client, archive, name, query):
    assert post(client, ready(archive, name, "s"), query).status == 400


# --- set-status and reset-status ---


@pytest.mark.parametrize("status", ["_BUILDING", "NEW", "", "ready"])
def test_only_statuses_without_an_underscore_can_be_set(client, archive, store, name, status):
    session = ready(archive, name, "s")
    assert post(client, session, f"action=set-status&status={status}").status == 400
    assert status_of(store, session) == "READY"


def test_every_status_without_an_underscore_can_be_set(client, archive, store, name):
    session = ready(archive, name, "s")
    work = [f"{word}ING" for word in ("ARCHIV", "BUILD", "DELET", "MOV", "SEPARAT")]
    rest = ["CONFLICT", "ERROR", "READY", "RECEIVING", "RECEIVING_INTERRUPT"]
    for status in [*work, *(f"QUEUED_{word}" for word in work), *rest]:
        assert post(client, session, f"action=set-status&status={status}").status == 200
        assert status_of(store, session) == status


def test_reset_status_takes_the_row_from_the_document(client, archive, store, name):
    session = ready(archive, name, "s")
    session.status, session.scan_date, session.name = "_ARCHIVING", "", "other"
    store.save(session)
    answer = post(client, session, "action=reset-status&tag=1.2.3.4")
    assert answer.status == 200
    assert answer.data.decode() == path_of(session)
    found = store.by_row(session.row)
    assert (found.status, found.scan_date, found.name, found.tag) == (
        "READY",
        "2006-12-14 00:00:00.0",
        "s",
        "1.2.3.4",
    )


def test_document_with_an_id_counts_as_being_archived(client, archive, store, name):
    session = ready(archive, name, "s")
    session.document.values["ID"] = "XNAT_E09999"
    store.save(session)
    post(client, session, "action=reset-status")
    assert status_of(store, session) == "ARCHIVING"


# --- move ---


def test_move_answers_301_without_location_and_keeps_timestamp_and_folder(client, archive, store, project, name):
    other = f"{name}m"
    client.put(f"/data/projects/{other}")
    session = ready(archive, name, "s")
    answer = post(client, session, f"action=move&newProject={other}")
    assert answer.status == 301
    assert "location" not in answer.headers
    assert answer.data.decode() == f"/data/prearchive/projects/{other}/{session.timestamp}/s"
    moved = store.by_row(session.row)
    assert (moved.project, moved.status) == (other, "READY")
    assert moved.document.text("project") == other
    assert other in moved.document.text("prearchivePath")
    assert client.get(f"{path_of(moved)}/scans?format=json").status == 200


def test_unassigned_session_is_moved_into_a_project(client, archive, store, name):
    session = ready(archive, "", "s")
    assert path_of(session).startswith("/data/prearchive/projects/Unassigned/")
    assert post(client, session, f"action=move&newProject={name}").status == 301
    moved = store.by_row(session.row)
    assert moved.document.text("project") == name


def test_move_onto_a_session_of_the_same_address_is_a_conflict(client, archive, store, name):
    other = f"{name}c"
    client.put(f"/data/projects/{other}")
    session = ready(archive, name, "s")
    store.add(other, "s", timestamp=session.timestamp)
    assert post(client, session, f"action=move&newProject={other}").status == 409
    assert status_of(store, session) == "CONFLICT"
    assert store.logs(session)


def test_move_of_a_locked_session_does_nothing_and_says_so_with_an_empty_body(client, archive, store, name):
    other = f"{name}l"
    client.put(f"/data/projects/{other}")
    session = ready(archive, name, "s")
    session.status = "_BUILDING"
    store.save(session)
    answer = post(client, session, f"action=move&newProject={other}")
    assert (answer.status, answer.data) == (200, b"")
    assert store.by_row(session.row).project == name


@pytest.mark.parametrize("query", ["", "&newProject=", "&newProject=NOBODY"])
def test_move_needs_a_project(client, archive, name, query):
    assert post(client, ready(archive, name, "s"), f"action=move{query}").status == 400


# --- commit ---


def test_commit_of_a_manual_project_builds_and_stays(client, archive, store, project, name):
    assert client.put(f"{project}/prearchive_code/0").status == 200
    session = receive(archive, name, "s", series(1))
    answer = post(client, session, "action=commit")
    assert answer.status == 200
    assert answer.data.decode() == path_of(session)
    found = store.by_row(session.row)
    assert (found.status, found.autoarchive) == ("READY", "Manual")


def test_commit_archives_where_the_project_says_so(client, archive, store, project, name):
    assert client.put(f"{project}/prearchive_code/4").status == 200
    session = receive(archive, name, "s", series(1), subject="sub")
    answer = post(client, session, "action=commit")
    assert answer.status == 301
    assert "location" not in answer.headers
    assert answer.data.decode().strip() == f"/data/archive/projects/{name}/subjects/sub/experiments/s"
    assert store.by_row(session.row) is None
    assert client.get(f"{project}/subjects/sub/experiments/s?format=json").status == 200


def test_commit_archives_when_the_request_says_so(client, archive, store, project, name):
    client.put(f"{project}/prearchive_code/0")
    session = receive(archive, name, "s", series(1), subject="sub")
    assert post(client, session, "action=commit&AA=true").status == 301
    assert store.by_row(session.row) is None


def test_commit_that_clashes_is_a_server_error_and_the_row_a_conflict(client, archive, store, project, name):
    first, second = (receive(archive, name, "s", series(1), subject=subject) for subject in ("a", "b"))
    assert post(client, first, "action=commit&AA=true").status == 301
    answer = post(client, second, "action=commit&AA=true")
    assert answer.status == 500
    assert client.message(answer).startswith("FAILED: Unable to archive s: Operation Failed: Invalid modification")
    assert status_of(store, second) == "CONFLICT"
    assert client.get(f"{path_of(second)}/logs/last").data.startswith(b"Invalid modification of session subject")


def test_commit_with_a_listener_answers_at_once_and_reports(client, emulator, archive, store, project, name):
    session = receive(archive, name, "s", series(1), subject="sub")
    answer = post(client, session, "action=commit&AA=true&http-session-listener=commit1")
    assert answer.status == 200
    emulator.site.settle()
    assert store.by_row(session.row) is None
    messages = json.loads(client.get("/data/status/commit1?format=json").data)["msgs"][0]
    assert messages[-1]["status"] == "COMPLETED"
    assert messages[-1]["msg"] == f"Archive:/archive/projects/{name}/subjects/sub/experiments/s"


# --- sessions that are not there, callers who may not ---


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("action=build", 500),
        ("action=reset-status", 500),
        ("action=move&newProject={name}", 404),
        ("action=commit", 404),
        ("action=set-status&status=READY", 400),
    ],
)
def test_unknown_session(client, name, query, status):
    path = f"/data/prearchive/projects/{name}/20200101_000000000/nobody"
    assert client.post(f"{path}?{query.format(name=name)}").status == status


def test_rights_on_a_project(client, archive, store, project, name):
    session = ready(archive, name, "s")
    owner, member, collaborator, stranger = (
        account(client, **({name: group} if group else {})) for group in ("owner", "member", "collaborator", "")
    )
    path = path_of(session)
    for caller, status in ((owner, 200), (member, 200), (collaborator, 403), (stranger, 403)):
        assert caller.get(f"{path}?format=json").status == status
        assert caller.get(f"{path}/scans?format=json").status == status
        assert caller.post(f"{path}?action=set-status&status=READY").status == status
    assert [caller.delete(path).status for caller in (stranger, collaborator)] == [403, 403]
    assert collaborator.get(f"/data/prearchive/projects/{name}?format=json").status == 200
    assert stranger.get(f"/data/prearchive/projects/{name}?format=json").status == 404
    assert collaborator.rows("/data/prearchive") == []
    assert [row["folderName"] for row in member.rows("/data/prearchive")] == ["s"]
    assert owner.delete(path).status == 200


def test_rights_on_unassigned_sessions(client, archive, store, name):
    session = ready(archive, "", "s")
    owner = account(client, **{name: "owner"})
    assert owner.get(f"{path_of(session)}?format=json").status == 403
    assert owner.get(f"{path_of(session)}/scans?format=json").status == 403
    assert owner.delete(path_of(session)).status == 403
    assert owner.post(f"{path_of(session)}?action=set-status&status=READY").status == 200
    assert owner.post(f"{path_of(session)}?action=move&newProject={name}").status == 301


def test_move_needs_rights_in_the_destination(client, archive, name):
    other = f"{name}r"
    client.put(f"/data/projects/{other}")
    session = ready(archive, name, "s")
    owner = account(client, **{name: "owner"})
    answer = post(owner, session, f"action=move&newProject={other}")
    assert answer.status == 403
    assert owner.message(answer) == "Unable to modify session data for destination project."


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_only_administrators_may_ask_is_not_found(client, name, method):
    owner = account(client, **{name: "owner"})
    assert owner.request(method, "/data/prearchive" + ("?tag=1.2" if method == "GET" else "")).status == 404
