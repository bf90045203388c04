"""Who asks: HTTP sessions, Basic credentials and cookies (rest-data section 2)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import threading
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from .call import Reply
from .errors import StatusError, container_page

if TYPE_CHECKING:
    from .call import Call
    from .site import Site

TIMEOUT_MS = 900_000
"""Session timeout, the default of a server: 15 minutes."""

LOGIN_PAGE = "/app/template/Login.vm"
_BROWSER = re.compile(r"MSIE|Mozilla|AppleWebKit|Opera")


@dataclass(slots=True, repr=False)
class WebSession:
    """One HTTP session; nobody is logged in while ``login`` is empty."""

    id: str
    login: str
    csrf: str
    used: float

    @property
    def expired(self) -> bool:
        """Whether nobody used it for longer than the timeout."""
        return (time.monotonic() - self.used) * 1000 > TIMEOUT_MS


class Sessions:
    """The HTTP sessions of a server, kept in memory."""

    def __init__(self) -> None:
        self._sessions: dict[str, WebSession] = {}
        self._lock = threading.Lock()

    def open(self, login: str = "") -> WebSession:
        """Return a new session."""
        session = WebSession(secrets.token_hex(16).upper(), login, secrets.token_hex(16), time.monotonic())
        with self._lock:
            if len(self._sessions) % 1000 == 999:
                self._sessions = {key: found for key, found in self._sessions.items() if not found.expired}
            self._sessions[session.id] = session
        return session

    def find(self, identifier: str) -> WebSession | None:
        """Return a living session and keep it alive; one that timed out is gone."""
        with self._lock:
            session = self._sessions.get(identifier)
            if session is None:
                return None
            if session.expired:
                del self._sessions[identifier]
                return None
            session.used = time.monotonic()
            return session

    def close(self, identifier: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(identifier, None)

    def close_all(self) -> None:
        """End every session, as a restart does."""
        with self._lock:
            self._sessions.clear()


class AccessRefused(Exception):  # noqa: N818 - it carries an answer, it is no mistake of the program
    """The security filters answer before the resources are reached."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"refused with {reply.status}")


def cookie_id(call: Call) -> str:
    """Return the session id of the request's cookie, empty when there is none."""
    try:
        cookie = SimpleCookie(call.headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookie["JSESSIONID"].value if "JSESSIONID" in cookie else ""


def identify(site: Site, call: Call) -> None:
    """Find out who asks and write it into the call.

    Raises:
        AccessRefused: Basic credentials are wrong.
        StatusError: The Basic header is malformed.
    """
    session = site.sessions.find(cookie_id(call))
    credentials = _basic(call)
    if credentials is not None and (session is None or not _same_user(site, session, credentials[0])):
        login = site.archive.users.check(*credentials)
        if login is None:
            raise AccessRefused(_refusal(401, "Login attempt failed. Please try again."))
        session = renew(site, session.id if session is not None else "", login)
    if session is not None:
        call.login, call.session_id = session.login, session.id


def renew(site: Site, previous: str, login: str) -> WebSession:
    """Return the session of a fresh login; its id always changes (rest-data 2.1.7)."""
    site.sessions.close(previous)
    return site.sessions.open(login)


def _same_user(site: Site, session: WebSession, name: str) -> bool:
    token = site.archive.users.token(name)
    return bool(session.login) and session.login in {name, "" if token is None else token.login}


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
    """Let only known users pass.

    Raises:
        AccessRefused: Nobody is logged in: scripts get 401, browsers the login page (rest-data 2.5.1).
    """
    if call.login:
        return
    if _BROWSER.search(call.headers.get("user-agent", "")):
        raise AccessRefused(Reply(302, headers=[("Location", f"{call.base_url}{LOGIN_PAGE}")]))
    raise AccessRefused(_refusal(401, "Full authentication is required to access this resource"))


def _refusal(status: int, message: str) -> Reply:
    headers = [("WWW-Authenticate", 'Basic realm="XNAT"')] if status == 401 else []
    return Reply(status, container_page(status, message).encode(), "text/html;charset=utf-8", headers)


def set_cookies(call: Call, reply: Reply) -> None:
    """Add the cookies of every answer: the session's id when it is new, and when it expires (D6)."""
    if call.session_id and call.session_id != cookie_id(call):
        reply.headers.append(("Set-Cookie", f"JSESSIONID={call.session_id}; Path=/; HttpOnly"))
    expires = f'SESSION_EXPIRATION_TIME="{int(time.time() * 1000)},{TIMEOUT_MS}"; Version=1; Path=/'
    reply.headers.append(("Set-Cookie", expires))
