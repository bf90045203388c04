"""Accounts, their sessions and services around them, below ``/data`` (rest-data 17.2).

Only administrators manage accounts here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from xml.sax.saxutils import escape

from .. import permissions
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats import xmltree
from ..formats.documents import compact_json
from ..formats.tables import Table
from ..store.users import User
from .replies import table_reply
from .texts import body_text

_PROPERTIES = ("email", "enabled", "firstname", "lastname", "login", "password", "verified")
_ACTIONS = frozenset({"reset", "resetemailrequests"})
_NO_PRIVILEGE = "User does not have privileges to access this project."
_NO_USER = "As of this release, you must specify a user on which to perform."


def _named_user(call: Call) -> User | None:
    """Return the account of the URL, None when it names none.

    Raises:
        StatusError: 403, the caller is no administrator; 400, there is no such account.
    """
    permissions.require_administrator(call, _NO_PRIVILEGE)
    name = call.segment("USER_ID")
    found = None if name is None else call.archive.users.get(name)
    if name is not None and found is None:
        raise StatusError(400, _NO_USER)
    return found


def show(call: Call) -> Reply:
    """``GET /data/user``: the logins; ``GET /data/user/{ID}``: one account; JSON, or XML with ``format=xml``."""
    user = _named_user(call)
    xml = call.parameter("format") == "xml"
    if user is not None:
        return text_reply(_user_xml(user), media_type="text/xml") if xml else json_reply(_user_json(user))
    logins = [each.login for each in call.archive.users.all()]
    if not xml:
        return json_reply(compact_json([*logins]))
    lines = "".join(f"    <login>{escape(login)}</login>\n" for login in logins)
    return text_reply(f'<?xml version="1.0"?>\n<logins>\n{lines}</logins>\n', media_type="text/xml")


def _facts(user: User) -> dict[str, str]:
    flags = {"enabled": str(user.enabled).lower(), "verified": str(user.verified).lower()}
    names = {"login": user.login, "email": user.email, "firstname": user.first_name, "lastname": user.last_name}
    return {**names, **flags}


def _user_json(user: User) -> str:
    """Return an account as the server writes it: flags are text, and it can log in by itself."""
    facts = ", ".join(f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in _facts(user).items())
    auth = f'{{ "authId": {json.dumps(user.login)}, "method": "localdb" }}'
    return f'{{ {facts}, "userAuths": [ {auth} ] }}'


def _user_xml(user: User) -> str:
    facts = "".join(f"    <{key}>{escape(value)}</{key}>\n" for key, value in _facts(user).items())
    auth = f"<userAuth><authId>{escape(user.login)}</authId><method>localdb</method></userAuth>"
    return f'<?xml version="1.0"?>\n<user>\n{facts}    <userAuths>{auth}</userAuths>\n</user>'


def create(call: Call) -> Reply:
    """``POST /data/user``: make an account from a JSON object or an XML document with every property as text.

    Raises:
        StatusError: 500, a property is missing or the login is taken, as nothing maps these errors.
    """
    _named_user(call)
    wanted = _properties(call)
    if not wanted["login"] or call.archive.users.get(wanted["login"]) is not None:
        raise StatusError(500, "Error handling POST operation")
    users = call.archive.users
    users.add(wanted["login"], wanted["password"], wanted["firstname"], wanted["lastname"], wanted["email"])
    made = users.get(wanted["login"])
    if made is not None:
        users.save(replace(made, enabled=wanted["enabled"] != "false", verified=wanted["verified"] != "false"))
    return text_reply("")


def _properties(call: Call) -> Mapping[str, str]:
    text = body_text(call)
    try:
        found = _xml_properties(text) if text.startswith("<?xml") else json.loads(text)
        return {name: str(found[name]) for name in _PROPERTIES}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StatusError(500, "Error handling POST operation") from None


def _xml_properties(text: str) -> dict[str, str]:
    root = xmltree.parse(text.encode())
    return {name: root.findtext(name) or "" for name in _PROPERTIES}


def act(call: Call) -> Reply:
    """``PUT|DELETE /data/user[/{ID}]`` and ``/data/user/actions/...``: nothing but the actions does anything.

    ``reset`` forgets failed logins and ``resetEmailRequests`` those for mail; neither is counted here.
    """
    _named_user(call)
    if (call.segment("ACTION") or "").lower() in _ACTIONS and call.segment("USER_ID") is None:
        raise StatusError(500)
    return text_reply("")


def post(call: Call) -> Reply:
    """``POST /data/user/actions/...``: an action first, then what ``POST /data/user`` does."""
    act(call)
    return create(call)


# --- roles ---


def list_roles(call: Call) -> Reply:
    """``GET /data/user/{ID}/roles``: a table with one column."""
    user = _role_user(call)
    return table_reply(call, Table(("role",), [{"role": role} for role in call.archive.users.roles(user.login)]))


def post_roles(call: Call) -> Reply:
    """``POST /data/user/{ID}/roles?roles=a,b``: 202; the account has these roles and no others."""
    user = _role_user(call)
    wanted = {role for role in (call.parameter("roles") or "").split(",") if role}
    for role in {*call.archive.users.roles(user.login)} - wanted:
        call.archive.users.revoke(user.login, role)
    for role in wanted:
        call.archive.users.grant(user.login, role)
    permissions.forget(call)
    return text_reply("", 202)


def _role_user(call: Call) -> User:
    permissions.require_administrator(call, _NO_PRIVILEGE)
    name = call.segment("USER_ID") or ""
    found = call.archive.users.get(name)
    if found is None:
        raise StatusError(404, f"The user {name} could not be found.")
    return found


# --- sessions ---


def show_sessions(call: Call) -> Reply:
    """``GET /data/user/{ID}/sessions``: a JSON object, login -> number of sessions."""
    name = _session_user(call)
    return json_reply(compact_json({name: len(call.site.sessions.of(name))}))


def delete_sessions(call: Call) -> Reply:
    """``DELETE /data/user/{ID}/sessions``: ends them; 404 when there are none."""
    found = call.site.sessions.of(_session_user(call))
    if not found:
        raise StatusError(404)
    for identifier in found:
        call.site.sessions.close(identifier)
    return text_reply("")


def _session_user(call: Call) -> str:
    name = call.segment("USER_ID") or ""
    if name != call.login:
        permissions.require_administrator(
            call, "Only administrators can get the session list for users other than themselves."
        )
    return name


def count_sessions(call: Call) -> Reply:
    """``GET /data/services/sessions[/{USER}]``: how many sessions an account has, as text."""
    name = call.segment("USERNAME") or call.login
    if name != call.login:
        permissions.require_administrator(call, "Only site admins can request the session count for another user.")
    if call.archive.users.get(name) is None:
        raise StatusError(400, f"The user identified by {name} can not be found in the system.")
    return text_reply(str(len(call.site.sessions.of(name))))


def send_verification(call: Call) -> Reply:
    """``POST /data/services/sendEmailVerification``: open to everybody; there is no mail here, so nothing is sent."""
    del call
    return text_reply("")
