"""Accounts below ``/xapi/users`` (schema-and-search 5.1).

Access as declared there: administrators, the user himself or an administrator, everybody with an account.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from .. import permissions
from ..auth import AccessRefused
from ..call import Call, Reply, json_reply, text_reply
from ..formats.documents import compact_json
from ..store.node import JsonValue
from ..store.users import User
from .texts import body_object
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


def named_user(call: Call, name: str) -> User:
    """Return an account; 404 when there is none of this login."""
    found = call.archive.users.get(name)
    if found is None:
        raise refused(404, f"User with username {name} was not found.")
    return found


def answer(value: JsonValue, status: int = 200) -> Reply:
    """Return a value as JSON."""
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
    return answer([*sorted(user.login for user in call.archive.users.all())])


def list_profiles(call: Call) -> Reply:
    """``GET /xapi/users/profiles``: every account, by number."""
    _require_list(call)
    users = sorted(call.archive.users.all(), key=lambda user: user.number)
    return answer([profile(user) for user in users])


def list_current(call: Call) -> Reply:
    """``GET /xapi/users/current``: the accounts that are enabled, by number."""
    _require_list(call)
    users = sorted(call.archive.users.all(), key=lambda user: user.number)
    return answer([profile(user) for user in users if user.enabled])


def show_user_name(call: Call) -> Reply:
    """``GET /xapi/users/username``: the caller's login as text."""
    require_account(call)
    return text_reply(call.login)


def show_own_profile(call: Call) -> Reply:
    """``GET /xapi/users/profile``: the caller."""
    require_account(call)
    return answer(profile(named_user(call, call.login)))


def show_profile(call: Call) -> Reply:
    """``GET /xapi/users/profile/{name}``."""
    if call.segments["USERNAME"] != call.login:
        _require_list(call)
    return answer(profile(named_user(call, call.segments["USERNAME"])))


def show_user(call: Call) -> Reply:
    """``GET /xapi/users/{name}``: for the user himself and administrators."""
    return answer(profile(named_user(call, require_self(call))))


def list_projects(call: Call) -> Reply:
    """``GET /xapi/users/projects``: the ids of the projects whose data the caller may edit."""
    found = permissions.projects_where(call, "edit", "xnat:subjectData")
    everything = (item.id for item in call.archive.items.all("project"))
    return answer([*sorted(everything if found is None else found)])


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
    call.archive.users.save(_flagged(named_user(call, name), wanted))
    return answer(profile(named_user(call, name)), 201)


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
    return _update(call, named_user(call, call.segments["USERNAME"]))


def update_own(call: Call) -> Reply:
    """``PUT /xapi/users/update``: the caller changes the own account.

    Who is no administrator changes address and password only: 400 for an address that somebody has, and for a new
    password without the present one.
    """
    require_account(call)
    return _update(call, named_user(call, call.login))


def _update(call: Call, user: User) -> Reply:
    wanted = body_object(call)
    if _text(wanted, "username") not in {"", user.login}:
        raise refused(400, "The username cannot be changed.")
    administrator = permissions.is_administrator(call)
    changed = _renamed(user, wanted) if administrator else user
    email, password = _text(wanted, "email") or user.email, _text(wanted, "password")
    if not administrator:
        _require_own(call, user, wanted)
    changed = replace(changed, email=email)
    if changed == user and not password:
        return Reply(304, media_type="")
    store(call, changed)
    if password:
        call.archive.users.set_password(user.login, password)
    return answer(profile(named_user(call, user.login)))


def _renamed(user: User, wanted: dict[str, JsonValue]) -> User:
    return replace(
        _flagged(user, wanted),
        first_name=_text(wanted, "firstName") or user.first_name,
        last_name=_text(wanted, "lastName") or user.last_name,
    )


def _require_own(call: Call, user: User, wanted: dict[str, JsonValue]) -> None:
    users, email = call.archive.users, _text(wanted, "email")
    if email and email != user.email and (users.by_email(email) or "@" not in email):
        raise refused(400, "The email address you've specified is already in use or not valid.")
    if _text(wanted, "password") and users.check(user.login, _text(wanted, "currentPassword")) is None:
        raise refused(400, "Current password needed to update password")


def store(call: Call, user: User) -> None:
    """Store a changed account; one that is disabled loses its tokens."""
    call.archive.users.save(user)
    if not user.enabled:
        call.archive.users.tokens.invalidate_all(user.login)


def show_enabled(call: Call) -> Reply:
    """``GET /xapi/users/{name}/enabled``."""
    return answer(named_user(call, require_self(call)).enabled)


def put_enabled(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/enabled/{flag}``; tokens stay, unlike with ``PUT /xapi/users/{name}``."""
    require_administrator(call)
    call.archive.users.save(replace(named_user(call, call.segments["USERNAME"]), enabled=_flag(call)))
    return Reply(media_type="")


def show_verified(call: Call) -> Reply:
    """``GET /xapi/users/{name}/verified``."""
    return answer(named_user(call, require_self(call)).verified)


def put_verified(call: Call) -> Reply:
    """``PUT /xapi/users/{name}/verified/{flag}``."""
    require_administrator(call)
    call.archive.users.save(replace(named_user(call, call.segments["USERNAME"]), verified=_flag(call)))
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
    return answer({login: {"sessions": [*ids], "count": len(ids)} for login, ids in found.items()})


def show_active(call: Call) -> Reply:
    """``GET /xapi/users/active/{name}``: the ids of an account's sessions, 404 when there are none."""
    found = call.site.sessions.of(require_self(call))
    if not found:
        raise refused(404, "The user has no active sessions.")
    return answer([*found])


def delete_active(call: Call) -> Reply:
    """``DELETE /xapi/users/active/{name}``: ends an account's sessions and tells their ids, the caller's own left out.

    404 for an unknown account, 304 when it has no session.
    """
    user = named_user(call, require_self(call))
    found = call.site.sessions.of(user.login)
    for identifier in found:
        call.site.sessions.close(identifier)
    if not found:
        return Reply(304, media_type="")
    return answer([identifier for identifier in found if identifier != call.session_id])
