"""Roles and groups of accounts below ``/xapi/users`` (schema-and-search 5.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import permissions
from ..call import Call, Reply
from ..store.node import JsonValue
from ..store.users import GUEST, KNOWN_ROLES, User
from .texts import body_json
from .xapi_users import answer, named_user, refused, require_administrator, require_self

# --- roles ---


def list_roles(call: Call) -> Reply:
    """``GET /xapi/users/roles``: the names of the roles."""
    require_administrator(call)
    return answer([*KNOWN_ROLES])


def show_role_map(call: Call) -> Reply:
    """``GET /xapi/users/rolemap``: role -> logins."""
    require_administrator(call)
    return answer({role: [*call.archive.users.in_role(role)] for role in KNOWN_ROLES})


def list_users_in_role(call: Call) -> Reply:
    """``GET /xapi/users/roles/{role}``: logins."""
    require_administrator(call)
    return answer([*call.archive.users.in_role(call.segments["ROLE"])])


def list_own_roles(call: Call) -> Reply:
    """``GET /xapi/users/{name}/roles``."""
    return answer([*call.archive.users.roles(named_user(call, require_self(call)).login)])


def add_roles(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/roles``: a list of roles as body, or one role in the URL."""
    return _change_roles(call, call.archive.users.grant)


def remove_roles(call: Call) -> Reply:
    """``DELETE /xapi/users/{name}/roles``: a list of roles as body, or one role in the URL."""
    return _change_roles(call, call.archive.users.revoke)


def _change_roles(call: Call, change: Callable[[str, str], None]) -> Reply:
    require_administrator(call)
    user = named_user(call, call.segments["USERNAME"])
    for role in _named(call, "ROLE"):
        change(user.login, role)
    permissions.forget(call)
    return Reply(media_type="")


def _named(call: Call, placeholder: str) -> Sequence[str]:
    """Return what the URL names, or the list in the body."""
    if placeholder in call.segments:
        return [call.segments[placeholder]]
    body = body_json(call)
    if not isinstance(body, list):
        raise refused(400, "The body is not a JSON list.")
    return [str(name) for name in body]


# --- groups ---


def list_groups(call: Call) -> Reply:
    """``GET /xapi/users/{name}/groups``: ids of groups."""
    user = named_user(call, require_self(call))
    return answer([group.id for group in call.archive.groups.of_user(user.login)])


def add_groups(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/groups``: a list as body, or one group in the URL; also for owners of the projects.

    412 for the guest; unknown groups of a list come back with 202, a single one gives 500.
    """
    names = _named(call, "GROUP")
    if not all(_may_add(call, name) for name in names):
        require_administrator(call)
    user = named_user(call, call.segments["USERNAME"])
    if user.login == GUEST:
        raise refused(412, "The guest user can't be added to groups.")
    return _change_groups(call, user, names, call.archive.groups.add_member)


def _may_add(call: Call, name: str) -> bool:
    group = call.archive.groups.get(name)
    return group is not None and bool(group.project) and _owns(call, group.project)


def _owns(call: Call, project: str) -> bool:
    return permissions.may_in(call, "delete", project, "xnat:projectData")


def remove_groups(call: Call) -> Reply:
    """``DELETE /xapi/users/{name}/groups``: a list as body, or one group in the URL."""
    user = named_user(call, require_self(call))
    return _change_groups(call, user, _named(call, "GROUP"), call.archive.groups.remove_member)


# The callable is add_member or remove_member of the store.
def _change_groups(call: Call, user: User, names: Sequence[str], change: Callable[..., None]) -> Reply:
    failed: list[JsonValue] = []
    for name in names:
        group = call.archive.groups.get(name)
        if group is None:
            failed.append(name)
        else:
            change(group, user.login)
    permissions.forget(call)
    if failed and "GROUP" in call.segments:
        return answer(value=False, status=500)
    return answer(failed, 202) if failed else Reply(media_type="")
