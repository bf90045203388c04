"""Writes whose reply is lost: the server is looked at, and the effect is there exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.imaging import study, written, zipped

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import (
    ConflictError,
    ConnectionFailedError,
    OperationFailedError,
    PermissionDeniedError,
    ResponseError,
    ServerError,
    TransportError,
    XnatError,
    error_for,
)
from xnat_runtime.transfers.attempts import persist
from xnat_runtime.transfers.events import Events
from xnat_runtime.transfers.reconcile import Write, is_lost, settled
from xnat_runtime.transfers.retry import RetryPolicy
from xnat_runtime.transfers.stop import Stop
from xnat_sdk import PrearchiveSession, XnatSession, connect
from xnat_sdk.models import MrSessionData, SubjectData

WAYS = ("504", "reset", "close")
LOST = ConnectionFailedError("dropped", method="POST", url="/data/x")
IMPORT = "/data/services/import"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    running.build.project("P")
    running.requests.clear()
    return running


@pytest.fixture
def session(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        yield connection


def count(server: Emulator, method: str, path: str) -> int:
    return sum(one.method == method and one.path == path for one in server.requests)


def lose(server: Emulator, how: str, path: str, method: str = "POST") -> None:
    server.faults.add(Fault(faults.LoseReply(how), method=method, path=path, count=1))  # type: ignore[arg-type]


# What is lost, and what is not


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionFailedError("x", sent=True), True),
        (ConnectionFailedError("x", sent=False), False),
        *(
            (error_for("PUT", "/x", status), status in {502, 504})
            for status in (400, 401, 403, 409, 500, 502, 503, 504)
        ),
        (ValueError("x"), False),
    ],
)
def test_a_reply_is_lost_when_the_write_may_have_been_done(error: Exception, expected: bool):
    assert is_lost(error) is expected


class Scripted:
    """Sends and looks whose outcomes are given; the names of both are noted."""

    def __init__(self, sends: list[str | XnatError], looks: list[str | XnatError | None]) -> None:
        self.calls: list[str] = []
        self._sends, self._looks = iter(sends), iter(looks)

    def send(self) -> str:
        self.calls.append("send")
        found = next(self._sends)
        if isinstance(found, XnatError):
            raise found
        return found

    def look(self) -> str | None:
        self.calls.append("look")
        found = next(self._looks)
        if isinstance(found, XnatError):
            raise found
        return found


def test_without_a_loss_nobody_looks():
    script = Scripted(["done"], [])
    assert settled(script.send, script.look) == "done"
    assert script.calls == ["send"]


def test_a_lost_reply_is_made_up_for_by_a_look():
    script = Scripted([LOST], ["done"])
    assert settled(script.send, script.look) == "done"
    assert script.calls == ["send", "look"]


def test_without_an_effect_the_loss_is_raised_and_nothing_is_sent_again():
    script = Scripted([LOST], [None])
    with pytest.raises(ConnectionFailedError, match="dropped"):
        settled(script.send, script.look)
    assert script.calls == ["send", "look"]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 500, 503])
def test_what_was_refused_is_not_looked_for(status: int):
    script = Scripted([error_for("POST", "/x", status)], [])
    with pytest.raises(ResponseError):
        settled(script.send, script.look)
    assert script.calls == ["send"]


def test_a_look_that_fails_leaves_the_loss_with_its_cause():
    script = Scripted([LOST], [error_for("GET", "/x", 503)])
    with pytest.raises(ConnectionFailedError) as caught:
        settled(script.send, script.look)
    assert isinstance(caught.value.__cause__, ServerError)


def test_a_look_that_finds_the_failure_tells_it():
    script = Scripted([LOST], [OperationFailedError("it failed", status="FAILED")])
    with pytest.raises(OperationFailedError):
        settled(script.send, script.look)


def attempts(script: Scripted) -> str:
    policy = RetryPolicy(attempts=3, base=0.0)
    return persist(Write(script.send, script.look), "x", policy=policy, stop=Stop(), events=Events(None))


def test_a_write_is_sent_again_only_when_each_look_shows_nothing():
    script = Scripted([LOST, "done"], [None, None])
    assert attempts(script) == "done"
    assert script.calls == ["send", "look", "look", "send"]


def test_an_effect_that_comes_late_is_found_before_anything_is_sent_again():
    script = Scripted([LOST], [None, "done"])
    assert attempts(script) == "done"
    assert script.calls == ["send", "look", "look"]


def test_a_conflict_after_a_loss_is_the_first_effect():
    script = Scripted([LOST, ConflictError("POST", "/x", 409)], [None, None, "done"])
    assert attempts(script) == "done"
    assert script.calls == ["send", "look", "look", "send", "look"]


def test_while_the_server_cannot_be_looked_at_nothing_is_sent_again():
    script = Scripted([LOST], [LOST, LOST, LOST])
    with pytest.raises(TransportError):
        attempts(script)
    assert script.calls.count("send") == 1


# Imports of archives


@pytest.mark.parametrize("how", WAYS)
def test_an_import_into_the_prearchive_is_there_once(server: Emulator, session: XnatSession, how: str):
    lose(server, how, IMPORT)
    held = session.services.import_(data=zipped(study()), project="P", destination="/prearchive")
    assert isinstance(held, PrearchiveSession)
    assert count(server, "POST", IMPORT) == 1
    assert session.prearchive.sessions("P", allow_receiving=True) == [held]


@pytest.mark.parametrize("how", WAYS)
def test_an_import_into_the_archive_is_there_once(server: Emulator, session: XnatSession, how: str, tmp_path: Path):
    lose(server, how, IMPORT)
    folder = written(tmp_path / "study", study(scans=2))
    made = session.services.import_dir(folder, project="P", destination="/archive")
    assert isinstance(made, MrSessionData)
    assert count(server, "POST", IMPORT) == 1
    assert [one.label for one in session.projects["P"].sessions] == [made.label]
    assert [len(scan.files) for scan in made.scans] == [2, 2]


def test_several_sessions_of_a_lost_reply_are_all_found(server: Emulator, session: XnatSession):
    both = zipped(
        {**study(uid="1.2.1", PatientID="a"), **{f"b/{n}": d for n, d in study(uid="1.2.2", PatientID="b").items()}}
    )
    lose(server, "504", IMPORT)
    found = session.services.import_all(data=both, project="P", destination="/prearchive")
    assert len(found) == 2
    assert count(server, "POST", IMPORT) == 1


def test_an_import_that_failed_unseen_tells_why(server: Emulator, session: XnatSession):
    session.services.import_(data=zipped(study()), project="P", destination="/archive")
    server.requests.clear()
    lose(server, "504", IMPORT)
    with pytest.raises(OperationFailedError, match="already exists"):
        session.services.import_(data=zipped(study()), project="P", destination="/archive")
    assert count(server, "POST", IMPORT) == 1


def test_when_the_server_does_not_tell_the_loss_is_raised(server: Emulator, session: XnatSession):
    lose(server, "504", IMPORT)
    server.faults.add(Fault(faults.Unavailable(status=404), path="/data/status/*"))
    with pytest.raises(ServerError, match="504"):
        session.services.import_(data=zipped(study()), project="P", destination="/prearchive")
    assert count(server, "POST", IMPORT) == 1


def test_an_import_that_was_refused_is_not_asked_for(server: Emulator, session: XnatSession):
    server.faults.add(Fault(faults.Unavailable(), method="POST", path=IMPORT))
    with pytest.raises(ServerError, match="503"):
        session.services.import_(data=zipped(study()), project="P")
    assert not any(one.path.startswith("/data/status") for one in server.requests)
    assert count(server, "POST", IMPORT) == 1


# The prearchive


def held_session(session: XnatSession) -> PrearchiveSession:
    held = session.services.import_(data=zipped(study()), project="P", experiment="E", destination="/prearchive")
    assert isinstance(held, PrearchiveSession)
    return held


@pytest.mark.parametrize("how", WAYS)
def test_archiving_happens_once(server: Emulator, session: XnatSession, how: str):
    held = held_session(session)
    lose(server, how, "/data/services/archive")
    assert held.archive().label == "E"
    assert count(server, "POST", "/data/services/archive") == 1
    assert len(session.projects["P"].sessions) == 1


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("archives", [True, False])
def test_a_commit_happens_once(server: Emulator, session: XnatSession, how: str, archives: bool):
    session.put("/data/projects/P/prearchive_code/0")
    held = held_session(session)
    lose(server, how, held.uri)
    made = held.commit(auto_archive=archives)
    assert count(server, "POST", held.uri) == 1
    assert isinstance(made, MrSessionData if archives else PrearchiveSession)
    assert len(session.projects["P"].sessions) == int(archives)


@pytest.mark.parametrize("how", WAYS)
def test_a_received_session_is_deleted_once(server: Emulator, session: XnatSession, how: str):
    held = held_session(session)
    lose(server, how, held.uri, "DELETE")
    held.delete()
    assert not held.exists()
    assert count(server, "DELETE", held.uri) == 1


# Items


@pytest.mark.parametrize("how", WAYS)
def test_a_subject_is_made_once(server: Emulator, session: XnatSession, how: str):
    lose(server, how, "/data/projects/P/subjects")
    made = SubjectData(parent=session.projects["P"], label="S", initials="AB")
    assert made.id == session.projects["P"].subjects["S"].id
    assert made.initials == "AB"
    assert count(server, "POST", "/data/projects/P/subjects") == 1


@pytest.mark.parametrize("how", WAYS)
def test_an_imaging_session_is_made_once(server: Emulator, session: XnatSession, how: str):
    subject = SubjectData(parent=session.projects["P"], label="S")
    path = f"{subject.uri}/experiments"
    lose(server, how, path)
    made = MrSessionData(parent=subject, label="E", note="a & b")
    assert (made.id, made.note) == (session.projects["P"].sessions["E"].id, "a & b")
    assert count(server, "POST", path) == 1


def test_an_item_with_other_values_is_not_taken_for_the_new_one(server: Emulator, session: XnatSession):
    SubjectData(parent=session.projects["P"], label="S", initials="XY")
    lose(server, "504", "/data/projects/P/subjects")
    with pytest.raises(ServerError, match="504"):
        SubjectData(parent=session.projects["P"], label="S", initials="AB")
    assert session.projects["P"].subjects["S"].initials == "XY"


def test_an_item_that_was_not_made_leaves_the_loss(server: Emulator, session: XnatSession):
    server.faults.add(Fault(faults.Unavailable(status=504), method="POST", path="/data/projects/P/subjects"))
    with pytest.raises(ServerError, match="504"):
        SubjectData(parent=session.projects["P"], label="S")
    assert count(server, "POST", "/data/projects/P/subjects") == 1


@pytest.mark.parametrize("how", WAYS)
def test_a_resource_is_made_once(server: Emulator, session: XnatSession, how: str):
    subject = SubjectData(parent=session.projects["P"], label="S")
    lose(server, how, "*/resources/R", "PUT")
    made = subject.create_resource("R", format="NIFTI")
    assert [one.label for one in subject.resources] == [made.label] == ["R"]
    assert count(server, "PUT", made.uri) == 1


@pytest.mark.parametrize("how", WAYS)
def test_an_item_is_deleted_once(server: Emulator, session: XnatSession, how: str):
    subject = SubjectData(parent=session.projects["P"], label="S")
    lose(server, how, "/data/projects/P/subjects/*", "DELETE")
    subject.delete(remove_files=True)
    assert len(session.projects["P"].subjects) == 0
    assert sum(one.method == "DELETE" and one.path.startswith("/data/projects") for one in server.requests) == 1


def test_a_delete_that_did_not_happen_leaves_the_loss(server: Emulator, session: XnatSession):
    subject = SubjectData(parent=session.projects["P"], label="S")
    server.faults.add(Fault(faults.Unavailable(status=504), method="DELETE", path="/data/projects/*"))
    with pytest.raises(ServerError, match="504"):
        subject.delete(remove_files=True)
    assert len(session.projects["P"].subjects) == 1


# Logins and rights


def test_an_import_after_a_login_that_ended_is_sent_once_more(server: Emulator, session: XnatSession):
    server.faults.add(Fault(faults.ExpiredSession(), path=IMPORT, count=1))
    session.services.import_(data=zipped(study()), project="P", destination="/prearchive")
    assert [one.status for one in server.requests if one.path == IMPORT] == [401, 200]


def test_a_refusal_for_want_of_rights_is_final(server: Emulator, session: XnatSession):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT))
    with pytest.raises(PermissionDeniedError):
        session.services.import_(data=zipped(study()), project="P")
    assert count(server, "POST", IMPORT) == 1
