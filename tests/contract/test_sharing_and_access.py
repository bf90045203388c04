"""Sharing, status, accounts and access of projects, and reasons for changes, on the embedded server."""

from __future__ import annotations

import threading

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_sdk import (
    ConflictError,
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    PermissionDeniedError,
    ReasonRequiredError,
    UsageError,
    XnatSession,
    connect,
)
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, QcManualAssessorData, SubjectData


@pytest.fixture
def made(session: XnatSession) -> MrSessionData:
    """An imaging session of project P; there is a project Q beside it."""
    ProjectData(parent=session, id="Q")
    subject = SubjectData(parent=ProjectData(parent=session, id="P"), label="S1")
    return MrSessionData(parent=subject, label="E1")


# Sharing


def test_a_subject_is_shared_and_unshared(session: XnatSession, made: MrSessionData) -> None:
    subject = session.projects["P"].subjects["S1"]
    subject.share("Q", "OTHER")
    assert subject.sharing["Q"].label == "OTHER"
    assert session.projects["Q"].subjects["OTHER"].id == subject.id
    subject.unshare(session.projects["Q"])
    assert "Q" not in subject.sharing
    assert len(session.projects["Q"].subjects) == 0
    assert session.projects["P"].subjects["S1"].id == subject.id


def test_a_session_is_shared_relabelled_and_unshared(
    empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData
) -> None:
    before = len(empty.requests)
    made.share(session.projects["Q"])
    assert len(empty.requests) == before + 2  # the list that gives Q, and the share
    assert made.sharing["Q"].label == "E1"
    made.share("Q", "E2")
    assert made.sharing["Q"].label == "E2"
    assert session.projects["Q"].experiments["E2"].id == made.id
    made.unshare("Q")
    assert dict(made.sharing) == {}
    assert session.projects["P"].experiments["E1"].id == made.id


def test_assessors_and_scans_are_shared(session: XnatSession, made: MrSessionData) -> None:
    scan, assessor = MrScanData(parent=made, id="1"), QcManualAssessorData(parent=made, label="A1")
    assessor.share("Q")
    assert assessor.sharing["Q"].label == "A1"
    assessor.unshare("Q")
    assert dict(assessor.sharing) == {}
    scan.share("Q")
    assert list(scan.sharing) == ["Q"]
    scan.unshare("Q")
    assert dict(scan.sharing) == {}
    assert made.scans["1"].id == "1"


def test_a_taken_label_and_an_unknown_project_are_errors(session: XnatSession, made: MrSessionData) -> None:
    other = SubjectData(parent=session.projects["Q"], label="S1")
    with pytest.raises(ConflictError):
        session.projects["P"].subjects["S1"].share("Q")
    with pytest.raises(NotFoundError):
        other.share("NOWHERE")
    with pytest.raises(InvalidValueError, match="cannot hold &"):
        other.share("P", "a&b")


@pytest.mark.parametrize("project", ["P", "Q", "NOWHERE"])
def test_unsharing_never_deletes(session: XnatSession, made: MrSessionData, project: str) -> None:
    for item in (made, session.projects["P"].subjects["S1"]):
        with pytest.raises(UsageError, match=f"not shared with project {project}"):
            item.unshare(project)
    assert session.projects["P"].experiments["E1"].id == made.id


# Status


def test_an_experiment_is_quarantined_and_activated(session: XnatSession, made: MrSessionData) -> None:
    assert made.status == "active"
    made.quarantine()
    assert made.status == "quarantine"
    assert session.experiments["E1"].status == "quarantine"
    made.activate()
    assert made.status == "active"


# Accounts and access


def test_accounts_of_the_site(empty: xnat_emulator.Emulator, session: XnatSession) -> None:
    users = session.users
    before = len(empty.requests)
    admin = users[empty.user]
    assert (admin.login, admin.id is not None) == (empty.user, True)
    assert users[str(admin.id)] is users[admin.email] is admin
    assert {"admin", "guest"} <= set(users)
    assert len(empty.requests) == before + 1
    assert repr(admin) == f"User(login='{empty.user}', access_level='')"
    with pytest.raises(KeyNotFoundError):
        users["nobody"]


def test_members_come_change_and_go(empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData) -> None:
    empty.build.user("ada")
    project = session.projects["P"]
    before = len(empty.requests)
    project.set_access("ada", "collaborator")
    assert len(empty.requests) == before + 2  # an unknown login would be invited by mail
    project.set_access("ada", "collaborator")
    assert len(empty.requests) == before + 3
    assert project.users["ada"].access_level == "collaborator"
    project.add_user(session.users["ada"], "owner")
    assert (project.users["ada"].access_level, project.users["ada"].group) == ("owner", "P_owner")
    before = len(empty.requests)
    project.remove_user("ada")
    assert len(empty.requests) == before + 2
    assert "ada" not in project.users
    project.remove_access("ada")  # twice is as good as once
    project.add_user("ada")
    project.remove_user(project.users["ada"])
    project.set_access("ada", "member")
    project.remove_user(session.users["ada"].email)
    assert "ada" not in project.users
    with pytest.raises(KeyNotFoundError):
        project.remove_access("adda")


def test_a_misspelt_login_is_not_invited(
    empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData
) -> None:
    project = session.projects["P"]
    for name in ("adda", "admin , guest", " "):
        with pytest.raises((KeyNotFoundError, InvalidValueError)):
            project.add_user(name)
    with pytest.raises(InvalidValueError, match="owner, member, collaborator"):
        project.set_access(empty.user, "king")  # type: ignore[arg-type]  # what is tested
    assert "adda" not in session.get("/data/projects/P/pars", format="json").text


def test_who_may_see_a_project(session: XnatSession, made: MrSessionData) -> None:
    project = session.projects["P"]
    assert project.accessibility == "private"
    project.accessibility = "public"
    assert session.projects["P"].accessibility == "public"
    with pytest.raises(InvalidValueError, match="private, protected, public"):
        project.accessibility = "open"  # type: ignore[assignment]  # what is tested


def test_who_is_no_owner_is_refused(empty: xnat_emulator.Emulator, session: XnatSession, made: MrSessionData) -> None:
    empty.build.user("ada", "secret")
    session.projects["P"].add_user("ada", "collaborator")
    with connect(empty.url, "ada", "secret") as ada:
        project = ada.projects["P"]
        with pytest.raises(PermissionDeniedError):
            project.add_user("ada", "owner")
        with pytest.raises(PermissionDeniedError):
            project.accessibility = "public"


# Reasons


def test_sites_that_demand_a_reason() -> None:
    with (
        xnat_emulator.start(mode=Mode(require_reason=True)) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        project = ProjectData(parent=session, id="P")
        with pytest.raises(ReasonRequiredError, match=r"with session.reason\(") as caught:
            SubjectData(parent=project, label="S1")
        assert caught.value.reason == "Justification required."
        with session.reason("first import"):
            subject = SubjectData(parent=project, label="S1")
            with session.reason("a correction"):
                subject.initials = "AB"
                assert session.event_reason == "a correction"
            assert session.event_reason == "first import"
        assert session.event_reason is None
        with pytest.raises(ReasonRequiredError):
            subject.initials = "CD"
        with pytest.raises(ReasonRequiredError):
            subject.delete(remove_files=True)
        with session.reason("withdrawn"):
            subject.delete(remove_files=True)
        assert len(project.subjects) == 0


def test_a_reason_holds_in_its_own_thread(session: XnatSession) -> None:
    seen: list[str | None] = []
    with session.reason("mine"):
        thread = threading.Thread(target=lambda: seen.append(session.event_reason))
        thread.start()
        thread.join()
    assert seen == [None]
    with pytest.raises(InvalidValueError, match="must say something"), session.reason(" "):
        pass
