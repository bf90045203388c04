"""Moving items to another project, what shared data show there, and patient renames, on the embedded server."""

from __future__ import annotations

from typing import Literal

import pytest

import xnat_emulator
from xnat_emulator import Fault, faults
from xnat_runtime import renaming
from xnat_runtime.transport import Request, Response
from xnat_runtime.waiting import Patience
from xnat_sdk import (
    ConflictError,
    NotFoundError,
    RequestTimeoutError,
    UsageError,
    WaitTimeoutError,
    XnatSession,
)
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, QcManualAssessorData, SubjectData


@pytest.fixture
def made(session: XnatSession) -> MrSessionData:
    """An imaging session of project P with a scan and an assessor; there is a project Q beside it."""
    ProjectData(parent=session, id="Q")
    subject = SubjectData(parent=ProjectData(parent=session, id="P"), label="S1", initials="AB")
    imaging = MrSessionData(parent=subject, label="E1")
    MrScanData(parent=imaging, id="1", type="T1").create_resource("R").upload_data(b"pixels", "a.bin")
    QcManualAssessorData(parent=imaging, label="A1")
    return imaging


# Shared data, seen through the project that they are shared into


def test_shared_data_show_and_read_through_the_other_project(session: XnatSession, made: MrSessionData) -> None:
    session.projects["P"].subjects["S1"].share("Q", "GUEST")
    made.share("Q", "E9")
    seen = session.projects["Q"].subjects["GUEST"]
    assert seen.initials == "AB"
    assert [each.id for each in seen.experiments] == [made.id]
    shown = session.projects["Q"].experiments["E9"]
    assert isinstance(shown, MrSessionData)
    assert [each.type for each in shown.scans] == ["T1"]
    assert shown.scans["1"].resources["R"].files["a.bin"].open().read() == b"pixels"
    assert {name: each.label for name, each in made.sharing.items()} == {"Q": "E9"}


def test_shared_data_are_not_deleted_through_the_other_project(session: XnatSession, made: MrSessionData) -> None:
    subject = session.projects["P"].subjects["S1"]
    subject.share("Q")
    made.share("Q")
    for seen in (session.projects["Q"].subjects["S1"], session.projects["Q"].experiments["E1"]):
        with pytest.raises(UsageError, match=r"only shared into Q.*unshare\('Q'\) ends the sharing"):
            seen.delete(remove_files=True)
    made.unshare("Q")
    subject.unshare("Q")
    assert session.projects["P"].experiments["E1"].id == made.id
    made.delete(remove_files=True)
    assert len(session.projects["P"].experiments) == 0


# Another project


def test_a_session_moves_with_the_assessors_that_are_named(
    empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData
) -> None:
    stays = QcManualAssessorData(parent=made, label="A2")
    goes = made.assessors["A1"]
    start = len(empty.requests)
    made.share("Q", "E9", primary=True, assessors=[goes])
    assert [request.method for request in empty.requests[start:]] == ["GET", "PUT"]
    assert (made.project, made.label, dict(made.sharing)) == ("Q", "E9", {})
    assert session.projects["Q"].experiments["E9"].id == made.id
    assert "E1" not in session.projects["P"].experiments
    for assessor, project in ((goes, "Q"), (stays, "P")):
        assessor.refresh()
        assert assessor.project == project


def test_a_subject_moves_and_stays_the_same_object(session: XnatSession, made: MrSessionData) -> None:
    subject = session.projects["P"].subjects["S1"]
    subject.share(session.projects["Q"], primary=True)
    assert (subject.project, subject.parent.id, subject.initials) == ("Q", "Q", "AB")
    subject.initials = "CD"
    assert session.projects["Q"].subjects["S1"].initials == "CD"
    assert len(session.projects["P"].subjects) == 0


def test_what_is_shared_there_already_moves_too(session: XnatSession, made: MrSessionData) -> None:
    made.share("Q", "E2")
    made.share("Q", "E2", primary=True)
    assert (made.project, session.projects["Q"].experiments["E2"].id) == ("Q", made.id)


def test_a_taken_label_moves_nothing(empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData) -> None:
    SubjectData(parent=session.projects["Q"], label="S1")
    subject = session.projects["P"].subjects["S1"]
    start = len(empty.requests)
    with pytest.raises(ConflictError, match="nothing was sent"):
        subject.share("Q", primary=True)
    assert {request.method for request in empty.requests[start:]} == {"GET"}
    assert session.projects["P"].subjects["S1"].id == subject.id


def test_a_move_to_nowhere_or_home_is_an_error(session: XnatSession, made: MrSessionData) -> None:
    with pytest.raises(NotFoundError):
        made.share("NOWHERE", primary=True)
    with pytest.raises(ConflictError):
        session.projects["P"].subjects["S1"].share("P", primary=True)
    assert session.projects["P"].experiments["E1"].id == made.id


# Renaming


def test_renaming_and_assigning_a_label_are_the_same(session: XnatSession, made: MrSessionData) -> None:
    made.rename("E2")
    assert session.projects["P"].experiments["E2"].id == made.id
    made.label = "E3"
    assert session.projects["P"].experiments["E3"].id == made.id
    SubjectData(parent=session.projects["P"], label="S2")
    with pytest.raises(ConflictError):
        session.projects["P"].subjects["S1"].rename("S2")


def test_a_rename_says_that_older_servers_anonymise_again() -> None:
    for item_class in (SubjectData, MrSessionData):
        assert "Servers before 1.8.11 anonymise the files again" in str(item_class.rename.__doc__)


@pytest.mark.parametrize("how", ["504", "reset", "close"])
def test_a_rename_whose_answer_is_lost_is_looked_up(
    empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData, how: Literal["504", "reset", "close"]
) -> None:
    empty.faults.add(Fault(faults.LoseReply(how), method="PUT", path="/data/projects/P/*", count=1))
    made.rename("E2")
    assert made.label == "E2"
    assert session.projects["P"].experiments["E2"].id == made.id


class _SlowToRename:
    """Renames long after its answer: a proxy gives up on the request, or nothing is read in time."""

    def __init__(self, session: XnatSession, answers: int | None, after: int) -> None:
        self._send = session.send
        self._answers = answers
        self._left = after
        self._held: Request | None = None
        self.read_timeouts: list[float] = []

    def __call__(self, request: Request, *, stream: bool = False) -> Response:
        if request.method == "PUT" and "label" in dict(request.query):
            self._held = request
            self.read_timeouts.append(request.timeout.read if request.timeout is not None else 0)
            if self._answers is None:
                msg = "nothing was read in time"
                raise RequestTimeoutError(msg, method="PUT", url=request.path)
            return Response(method="PUT", url=request.path, status=self._answers, headers={}, body=b"")
        if self._held is not None:
            self._left -= 1
            if self._left == 0:
                held, self._held = self._held, None
                self._send(held)
        return self._send(request, stream=stream)


@pytest.mark.parametrize("answers", [None, 504])
@pytest.mark.parametrize("kind", ["subject", "session"])
def test_a_rename_waits_for_its_end(
    session: XnatSession, made: MrSessionData, monkeypatch: pytest.MonkeyPatch, answers: int | None, kind: str
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(renaming.put_label, "__defaults__", (Patience(timeout=100, interval=10, sleep=pauses.append),))
    slow = _SlowToRename(session, answers, after=4)
    monkeypatch.setattr(session, "send", slow)
    item = made if kind == "session" else session.projects["P"].subjects["S1"]
    assert item.id
    item.rename("NEW")
    assert item.label == "NEW"
    assert len(pauses) == 3
    assert slow.read_timeouts == [3600.0]


def test_a_rename_that_never_ends_is_given_up(
    session: XnatSession, made: MrSessionData, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = Patience(timeout=100, interval=10, sleep=lambda _: None)
    monkeypatch.setattr(renaming.put_label, "__defaults__", (patience,))
    monkeypatch.setattr(session, "send", _SlowToRename(session, 504, after=-1))
    with pytest.raises(WaitTimeoutError, match="the new label of"):
        made.rename("NEW")
    assert made.label == "E1"
