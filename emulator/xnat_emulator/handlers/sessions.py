"""Login, logout and alias tokens (rest-data 2.2 to 2.4 and 2.8)."""

from __future__ import annotations

from .. import auth, permissions
from ..call import Call, Reply, first_values, json_reply, read_form, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.node import JsonValue
from ..store.tokens import AliasToken
from ..store.users import GUEST

_ADMINISTRATORS_ONLY = "Non-admin users can only request operations on alias tokens for their own account"
_NOT_GUESTS = "The guest user can't request alias tokens"


def log_in(call: Call) -> Reply:
    """``PUT|POST /data/services/auth``: the id of the new session as text."""
    fields = first_values(call.form or read_form(call.body.read()))
    login = fields.get("username") or fields.get("j_username") or ""
    password = fields.get("password") or fields.get("j_password") or ""
    if fields.get("authenticatorId"):
        raise StatusError(400, "Unknown authenticator")
    provider = fields.get("provider") or fields.get("login_method")
    known = _owner(call, login, password) if provider in {None, "", "xdat", "localdb"} else None
    if known is None:
        raise StatusError(401, "Authentication failed.")
    session = auth.log_in(call.site, call.session_id, known)
    call.login, call.session_id = session.login, session.id
    return text_reply(session.id)


def _owner(call: Call, login: str, password: str) -> str | None:
    """Return who logs in; on an open site nobody at all may."""
    if not login and not password and auth.is_open(call.site):
        return ""
    return call.archive.users.check(login, password)


def show_session(call: Call) -> Reply:
    """``GET|POST /data/JSESSION``: the id of the session as text."""
    if not call.session_id:
        call.session_id = call.site.sessions.open(call.login).id
    return text_reply(call.session_id + _csrf(call))


def close_session(call: Call) -> Reply:
    """``DELETE /data/JSESSION``: the session is over."""
    call.site.sessions.close(call.session_id)
    call.session_id = ""
    return text_reply("")


def show_user(call: Call) -> Reply:
    """``GET /data/auth``: a sentence that names the user."""
    return text_reply(f"User '{call.login}' is logged in{_csrf(call)}")


def _csrf(call: Call) -> str:
    wanted = (call.parameter("CSRF") or "").lower() in {"yes", "true", "on"}
    session = call.site.sessions.find(call.session_id)
    return f"; XNAT_CSRF={session.csrf}" if wanted and session is not None else ""


# --- alias tokens: every operation is a GET ---


def token_operation(call: Call) -> Reply:
    """``GET /data/services/tokens/{issue|show|validate|invalidate}``."""
    token, login = _named_token(call), _user(call)
    if token is not None and token.login != call.login:
        permissions.require_administrator(call, _ADMINISTRATORS_ONLY)
    operation, tokens = call.segment("OPERATION"), call.archive.users.tokens
    if operation == "issue":
        return json_reply(compact_json(_token_json(tokens.issue(login))))
    if operation == "show":
        return json_reply(compact_json([_token_json(each) for each in tokens.of(login)]))
    if operation == "validate":
        return _validate(call, token)
    if operation == "invalidate":
        return _invalidate(call, token)
    raise StatusError(400, f"Unknown operation: {operation}")


def _named_token(call: Call) -> AliasToken | None:
    """Return the token of the URL, by alias or numeric id; None when the URL names none."""
    name = call.segment("TOKEN")
    if name is None:
        return None
    found = call.archive.users.tokens.get(name)
    if found is None:
        raise StatusError(404, "Unknown alias token")
    return found


def _user(call: Call) -> str:
    """Return whose tokens are meant: the caller's, or another user's when the URL names one."""
    name = call.segment("USERNAME") or call.login
    if name.lower() in {"", GUEST}:
        raise StatusError(403, _NOT_GUESTS)
    if name != call.login:
        permissions.require_administrator(call, _ADMINISTRATORS_ONLY)
    if call.archive.users.get(name) is None:
        raise StatusError(400, f"An error occurred retrieving the user: {name}")
    return name


def _validate(call: Call, token: AliasToken | None) -> Reply:
    secret = call.segment("SECRET")
    if token is None or secret is None:
        raise StatusError(401, "You must specify both token and secret to validate a token.")
    if call.archive.users.tokens.check(token.alias, secret) is None:
        raise StatusError(401, "Invalid alias token")
    return json_reply(compact_json({"valid": token.login}))


def _invalidate(call: Call, token: AliasToken | None) -> Reply:
    if token is not None:
        call.archive.users.tokens.invalidate(token)
    return json_reply('{"result": "OK"}')


def _token_json(token: AliasToken) -> JsonValue:
    """Return a token as the recorded servers send it: a bean in the order of its properties, not of a hash map."""
    return {
        "xdatUserId": token.login,
        "alias": token.alias,
        "secret": token.secret,
        "singleUse": False,
        "estimatedExpirationTime": token.expires,
        "validIPAddresses": [],
        "enabled": True,
        "created": token.created,
        "id": token.id,
        "disabled": 0,
        "timestamp": token.created,
    }
