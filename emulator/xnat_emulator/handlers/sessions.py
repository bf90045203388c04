"""Login, logout and alias tokens (rest-data 2.2 to 2.4 and 2.8), and the pages around them."""

from __future__ import annotations

from html import escape

from ..auth import renew
from ..call import Call, Reply, first_values, json_reply, read_form, text_reply
from ..documents import compact_json
from ..errors import StatusError
from ..store.node import JsonValue
from ..store.users import AliasToken

_ADMINISTRATORS_ONLY = "Only administrators can do this for other users"


def log_in(call: Call) -> Reply:
    """``PUT|POST /data/services/auth``: the id of the new session as text."""
    fields = first_values(call.form or read_form(call.body.read()))
    login = fields.get("username") or fields.get("j_username") or ""
    password = fields.get("password") or fields.get("j_password") or ""
    if fields.get("authenticatorId"):
        raise StatusError(400, "Unknown authenticator")
    provider = fields.get("provider") or fields.get("login_method")
    known = call.archive.users.check(login, password) if provider in {None, "", "xdat", "localdb"} else None
    if known is None:
        raise StatusError(401, "Authentication failed.")
    session = renew(call.site, call.session_id, known)
    call.login, call.session_id = session.login, session.id
    return text_reply(session.id)


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


def home(call: Call) -> Reply:
    """``GET /``: a page that names the user; open to everybody."""
    if not call.session_id:
        call.session_id = call.site.sessions.open().id
    if call.login:
        who = f'Logged in as: &nbsp;<a href="/app/template/XDATScreen_UpdateUser.vm">{escape(call.login)}</a>'
    else:
        who = 'Not logged in: <a href="/app/template/Login.vm">log in</a>'
    return _page(f'<span id="user_info">{who}</span>')


def login_page(_: Call) -> Reply:
    """``GET /app/template/Login.vm``: where browsers are sent."""
    fields = '<input name="username"><input name="password" type="password">'
    return _page(f'<form name="form1" method="post" action="/login">{fields}</form>')


def _page(body: str) -> Reply:
    page = f"<!DOCTYPE html>\n<html><head><title>XNAT</title></head><body>{body}</body></html>\n"
    return text_reply(page, media_type="text/html")


# --- alias tokens: every operation is a GET ---


def token_operation(call: Call) -> Reply:
    """``GET /data/services/tokens/{issue|show|validate|invalidate}``."""
    operation = call.segment("OPERATION")
    if operation == "issue":
        return json_reply(compact_json(_token_json(call.archive.users.issue(_user(call)))))
    if operation == "show":
        return json_reply(compact_json([_token_json(token) for token in call.archive.users.tokens(_user(call))]))
    if operation == "validate":
        return _validate(call)
    if operation == "invalidate":
        return _invalidate(call)
    raise StatusError(400, f"Unknown operation {operation}")


def _user(call: Call) -> str:
    """Return whose tokens are meant: the caller's, or another user's when the URL names one."""
    name = call.segment("USERNAME") or call.login
    if call.archive.users.get(name) is None:
        raise StatusError(404, f"Unknown user {name}")
    if name != call.login and not call.archive.users.is_administrator(call.login):
        raise StatusError(403, _ADMINISTRATORS_ONLY)
    return name


def _found(call: Call) -> AliasToken:
    token = call.archive.users.token(call.segment("TOKEN") or "")
    if token is None:
        raise StatusError(404, "Unknown alias token")
    return token


def _validate(call: Call) -> Reply:
    token, secret = _found(call), call.segment("SECRET")
    if secret is None or call.archive.users.check(token.alias, secret) is None:
        raise StatusError(401, "Invalid alias token")
    return json_reply(compact_json({"valid": token.login}))


def _invalidate(call: Call) -> Reply:
    call.archive.users.invalidate(_found(call))
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
