"""Accounts, roles, groups of projects, invitations and open logins."""

import datetime
from typing import Literal, assert_type

from xnat_runtime.access_requests import AccessRequest
from xnat_runtime.groups import ALL_DATA_ACCESS, Group
from xnat_runtime.roles import ADMINISTRATOR
from xnat_runtime.site_users import Account
from xnat_sdk import XnatSession
from xnat_sdk.models import ProjectData, SubjectData


def accounts(session: XnatSession) -> None:
    users = session.users
    ada = users.create("ada", password="secret", email="a@b.c", first_name="Ada", last_name="Reader", enabled=False)
    assert_type(ada, Account)
    assert_type(ada.enabled, bool)
    assert_type(ada.last_login, datetime.datetime | None)
    assert_type(users.accounts(), tuple[Account, ...])
    assert_type(users.account(), Account)
    assert_type(users.update(users["ada"], email="c@d.e").pending_email, str)
    assert_type(users.update_own(password="new", current_password="old"), Account)
    assert_type(users.access_levels("ada"), dict[str, str])
    assert_type(users.open_logins(), dict[str, int])
    assert_type(users.end_logins(ada), int)
    for change in (users.enable, users.disable, users.verify):
        change(ada)
        change("ada")


def roles(session: XnatSession, ada: Account) -> None:
    assert_type(session.roles[ADMINISTRATOR], tuple[str, ...])
    session.roles.grant(ada, ADMINISTRATOR, "DataManager")
    session.roles.revoke("ada", ADMINISTRATOR)
    assert_type(session.roles.of("ada"), tuple[str, ...])


def groups(session: XnatSession, project: ProjectData, ada: Account) -> None:
    assert_type(project.groups["owner"], Group)
    made = project.groups.create("Readers", {SubjectData: ["read"], "xnat:petSessionData": {"edit", "delete"}})
    project.groups.set_rights(made, {session.classes.MrSessionData: ()})
    assert_type(project.groups.rights("Readers"), dict[str, frozenset[Literal["read", "edit", "delete"]]])
    project.groups.add_member(made, ada)
    project.set_access("ada", made)
    project.groups.remove_member("Readers", "ada")
    session.groups.add(ada, made, ALL_DATA_ACCESS)
    assert_type(session.groups.of(ada), tuple[str, ...])


def invitations(session: XnatSession, project: ProjectData) -> None:
    assert_type(project.access_requests[1], AccessRequest)
    for request in session.access_requests.values():
        assert_type(request.approved, bool | None)
        session.access_requests.accept(request)
        session.access_requests.decline(request.id)
