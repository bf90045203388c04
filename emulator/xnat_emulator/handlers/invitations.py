"""Invitations to projects, called "PARs", and favourites (rest-data 9.5)."""

from __future__ import annotations

from datetime import datetime

from .. import permissions
from ..address import project
from ..call import Call, Reply, as_number, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..store.invitations import Invitation
from .replies import table_reply

_OWN_COLUMNS = (
    *("par_id", "proj_id", "level", "create_date", "login", "firstname", "lastname", "secondary_id", "name", "id"),
    *("description", "?column?"),
)
_ONE_COLUMNS = ("id", "proj_id", "create_date", "level")
_PROJECT_COLUMNS = (
    *("par_id", "proj_id", "level", "create_date", "email", "login", "secondary_id", "approved", "approval_date"),
)
_FAVORITE_COLUMNS = ("id", "data_type", "user_id")


def _mine(call: Call) -> list[Invitation]:
    user = call.archive.users.get(call.login)
    return [] if user is None or not user.email else call.archive.invitations.open_for(user.email)


def _facts(call: Call, one: Invitation) -> dict[str, Cell]:
    item = call.archive.items.by_id("project", one.project)
    return {
        "par_id": one.id,
        "proj_id": one.project,
        "level": one.level,
        "create_date": datetime.fromisoformat(one.created),
        "email": one.email,
        "login": one.invited_by,
        "secondary_id": None if item is None else item.node.text("secondary_ID"),
        "approved": one.approved,
        "approval_date": None if one.decided is None else datetime.fromisoformat(one.decided),
    }


def list_own(call: Call) -> Reply:
    """``GET /data/pars``: the open invitations sent to the caller's address."""
    return table_reply(call, Table(_OWN_COLUMNS, [_own_row(call, one) for one in _mine(call)]))


def _own_row(call: Call, one: Invitation) -> dict[str, Cell]:
    sender = call.archive.users.get(one.invited_by)
    item = call.archive.items.by_id("project", one.project)
    investigators = [] if item is None else item.node.children.get("PI", [])
    return {
        **_facts(call, one),
        "firstname": None if sender is None else sender.first_name,
        "lastname": None if sender is None else sender.last_name,
        "name": None if item is None else item.node.text("name"),
        "id": one.project,
        "description": None if item is None else item.node.text("description")[:299],
        "?column?": next((f"{node.text('firstname')} {node.text('lastname')}" for node in investigators), None),
    }


def show_one(call: Call) -> Reply:
    """``GET /data/pars/{ID}``: the table of the caller's open invitations."""
    _one(call)
    return _one_reply(call)


def put_one(call: Call) -> Reply:
    """``PUT /data/pars/{ID}?accept|decline``: accepting makes the caller a member.

    Raises:
        StatusError: 409, it was accepted or declined before.
    """
    found = _one(call)
    if found.decided is not None:
        raise StatusError(409, "This project invitation has already been accepted.")
    if call.parameter("accept") is not None:
        group = call.archive.groups.get(found.group_id)
        if group is not None:
            call.archive.groups.add_member(group, call.login)
            permissions.forget(call)
        call.archive.invitations.decide(found, accepted=True)
    elif call.parameter("decline") is not None:
        call.archive.invitations.decide(found, accepted=False)
    return _one_reply(call)


def _one(call: Call) -> Invitation:
    """Return the invitation of the URL.

    Raises:
        StatusError: 500, its id is no number; 404, there is none; 403, it is for somebody else.
    """
    number = as_number(call.segment("PAR_ID") or "")
    if number is None:
        raise StatusError(500)
    found = call.archive.invitations.get(number)
    if found is None:
        raise StatusError(404)
    user = call.archive.users.get(call.login)
    mine = user is not None and user.email.lower() == found.email.lower()
    if not mine and not permissions.may_in(call, "edit", found.project, "xnat:projectData"):
        raise StatusError(403, "You don't have the appropriate permissions to view this PAR.")
    return found


def _one_reply(call: Call) -> Reply:
    rows: list[dict[str, Cell]] = [
        {"id": one.id, "proj_id": one.project, "create_date": datetime.fromisoformat(one.created), "level": one.level}
        for one in _mine(call)
    ]
    return table_reply(call, Table(_ONE_COLUMNS, rows, counted=False))


def list_of_project(call: Call) -> Reply:
    """``GET /data/projects/P/pars``: every invitation to a project, for those who may edit it."""
    owner = project(call)
    permissions.require(call, "edit", owner)
    rows = [_facts(call, one) for one in call.archive.invitations.of_project(owner.id)]
    return table_reply(call, Table(_PROJECT_COLUMNS, rows, counted=False))


# --- favourites ---


def list_favorites(call: Call) -> Reply:
    """``GET /data/users/favorites/{type}``: the type is read from the query, not from the path; without it nothing."""
    kind = call.parameter("DATA_TYPE")
    return text_reply("") if kind is None else _favorites_reply(call, kind)


def put_favorite(call: Call) -> Reply:
    """``PUT /data/users/favorites/{type}/{ID}``: answers with the table."""
    kind = call.segment("DATA_TYPE") or ""
    call.archive.favorites.add(call.login, kind, call.segment("PROJECT_ID") or "")
    return _favorites_reply(call, kind)


def delete_favorite(call: Call) -> Reply:
    """``DELETE /data/users/favorites/{type}/{ID}``: answers with the table."""
    kind = call.segment("DATA_TYPE") or ""
    call.archive.favorites.remove(call.login, kind, call.segment("PROJECT_ID") or "")
    return _favorites_reply(call, kind)


def _favorites_reply(call: Call, kind: str) -> Reply:
    user = call.archive.users.get(call.login)
    rows: list[dict[str, Cell]] = [
        {"id": identifier, "data_type": kind, "user_id": None if user is None else user.number}
        for identifier in call.archive.favorites.of(call.login, kind)
    ]
    return table_reply(call, Table(_FAVORITE_COLUMNS, rows, {"title": "User Favorites"}, counted=False))
