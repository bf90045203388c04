"""Who asks: HTTP sessions, Basic credentials and cookies (rest-data section 2)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from .call import FORM_TYPE, Reply, read_form
from .errors import StatusError, container_page
from .store.users import GUEST
from .websessions import TIMEOUT_MS, Sessions, TooManySessions, WebSession

if TYPE_CHECKING:
    from .call import Call
    from .site import Site

__all__ = [
    "TIMEOUT_MS",
    "AccessRefused",
    "Sessions",
    "TooManySessions",
    "WebSession",
    "cookie_id",
    "identify",
    "is_open",
    "log_in",
    "renew",
    "require_login",
    "set_cookies",
    "unseen_by_guests",
]

LOGIN_PAGE = "/app/template/Login.vm"
PASSWORD_PAGE = "/app/template/XDATScreen_UpdateUser.vm"  # noqa: S105 - a path
INACTIVE_PAGE = "/app/template/InactiveAccount.vm"
EXPIRED = "Your password has expired. Please try again after changing your password."
_BROWSER = re.compile(r"MSIE|Mozilla|AppleWebKit|Opera")
_NO_BROWSER = re.compile(r"XNATDesktopClient|JAVA", re.IGNORECASE)


class AccessRefused(Exception):  # noqa: N818 - it carries an answer, it is no mistake of the program
    """The security filters answer before the resources are reached."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"refused with {reply.status}")


def is_open(site: Site) -> bool:
    """Tell whether a site lets everybody in as ``guest`` (rest-data 2.5)."""
    return not (site.mode.require_login and site.archive.settings.flag("requireLogin"))


def cookie_id(call: Call) -> str:
    """Return the session id of the request's cookie, empty when there is none."""
    try:
        cookie = SimpleCookie(call.headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookie["JSESSIONID"].value if "JSESSIONID" in cookie else ""


def is_browser(call: Call) -> bool:
    """Tell whether the user agent looks like one a person sits before (rest-data 2.5.1)."""
    return _BROWSER.search(call.headers.get("user-agent", "")) is not None


def identify(site: Site, call: Call) -> None:
    """Find out who asks and write it into the call.

    Raises:
        AccessRefused: Basic credentials are wrong, the password is too old, or there are too many sessions.
        StatusError: The Basic header is malformed.
    """
    session = site.sessions.find(cookie_id(call))
    credentials = _basic(call)
    if credentials is not None and (session is None or not _same_user(site, session, credentials[0])):
        session = _open_by_basic(site, "" if session is None else session.id, *credentials)
    if session is not None:
        call.login, call.session_id = session.login, session.id


def _open_by_basic(site: Site, previous: str, name: str, password: str) -> WebSession:
    login = site.archive.users.check(name, password)
    if login is None:
        raise AccessRefused(_refusal(401, "Login attempt failed. Please try again."))
    account = site.archive.users.get(name)
    if account is not None and account.expired:
        raise AccessRefused(_refusal(403, EXPIRED))
    return log_in(site, previous, login)


def log_in(site: Site, previous: str, login: str) -> WebSession:
    """Return the session of a fresh login.

    Raises:
        AccessRefused: 401, the account has as many sessions as the site allows (rest-data 2.1.8).
    """
    try:
        session = renew(site, previous, login)
    except TooManySessions:
        most = site.mode.sessions_per_user
        raise AccessRefused(_refusal(401, f"Maximum sessions of {most} for this principal exceeded")) from None
    if login:
        site.archive.users.note_login(login)
    return session


def renew(site: Site, previous: str, login: str) -> WebSession:
    """Return the session of a fresh login; its id always changes (rest-data 2.1.7).

    Raises:
        TooManySessions: The account has as many sessions as the site allows.
    """
    site.sessions.close(previous)
    return site.sessions.open(login, site.mode.sessions_per_user if login else None)


def _same_user(site: Site, session: WebSession, name: str) -> bool:
    if not session.login or session.login == name:
        return bool(session.login)
    token = site.archive.users.tokens.by_alias(name)
    return token is not None and token.login == session.login


def _basic(call: Call) -> tuple[str, str] | None:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise StatusError(500, "Failed to decode basic authentication token") from None
    if text.count(":") != 1:
        raise AccessRefused(_refusal(401, "Invalid basic authentication token"))
    name, _, password = text.partition(":")
    return name.rpartition("/")[2], password


def require_login(call: Call) -> None:
    """Let only known users pass, and on an open site everybody as ``guest``.

    Raises:
        AccessRefused: Nobody is logged in: scripts get 401, browsers the login page (rest-data 2.5.1); the account was
            disabled or its password became too old meanwhile (rest-data 2.5.6).
        StatusError: 500, a browser's change lacks the token against forgery (rest-data 2.6).
    """
    if call.login:
        _require_working_account(call)
        _require_csrf(call)
        return
    dead_cookie = cookie_id(call) not in {"", call.session_id}
    if is_open(call.site) and not dead_cookie:
        call.login = GUEST
        return
    if is_browser(call):
        raise AccessRefused(_redirect(call, LOGIN_PAGE))
    raise AccessRefused(_refusal(401, "Full authentication is required to access this resource"))


def _require_working_account(call: Call) -> None:
    account = call.archive.users.get(call.login)
    if account is None or not account.enabled:
        raise AccessRefused(_redirect(call, INACTIVE_PAGE))
    if account.expired:
        raise AccessRefused(_redirect(call, PASSWORD_PAGE))


def _require_csrf(call: Call) -> None:
    """Ask browsers for the token of their session; only resources below ``/data`` do."""
    session = call.site.sessions.find(cookie_id(call))
    below_data = call.path.startswith(("/data/", "/REST/"))
    if session is None or call.method not in {"POST", "PUT", "DELETE"} or not below_data or not is_browser(call):
        return
    if _NO_BROWSER.search(call.headers["user-agent"]) or not call.archive.settings.flag("enableCsrfToken"):
        return
    if not hmac.compare_digest(_sent_token(call).encode(), session.csrf.encode()):
        raise StatusError(500, "INVALID CSRF")


def _sent_token(call: Call) -> str:
    fields = call.form
    if call.content_type == FORM_TYPE and call.has_content:
        fields = read_form(call.body.read())
        call.body.seek(0)
    return next((value for name, value in (*call.query, *fields) if name == "XNAT_CSRF"), "")


def unseen_by_guests(call: Call) -> None:
    """Tell guests nothing about an object they may not read: an empty 200, browsers go to the login page.

    The server only says 404 to those who are logged in (rest-data 2.5.5).

    Raises:
        AccessRefused: A guest asks.
    """
    if call.login != GUEST or call.method != "GET":
        return
    if is_browser(call):
        raise AccessRefused(_redirect(call, LOGIN_PAGE, 307))
    raise AccessRefused(Reply(200, media_type=""))


def _redirect(call: Call, page: str, status: int = 302) -> Reply:
    return Reply(status, headers=[("Location", f"{call.base_url}{page}")])


def _refusal(status: int, message: str) -> Reply:
    headers = [("WWW-Authenticate", 'Basic realm="XNAT"')] if status == 401 else []
    return Reply(status, container_page(status, message).encode(), "text/html;charset=utf-8", headers)


def set_cookies(call: Call, reply: Reply) -> None:
    """Add the cookies of every answer: the session's id when it is new, and when it expires (D6)."""
    if call.session_id and call.session_id != cookie_id(call):
        reply.headers.append(("Set-Cookie", f"JSESSIONID={call.session_id}; Path=/; HttpOnly"))
    expires = f'SESSION_EXPIRATION_TIME="{int(time.time() * 1000)},{TIMEOUT_MS}"; Version=1; Path=/'
    reply.headers.append(("Set-Cookie", expires))
