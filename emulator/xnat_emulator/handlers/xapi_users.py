"""Accounts, roles and groups below ``/xapi/users`` (schema-and-search 5.1).

Access as declared there: administrators, the user himself or an administrator, everybody with an account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from .. import permissions
from ..auth import AccessRefused
from ..call import Call, Reply, json_reply, text_reply
from ..formats.documents import compact_json
from ..store.node import JsonValue
from ..store.users import GUEST, KNOWN_ROLES, User
from .texts import body_json, body_object
from .users import may_list_users

_USERNAME = re.compile(r"[a-zA-Z0-9]+[a-zA-Z0-9._-]*")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_ON = {"true": True, "false": False}


def refused(status: int, text: str) -> AccessRefused:
    """Return a refusal as the newer API words it: text, no page (schema-and-search 5)."""
    return AccessRefused(text_reply(text, status))


def require_account(call: Call) -> None:
    """Refuse guests with 403."""
    if permissions.is_guest(call):
        raise refused(403, "Guests are not allowed to do this.")


def require_administrator(call: Call) -> None:
    """Refuse everybody but administrators with 403."""
    if not permissions.is_administrator(call):
        raise refused(403, f"The user {call.login} has insufficient privileges for this.")


def require_self(call: Call) -> str:
    """Return the account of the URL; it is the caller's, or the caller is administrator, else 403."""
    name = call.segments["USERNAME"]
    if name != call.login or permissions.is_guest(call):
        require_administrator(call)
    return name


def _require_list(call: Call) -> None:
    if not may_list_users(call):
        raise refused(403, f"The user {call.login} has insufficient privileges to list users.")


def _user(call: Call, name: str) -> User:
    found = call.archive.users.get(name)
    if found is None:
        raise refused(404, f"User with username {name} was not found.")
    return found


def _json(value: JsonValue, status: int = 200) -> Reply:
    return json_reply(compact_json(value), status)


def profile(user: User) -> dict[str, JsonValue]:
    """Return an account as the newer API shows it; moments in epoch milliseconds."""
    return {
        "id": user.number,
        "username": user.login,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "secured": True,
        "lastModified": _milliseconds(user.modified),
        "enabled": user.enabled,
        "verified": user.verified,
        "lastSuccessfulLogin": _milliseconds(user.last_login),
    }


def _milliseconds(moment: str) -> int | None:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000) if moment else None


# --- reading ---


def list_names(call: Call) -> Reply:
    """``GET /xapi/users``: the logins."""
    _require_list(call)
    return _json([*sorted(user.login for user in call.archive.users.all())])


def list_profiles(call: Call) -> Reply:
    """``GET /xapi/users/profiles``: every account, by number."""
    _require_list(call)
    users = sorted(call.archive.users.all(), key=lambda user: user.number)
    return _json([profile(user) for user in users])


def list_current(call: Call) -> Reply:
    """``GET /xapi/users/current``: the accounts that are enabled, by number."""
    _require_list(call)
    users = sorted(call.archive.users.all(), key=lambda user: user.number)
    return _json([profile(user) for user in users if user.enabled])


def show_user_name(call: Call) -> Reply:
    """``GET /xapi/users/username``: the caller's login as text."""
    require_account(call)
    return text_reply(call.login)


def show_own_profile(call: Call) -> Reply:
    """``GET /xapi/users/profile``: the caller."""
    require_account(call)
    return _json(profile(_user(call, call.login)))


def show_profile(call: Call) -> Reply:
    """``GET /xapi/users/profile/{name}``."""
    if call.segments["USERNAME"] != call.login:
        _require_list(call)
    return _json(profile(_user(call, call.segments["USERNAME"])))


def show_user(call: Call) -> Reply:
    """``GET /xapi/users/{name}``: for the user himself and administrators."""
    return _json(profile(_user(call, require_self(call))))


def list_projects(call: Call) -> Reply:
    """``GET /xapi/users/projects``: the ids of the projects whose data the caller may edit."""
    found = permissions.projects_where(call, "edit", "xnat:subjectData")
    everything = (item.id for item in call.archive.items.all("project"))
    return _json([*sorted(everything if found is None else found)])


# --- changing ---


def create(call: Call) -> Reply:
    """``POST /xapi/users``: 201 with the new account; 400 for missing or odd values, 409 when the name is taken."""
    require_administrator(call)
    wanted = body_object(call)
    name = _text(wanted, "username")
    problems = [key for key in ("firstName", "lastName") if not _text(wanted, key)]
    problems += [] if _USERNAME.fullmatch(name) else ["username"]
    problems += [] if _EMAIL.fullmatch(_text(wanted, "email")) else ["email"]
    if problems:
        raise refused(400, f"Missing or invalid: {', '.join(sorted(problems))}")
    if call.archive.users.get(name) is not None:
        raise refused(409, f"The user {name} exists already.")
    names = (_text(wanted, "firstName"), _text(wanted, "lastName"), _text(wanted, "email"))
    call.archive.users.add(name, _text(wanted, "password"), *names)
    call.archive.users.save(_flagged(_user(call, name), wanted))
    return _json(profile(_user(call, name)), 201)


def _text(wanted: dict[str, JsonValue], key: str) -> str:
    """Return a text, empty when it is missing or blank."""
    value = wanted.get(key)
    return "" if value is None or not str(value).strip() else str(value)


def _flagged(user: User, wanted: dict[str, JsonValue]) -> User:
    enabled, verified = wanted.get("enabled"), wanted.get("verified")
    return replace(
        user,
        enabled=user.enabled if enabled is None else enabled is True,
        verified=user.verified if verified is None else verified is True,
    )


def update(call: Call) -> Reply:
    """``PUT /xapi/users/{name}``: 200 with the account, 304 when nothing changed, 400 for another name in the body."""
    require_administrator(call)
    return _update(call, _user(call, call.segments["USERNAME"]))


def update_own(call: Call) -> Reply:
    """``PUT /xapi/users/update``: the caller changes the own account."""
    require_account(call)
    return _update(call, _user(call, call.login))


def _update(call: Call, user: User) -> Reply:
    wanted = body_object(call)
    if _text(wanted, "username") not in {"", user.login}:
        raise refused(400, "The username cannot be changed.")
    changed = replace(
        _flagged(user, wanted),
        first_name=_text(wanted, "firstName") or user.first_name,
        last_name=_text(wanted, "lastName") or user.last_name,
        email=_text(wanted, "email") or user.email,
    )
    password = _text(wanted, "password")
    if changed == user and not password:
        return Reply(304, media_type="")
    store(call, changed)
    if password:
        call.archive.users.set_password(user.login, password)
    return _json(profile(_user(call, user.login)))


def store(call: Call, user: User) -> None:
    """Store a changed account; one that is disabled loses its tokens."""
    call.archive.users.save(user)
    if not user.enabled:
        call.archive.users.tokens.invalidate_all(user.login)


def show_enabled(call: Call) -> Reply:
    """``GET /xapi/users/{name}/enabled``."""
    return _json(_user(call, require_self(call)).enabled)


def put_enabled(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/enabled/{flag}``."""
    require_administrator(call)
    store(call, replace(_user(call, call.segments["USERNAME"]), enabled=_flag(call)))
    return Reply(media_type="")


def show_verified(call: Call) -> Reply:
    """``GET /xapi/users/{name}/verified``."""
    return _json(_user(call, require_self(call)).verified)


def put_verified(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/verified/{flag}``."""
    require_administrator(call)
    store(call, replace(_user(call, call.segments["USERNAME"]), verified=_flag(call)))
    return Reply(media_type="")


def _flag(call: Call) -> bool:
    flag = _ON.get(call.segments["FLAG"].lower())
    if flag is None:
        raise refused(400, "The flag is true or false.")
    return flag


# --- sessions ---


def list_active(call: Call) -> Reply:
    """``GET /xapi/users/active``: login -> ids and number of its sessions."""
    require_administrator(call)
    found = call.site.sessions.active()
    return _json({login: {"sessions": [*ids], "count": len(ids)} for login, ids in found.items()})


def show_active(call: Call) -> Reply:
    """``GET /xapi/users/active/{name}``: the ids of an account's sessions, 404 when there are none."""
    found = call.site.sessions.of(require_self(call))
    if not found:
        raise refused(404, "The user has no active sessions.")
    return _json([*found])


def delete_active(call: Call) -> Reply:
    """``DELETE /xapi/users/active/{name}``: ends an account's sessions and tells their ids, the caller's own left out.

    404 for an unknown account, 304 when it has no session.
    """
    user = _user(call, require_self(call))
    found = call.site.sessions.of(user.login)
    for identifier in found:
        call.site.sessions.close(identifier)
    if not found:
        return Reply(304, media_type="")
    return _json([identifier for identifier in found if identifier != call.session_id])


# --- roles ---


def list_roles(call: Call) -> Reply:
    """``GET /xapi/users/roles``: the names of the roles."""
    require_administrator(call)
    return _json([*KNOWN_ROLES])


def show_role_map(call: Call) -> Reply:
    """``GET /xapi/users/rolemap``: role -> logins."""
    require_administrator(call)
    return _json({role: [*call.archive.users.in_role(role)] for role in KNOWN_ROLES})


def list_users_in_role(call: Call) -> Reply:
    """``GET /xapi/users/roles/{role}``: logins."""
    require_administrator(call)
    return _json([*call.archive.users.in_role(call.segments["ROLE"])])


def list_own_roles(call: Call) -> Reply:
    """``GET /xapi/users/{name}/roles``."""
    return _json([*call.archive.users.roles(_user(call, require_self(call)).login)])


def add_roles(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/roles``: a list of roles as body, or one role in the URL."""
    return _change_roles(call, call.archive.users.grant)


def remove_roles(call: Call) -> Reply:
    """``DELETE /xapi/users/{name}/roles``: a list of roles as body, or one role in the URL."""
    return _change_roles(call, call.archive.users.revoke)


def _change_roles(call: Call, change: Callable[[str, str], None]) -> Reply:
    require_administrator(call)
    user = _user(call, call.segments["USERNAME"])
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
    user = _user(call, require_self(call))
    return _json([group.id for group in call.archive.groups.of_user(user.login)])


def add_groups(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/groups``: a list as body, or one group in the URL; also for owners of the projects.

    412 for the guest; unknown groups of a list come back with 202, a single one gives 500.
    """
    names = _named(call, "GROUP")
    if not all(_may_add(call, name) for name in names):
        require_administrator(call)
    user = _user(call, call.segments["USERNAME"])
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
    user = _user(call, require_self(call))
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
        return _json(value=False, status=500)
    return _json(failed, 202) if failed else Reply(media_type="")
