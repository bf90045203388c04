"""Accounts, roles, groups of projects, invitations and open logins, on the embedded server."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_runtime.groups import ALL_DATA_ACCESS
from xnat_runtime.roles import ADMINISTRATOR
from xnat_runtime.site_users import Account
from xnat_sdk import (
    BadRequestError,
    ConflictError,
    InvalidValueError,
    KeyNotFoundError,
    LoginFailedError,
    NotFoundError,
    PermissionDeniedError,
    UsageError,
    XnatSession,
    connect,
)
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData

Server = xnat_emulator.Emulator


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    """Project P with a subject and an MR session."""
    made = ProjectData(parent=session, id="P")
    MrSessionData(parent=SubjectData(parent=made, label="S1"), label="E1")
    return made


@pytest.fixture
def ada(session: XnatSession) -> Account:
    return session.users.create(
        "ada", password="first secret", email="ada@example.org", first_name="Ada", last_name="Reader"
    )


@pytest.fixture
def hers(empty: Server, ada: Account) -> Iterator[XnatSession]:
    """Ada's own connection."""
    with connect(empty.url, "ada", "first secret") as connection:
        yield connection


# Accounts


def test_an_account_is_made_and_read(empty: Server, session: XnatSession, ada: Account) -> None:
    assert (ada.login, ada.first_name, ada.last_name, ada.email) == ("ada", "Ada", "Reader", "ada@example.org")
    assert (ada.enabled, ada.verified, ada.last_login, ada.pending_email) == (True, True, None, "")
    assert ada.last_modified is not None
    assert ada.last_modified.tzinfo is datetime.UTC
    assert session.users.account("ada") == session.users.account(session.users["ada"]) == ada
    assert {account.login for account in session.users.accounts()} == {"admin", "ada", "guest"}
    assert session.users.account().login == empty.user
    for private in ("Ada", "Reader", "example.org"):
        assert private not in repr(ada)


def test_a_taken_login_and_odd_values_are_errors(session: XnatSession, ada: Account) -> None:
    make = functools.partial(session.users.create, first_name="A", last_name="B", password="hush")
    with pytest.raises(ConflictError) as taken:
        make("ada", email="a@b.c")
    with pytest.raises(BadRequestError) as odd:
        make("a b", email="a@b.c")
    assert "hush" not in f"{taken.value!r} {odd.value!r}"
    with pytest.raises(InvalidValueError, match="by its login"):
        make(" ", email="a@b.c")
    for unknown in (session.users.account, session.users.enable, session.users.verify, session.roles.of):
        with pytest.raises(NotFoundError):
            unknown("nobody")


def test_an_account_is_changed(empty: Server, session: XnatSession, ada: Account) -> None:
    assert session.users.update("ada", email="a@example.org", last_name="R.").email == "a@example.org"
    assert session.users.update("ada", last_name="R.").last_name == "R."  # nothing changes: the server says 304
    session.users.update(ada, password="second")
    with connect(empty.url, "ada", "second") as hers:
        assert hers.users.account().last_login is not None
    with pytest.raises(InvalidValueError, match="at least one change"):
        session.users.update("ada")
    with pytest.raises(InvalidValueError, match="email must not be blank"):
        session.users.update("ada", email=" ")
    with pytest.raises(NotFoundError):
        session.users.update("nobody", email="a@b.c")


def test_everybody_changes_the_own_address_and_password(empty: Server, session: XnatSession, hers: XnatSession) -> None:
    assert hers.users.update_own(email="mine@example.org").email == "mine@example.org"
    with pytest.raises(BadRequestError) as wrong:
        hers.users.update_own(password="second secret", current_password="no secret")
    assert "secret" not in f"{wrong.value!r}"
    hers.users.update_own(password="second secret", current_password="first secret")
    with connect(empty.url, "ada", "second secret") as again:
        assert again.users.account().email == "mine@example.org"
    with pytest.raises(BadRequestError):
        hers.users.update_own(email=session.users.account().email)


def test_an_account_is_disabled_with_its_tokens(empty: Server, session: XnatSession, hers: XnatSession) -> None:
    token = hers.tokens.issue()
    session.users.disable("ada")
    session.users.disable("ada")  # twice is as good as once
    assert session.users.account("ada").enabled is False
    assert "ada" not in session.users
    assert "ada" in {account.login for account in session.users.accounts()}
    with pytest.raises(LoginFailedError):
        connect(empty.url, "ada", "first secret")
    session.users.enable("ada")
    with connect(empty.url, "ada", "first secret"), pytest.raises(LoginFailedError):
        connect(empty.url, user=token.alias, password=token.secret)


def test_an_address_is_verified(session: XnatSession) -> None:
    make = functools.partial(session.users.create, email="new@example.org", first_name="N", last_name="N")
    assert make("new", password="hush", verified=False, enabled=False).verified is False
    session.users.verify("new")
    assert (session.users.account("new").verified, session.users.account("new").enabled) == (True, False)


def test_who_is_no_administrator_is_refused(session: XnatSession, hers: XnatSession) -> None:
    refused = (
        lambda: hers.users.update("ada", first_name="Queen"),
        lambda: hers.users.disable("admin"),
        lambda: hers.users.access_levels("admin"),
        hers.users.open_logins,
        lambda: hers.users.end_logins("admin"),
        lambda: hers.roles.grant("ada", ADMINISTRATOR),
        lambda: len(hers.roles),
        lambda: hers.groups.of("admin"),
        lambda: hers.groups.add("ada", ALL_DATA_ACCESS),
    )
    for call in refused:
        with pytest.raises(PermissionDeniedError):
            call()
    assert hers.roles.of("ada") == hers.groups.of("ada") == ()
    assert session.users.account("ada").first_name == "Ada"


def test_sites_may_hide_accounts() -> None:
    with xnat_emulator.start() as server, connect(server.url, server.user, server.password) as session:
        server.build.user("ada", "secret")
        session.post("/xapi/siteConfig", json={"restrictUserListAccessToAdmins": True})
        with connect(server.url, "ada", "secret") as hers:
            for call in (hers.users.accounts, lambda: list(hers.users)):
                with pytest.raises(PermissionDeniedError):
                    call()
            assert hers.users.account().login == "ada"


# Open logins


def test_logins_are_counted_and_ended(empty: Server, session: XnatSession, hers: XnatSession) -> None:
    empty.build.user("idle")
    with connect(empty.url, "ada", "first secret"):
        assert session.users.open_logins() == {empty.user: 1, "ada": 2}
        assert session.users.end_logins("ada") == 2
    assert session.users.end_logins("ada") == session.users.end_logins("idle") == 0
    with pytest.raises(NotFoundError):
        session.users.end_logins("adda")
    assert hers.users.account().login == "ada"  # logged in anew
    assert session.users.end_logins(empty.user) == 0
    assert session.users.account().login == empty.user


# Roles


def test_roles_come_and_go(session: XnatSession, ada: Account) -> None:
    roles = session.roles
    assert list(roles[ADMINISTRATOR]) == ["admin"]
    roles.grant("ada", ADMINISTRATOR, "DataManager")
    assert list(roles[ADMINISTRATOR]) == ["ada", "admin"]
    assert roles.of(ada) == (ADMINISTRATOR, "DataManager")
    roles.revoke(ada, ADMINISTRATOR)
    assert roles.of("ada") == ("DataManager",)
    assert [role for role, logins in roles.items() if "ada" in logins] == ["DataManager"]
    with pytest.raises(KeyNotFoundError, match="Administrator"):
        roles["King"]
    with pytest.raises(InvalidValueError, match="at least one role"):
        roles.grant("ada")


# Groups


def test_groups_of_accounts(session: XnatSession, project: ProjectData, hers: XnatSession) -> None:
    assert len(hers.projects) == 0
    session.groups.add("ada", ALL_DATA_ACCESS, project.groups["Members"])
    assert session.groups.of("ada") == hers.groups.of("ada") == (ALL_DATA_ACCESS, "P_member")
    assert [one.id for one in hers.projects] == ["P"]
    with pytest.raises(KeyNotFoundError, match="into P_king"):
        session.groups.add("ada", "P_king")
    hers.groups.remove("ada", "P_member", ALL_DATA_ACCESS)
    assert session.groups.of("ada") == ()
    with pytest.raises(InvalidValueError, match="at least one group"):
        session.groups.remove("ada")


def test_every_project_has_three_groups(project: ProjectData) -> None:
    groups = project.groups
    assert [(group.id, group.title, group.members) for group in groups.values()] == [
        ("P_owner", "Owners", 1),
        ("P_member", "Members", 0),
        ("P_collaborator", "Collaborators", 0),
    ]
    assert groups["owner"] is groups["Owners"] is groups["P_owner"]
    assert groups["owner"].built_in
    with pytest.raises(KeyNotFoundError, match="Owners, Members, Collaborators"):
        groups["Kings"]
    with pytest.raises(UsageError, match="every project has them"):
        groups.delete("owner")
    with pytest.raises(InvalidValueError, match="make a group of your own"):
        groups.set_rights("owner", {SubjectData: ["read"]})


def test_a_group_of_ones_own_decides_by_data_type(
    session: XnatSession, project: ProjectData, hers: XnatSession
) -> None:
    group = project.groups.create("Blind Readers", {SubjectData: ["read"], session.classes.MrSessionData: ["edit"]})
    assert (group.title, group.project, group.members, group.built_in) == ("Blind Readers", "P", 0, False)
    rights = project.groups.rights(group)
    assert {name: rights[name] for name in ("xnat:subjectData", "xnat:mrSessionData")} == {
        "xnat:subjectData": {"read"},
        "xnat:mrSessionData": {"read", "edit"},
    }
    project.set_access("ada", group)
    assert project.users["ada"].access_level == "Blind Readers"
    assert hers.users.access_levels() == session.users.access_levels("ada") == {"P": "Blind Readers"}
    assert hers.projects["P"].access_level == "Blind Readers"
    hers.projects["P"].experiments["E1"].note = "seen"
    with pytest.raises(PermissionDeniedError):
        hers.projects["P"].subjects["S1"].initials = "AB"
    project.groups.set_rights("Blind Readers", {"xnat:mrSessionData": []})
    assert "xnat:mrSessionData" not in project.groups.rights(group)
    assert project.groups.rights(group)["xnat:subjectData"] == {"read"}
    assert [one.label for one in hers.projects["P"].experiments] == []


def test_members_of_one_group_and_its_end(session: XnatSession, project: ProjectData, ada: Account) -> None:
    group = project.groups.create("Readers")
    project.groups.add_member("Readers", ada)
    project.groups.add_member("member", "ada")
    assert session.groups.of("ada") == ("P_Readers", "P_member")
    project.groups.remove_member(group, "ada")
    assert session.groups.of("ada") == ("P_member",)
    project.groups.delete(group)
    assert set(project.groups) == {"P_owner", "P_member", "P_collaborator"}
    assert "ada" in project.users


@pytest.mark.parametrize("title", ["Owners", "owner", "P_owner", "own er"])
def test_no_group_is_saved_over(project: ProjectData, title: str) -> None:
    before = dict(project.groups)
    with pytest.raises((ConflictError, InvalidValueError)):
        project.groups.create(title, {SubjectData: ["read"]})
    assert dict(project.groups) == before


def test_odd_rights_are_refused_before_anything_is_sent(empty: Server, project: ProjectData) -> None:
    before = len(empty.requests)
    with pytest.raises(InvalidValueError, match="read, edit, delete"):
        project.groups.create("Kings", {SubjectData: ["rule"]})  # type: ignore[list-item]  # what is tested
    with pytest.raises(InvalidValueError, match="by data type"):
        project.groups.create("Kings", {"SubjectData": ["read"]})
    with pytest.raises(InvalidValueError, match="underscores"):
        project.groups.create("a_b")
    assert len(empty.requests) == before


# Invitations


def test_an_invitation_is_accepted_by_whom_it_was_sent_to(
    session: XnatSession, project: ProjectData, hers: XnatSession
) -> None:
    session.users.update("ada", email="else@example.org")
    project.add_user("ada@example.org", "collaborator")
    (sent,) = project.access_requests.values()
    assert (sent.project, sent.level, sent.email, sent.sender) == ("P", "collaborator", "ada@example.org", "admin")
    assert (sent.is_open, sent.approved, sent.decided) == (True, None, None)
    assert "example.org" not in repr(sent)
    assert dict(hers.access_requests) == {}
    session.users.update("ada", email="ada@example.org")
    for stranger in (session.access_requests.accept, session.access_requests.decline):
        with pytest.raises(KeyNotFoundError):
            stranger(sent)
    (mine,) = hers.access_requests.values()
    assert (mine.id, mine.project, mine.level, mine.created) == (sent.id, "P", "collaborator", sent.created)
    hers.access_requests.accept(mine)
    assert hers.users.access_levels() == {"P": "Collaborators"}
    answered = project.access_requests[sent.id]
    assert (answered.is_open, answered.approved) == (False, True)
    assert isinstance(answered.decided, datetime.datetime)
    with pytest.raises(KeyNotFoundError):
        hers.access_requests.accept(mine)


def test_an_invitation_is_declined(session: XnatSession, project: ProjectData) -> None:
    project.add_user("new@example.org")
    session.users.create("new", email="new@example.org", first_name="N", last_name="N", password="hush")
    with connect(session.server, "new", "hush") as theirs:
        requests = theirs.access_requests
        requests.decline(next(iter(requests)))
        assert dict(requests) == {}
        assert theirs.users.access_levels() == {}
    assert [one.approved for one in project.access_requests.values()] == [False]


def test_only_owners_see_the_invitations_of_a_project(
    session: XnatSession, project: ProjectData, hers: XnatSession
) -> None:
    project.set_access("ada", "collaborator")
    with pytest.raises(PermissionDeniedError):
        len(hers.projects["P"].access_requests)


# Requests


def test_each_call_takes_as_many_requests_as_it_says(
    empty: Server, session: XnatSession, project: ProjectData, ada: Account
) -> None:
    users, roles, groups = session.users, session.roles, project.groups
    readers = groups.create("Readers", {SubjectData: ["read"]})
    calls = {
        1: (
            users.accounts,
            users.account,
            lambda: users.account("ada"),
            users.access_levels,
            lambda: users.access_levels("ada"),
            lambda: users.update("ada", email="a@example.org"),
            lambda: users.update_own(email="admin@example.org"),
            lambda: users.verify("ada"),
            users.open_logins,
            lambda: users.disable("ada"),
            lambda: users.enable("ada"),
            lambda: users.end_logins("ada"),
            lambda: roles.of("ada"),
            lambda: roles.grant("ada", "DataManager"),
            lambda: list(roles.items()),
            lambda: session.groups.of("ada"),
            lambda: session.groups.add("ada", readers, ALL_DATA_ACCESS),
            lambda: groups.rights(readers),
            lambda: groups.remove_member(readers, ada),
            lambda: list(project.access_requests.values()),
            lambda: list(session.access_requests.values()),
        ),
        2: (
            lambda: users.update("ada", email="a@example.org"),
            lambda: roles.revoke("ada", "DataManager", "SiteUser"),
            lambda: session.groups.remove("ada", readers, ALL_DATA_ACCESS),
            lambda: groups.set_rights(readers, {SubjectData: ["edit"]}),
        ),
        3: (lambda: groups.create("Writers"),),
        5: (lambda: groups.create("Others", {SubjectData: ["read"], MrSessionData: ["delete"]}),),
    }
    for wanted, those in calls.items():
        for number, call in enumerate(those):
            before = len(empty.requests)
            call()
            assert len(empty.requests) - before == wanted, (wanted, number)


def test_no_secret_is_in_a_url_or_a_log(
    empty: Server, session: XnatSession, hers: XnatSession, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        session.users.update("ada", password="third secret")
        hers.users.update_own(password="fourth secret", current_password="third secret")
        session.users.open_logins()
        session.users.end_logins("ada")
    ids = {request.path for request in empty.requests}
    assert not any("secret" in path for path in ids)
    assert "secret" not in caplog.text
