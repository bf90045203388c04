"""Accounts as tables, and the members of projects (rest-data 4.4, 9.1, 9.2, 17.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import permissions
from ..address import project
from ..call import Call, Reply, as_number
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..listing import sorted_rows
from ..store.groups import ALL_DATA_ADMIN, Group
from ..store.items import Item
from ..store.users import GUEST, User
from .replies import table_reply

PROJECT = "xnat:projectData"
_SITE_COLUMNS = ("xdat_user_id", "login", "firstname", "lastname", "email")
_PROJECT_COLUMNS = ("GROUP_ID", "displayname", "login", "firstname", "lastname", "email")


def may_list_users(call: Call) -> bool:
    """Tell whether the caller may see accounts: no guest, and on a site that restricts it administrators only."""
    if permissions.is_guest(call):
        return False
    return permissions.is_administrator(call) or not call.archive.settings.flag("restrictUserListAccessToAdmins")


def list_users(call: Call) -> Reply:
    """``GET /data/users``: enabled accounts by last name; 403 for those who may not see accounts."""
    if not may_list_users(call):
        raise StatusError(403)
    rows: list[dict[str, Cell]] = [
        {"xdat_user_id": user.number, **_names(user)} for user in call.archive.users.all() if user.enabled
    ]
    return table_reply(call, Table(_SITE_COLUMNS, sorted_rows(call, rows)))


def _names(user: User) -> dict[str, Cell]:
    return {"login": user.login, "firstname": user.first_name, "lastname": user.last_name, "email": user.email}


def list_project_users(call: Call) -> Reply:
    """``GET /data/projects/P/users[/true]``: the members of the project's groups.

    Raises:
        StatusError: 403, the site restricts lists of accounts and the caller may not edit the project.
    """
    owner = project(call)
    if not may_list_users(call):
        permissions.require(
            call, "edit", owner, "Access Denied: Only project owners and site managers can access this."
        )
    members = call.archive.groups.members(owner.id)
    if (call.parameter("includeAllDataAccess") or "").lower() == "true":
        members += call.archive.groups.members_of(ALL_DATA_ADMIN)
    return _members_reply(call, members)


def _members_reply(call: Call, members: Iterable[tuple[Group, User]]) -> Reply:
    hidden = (call.segment("DISPLAY_HIDDEN_USERS") or "").lower() == "true"
    rows: list[dict[str, Cell]] = [
        {"GROUP_ID": group.id, "displayname": group.title, **_names(user)}
        for group, user in members
        if user.enabled or hidden
    ]
    return table_reply(call, Table(_PROJECT_COLUMNS, rows, {"title": "Projects"}))


# --- one member: every method answers with the table of members (rest-data 9.2) ---


def show_member(call: Call) -> Reply:
    """``GET /data/projects/P/users/{GROUP}/{USER}``: the table of all members."""
    owner = project(call)
    _group(call, owner)
    return _members_reply(call, call.archive.groups.members(owner.id))


def put_member(call: Call) -> Reply:
    """``PUT /data/projects/P/users/{GROUP}/{USER}``: accounts join the group, unknown addresses are invited.

    Raises:
        StatusError: 404, the group is unknown; 403, no right to delete the project; 412, the guest was named.
    """
    owner = project(call)
    group = _group(call, owner)
    permissions.require(call, "delete", owner)
    found, unknown = _named_users(call)
    for name in unknown:
        level = call.segment("GROUP_ID") or ""
        call.archive.invitations.add(owner.id, level, group.id, name, call.login)
    for user in found:
        if user.login != GUEST:
            call.archive.groups.add_member(group, user.login)
    reply = _members_reply(call, call.archive.groups.members(owner.id))
    if any(user.login == GUEST for user in found):
        reply.status = 412
    return reply


def delete_member(call: Call) -> Reply:
    """``DELETE /data/projects/P/users/{GROUP}/{USER}``: accounts leave the group."""
    owner = project(call)
    group = _group(call, owner)
    permissions.require(call, "delete", owner)
    for user in _named_users(call)[0]:
        call.archive.groups.remove_member(group, user.login)
    return _members_reply(call, call.archive.groups.members(owner.id))


def _group(call: Call, owner: Item) -> Group:
    """Return the group of the URL by ID, by the end of its ID or by display name.

    Raises:
        StatusError: 404, there is none.
    """
    name = call.segment("GROUP_ID") or ""
    for group in call.archive.groups.of_project(owner.id):
        if name in {group.id, group.id.removeprefix(f"{owner.id}_"), group.title}:
            return group
    raise StatusError(404)


def _named_users(call: Call) -> tuple[list[User], list[str]]:
    """Return the accounts the URL names and the names of nobody; commas part them only between blanks."""
    names = re.split(r"\s+,\s+", call.segments.get("USER_ID", ""))
    found: list[User] = []
    unknown: list[str] = []
    for name in names:
        users = users_named(call, name)
        found += users
        unknown += [] if users else [name]
    return found, unknown


def users_named(call: Call, name: str) -> list[User]:
    """Return the accounts that a numeric id, a login or an address means."""
    users, number = call.archive.users, as_number(name)
    user = (users.by_number(number) if number is not None else None) or users.get(name)
    return [user] if user is not None else users.by_email(name)
