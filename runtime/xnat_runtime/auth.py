"""How to log in: policies that yield requests and receive answers, and do no I/O themselves."""

from __future__ import annotations

import base64
import hmac
import re
import threading
from collections.abc import Generator
from typing import NoReturn, Protocol, TypeVar
from urllib.parse import urlencode

import attrs

from .cookies import SESSION_COOKIE, CookieJar
from .errors import (
    CredentialsExpiredError,
    InvalidValueError,
    LoginFailedError,
    NotFoundError,
    TokenExpiredError,
    UnexpectedAnswerError,
)
from .transport import Request, Response, Send, Timeouts, checked

T = TypeVar("T")
Flow = Generator[Request, Response, T]
"""Yields requests, is sent their answers, returns a result."""

LOGIN_PATH = "/data/services/auth"
SESSION_PATH = "/data/JSESSION"
USER_PATH = "/data/auth"

_SESSION_ID = re.compile(r"\A[0-9A-Za-z._!~-]{8,256}\Z")
_LOGGED_IN = re.compile(r"User '(.*)' is logged in")
_EXPIRED = re.compile(r"password\s+has\s+expired", re.I)
_ALIAS = re.compile(r"\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_TOO_MANY = re.compile(r"maximum\s+sessions", re.I)


class Secret:
    """A text that no repr, message or pickle shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        msg = "A secret is never pickled; pass it to the other process by another way."
        raise InvalidValueError(msg)


def _as_secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


@attrs.frozen
class Login:
    """The result of a login.

    Attributes:
        user: Name of the account, None when the server was not asked for it.
        session_id: The session's id as the answer's body or cookie gave it, None when the cookie jar holds it already.
    """

    user: str | None
    session_id: Secret | None


class LoginPolicy(Protocol):
    """One way to log in."""

    def flow(self) -> Flow[Login]:
        """Return the exchange with the server that logs in."""
        ...


class CookieTransport(Protocol):
    """A transport whose cookies can be reached; `xnat_runtime.pool.PoolTransport` is one."""

    @property
    def cookies(self) -> CookieJar:
        """The cookies of the server."""
        ...

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer, see `xnat_runtime.transport.Transport`."""
        ...


class PasswordLogin:
    """Logs in with user name and password, or with the alias and secret of a token.

    Sends ``PUT /data/services/auth`` with a form body (rest-data 2.4). A server without that route gets Basic
    credentials once, on ``GET /data/JSESSION``. A refused login is remembered and never sent again, however many
    threads ask, so that no account is locked by a wrong password.
    """

    def __init__(self, user: str, password: str | Secret, *, provider: str | None = None) -> None:
        """Keep what is needed to log in.

        Args:
            user: Login name, or a token's alias.
            password: Password, or a token's secret.
            provider: Name of the authentication provider, when a site has several.

        Raises:
            InvalidValueError: The user name or the password is empty.
        """
        self.user = user
        self.provider = provider
        self._password = _as_secret(password)
        self._refused: LoginFailedError | None = None
        self._lock = threading.Lock()
        if not user or not self._password:
            msg = "A login needs a user name and a password that are not empty."
            raise InvalidValueError(msg)

    def __repr__(self) -> str:
        return f"<PasswordLogin {self.user}>"

    def flow(self) -> Flow[Login]:
        """Return the exchange that logs in.

        Raises:
            LoginFailedError: The server refuses the login, or refused it before.
            ResponseError: The server failed in another way.
        """
        with self._lock:
            if self._refused is not None:
                raise _copy(self._refused)
        answer = yield self._form_request()
        if answer.ok:
            return self._login_from(answer)
        if not self._lacks_route(answer):
            raise self._refusal(answer)
        answer = yield self._basic_request()
        if not answer.ok:
            raise self._refusal(answer)
        return self._login_from(answer)

    def _form_request(self) -> Request:
        form = {"username": self.user, "password": self._password.reveal()}
        if self.provider:
            form["provider"] = self.provider
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("PUT", LOGIN_PATH, headers=headers, body=urlencode(form).encode("ascii"))

    def _basic_request(self) -> Request:
        if ":" in self.user:
            msg = "This server takes Basic credentials only, where a user name cannot hold ':'."
            raise InvalidValueError(msg)
        name = f"{self.provider}/{self.user}" if self.provider else self.user
        pair = base64.b64encode(f"{name}:{self._password.reveal()}".encode()).decode("ascii")
        return Request("GET", SESSION_PATH, headers={"Authorization": f"Basic {pair}"})

    def _lacks_route(self, answer: Response) -> bool:
        # The route answers 400 to a wrong provider only (rest-data 2.4): without one, 400 means that there is no route.
        return answer.status in {404, 405} or (answer.status == 400 and not self.provider)

    def _login_from(self, answer: Response) -> Login:
        answer.raise_for_login_page()
        session_id = answer.cookies.get(SESSION_COOKIE) or answer.text.partition(";")[0].strip()
        if not _SESSION_ID.match(session_id):
            msg = "the login was answered without a session id"
            raise UnexpectedAnswerError(msg, method=answer.method, url=answer.url)
        return Login(self.user, Secret(session_id))

    def _refusal(self, answer: Response) -> Exception:
        if answer.status == 404:
            told = "There is no XNAT at this address; check the path in the server's URL"
            return NotFoundError(answer.method, answer.url, answer.status, told)
        if answer.status not in {400, 401, 403}:
            return _error_of(answer)
        error = self._refused_with(answer)
        with self._lock:
            self._refused = error
        return _copy(error)

    def _refused_with(self, answer: Response) -> LoginFailedError:
        told = self._without_password(answer.reason())
        where = (answer.method, answer.url, answer.status)
        if _TOO_MANY.search(told):
            advice = f"Close connections of {self.user!r} that are open elsewhere, or wait until they end"
            return LoginFailedError(*where, f"{told.rstrip('.')}. {advice}")
        if _EXPIRED.search(told):
            return CredentialsExpiredError(*where, told)
        if is_alias(self.user):
            return TokenExpiredError(*where, told)
        return LoginFailedError(
            *where, told or f"The server does not accept this user name and password for {self.user!r}"
        )

    def _without_password(self, reason: str) -> str:
        return reason.replace(self._password.reveal(), "***")


@attrs.frozen
class SessionLogin:
    """Takes over an existing session and checks once that it is alive.

    Attributes:
        session_id: Value of an existing JSESSIONID cookie.
        origin: Where it was given, for messages.
    """

    session_id: Secret = attrs.field(converter=_as_secret)
    origin: str = "jsession="

    def flow(self) -> Flow[Login]:
        """Return the exchange that checks the session (``GET /data/auth``).

        Raises:
            InvalidValueError: The id holds characters that no session id has.
            AuthenticationError: The session has ended.
        """
        self.require_valid()
        user = yield from check_session()
        return Login(user, self.session_id)

    def require_valid(self) -> None:
        """Let only ids pass that can be one.

        Raises:
            InvalidValueError: The id holds characters that no session id has.
        """
        if not _SESSION_ID.match(self.session_id.reveal()):
            msg = f"{self.origin} holds no session id, which is 8 to 256 letters, digits or . _ ! ~ -."
            raise InvalidValueError(msg)


@attrs.frozen
class GuestLogin:
    """Uses a server without an account; works on sites that do not require a login."""

    def flow(self) -> Flow[Login]:
        """Return the exchange that finds out whether guests are let in (``GET /data/auth``).

        Raises:
            AuthenticationError: The site requires a login.
        """
        user = yield from check_session()
        return Login(user, None)


def is_alias(user: str) -> bool:
    """Return whether a user name is the alias of a token (a UUID, rest-data 2.8)."""
    return _ALIAS.match(user) is not None


def look_around() -> Flow[None]:
    """Return the exchange that shows where requests end up before a password goes out.

    Raises:
        ResponseError: The server sends to another host.
    """
    answer = yield Request("GET", USER_PATH)
    if 300 <= answer.status < 400 and answer.headers.get("Location"):
        answer.raise_for_status()


def check_session() -> Flow[str]:
    """Return the exchange that tells who is logged in: the user name, "guest" on an open site (rest-data 2.3).

    Raises:
        AuthenticationError: Nobody is, or the server sent its login page.
        UnexpectedAnswerError: The answer names no user.
    """
    answer = checked((yield Request("GET", USER_PATH)))
    match = _LOGGED_IN.search(answer.text)
    if match is None:
        msg = "the answer does not name the user"
        raise UnexpectedAnswerError(msg, method=answer.method, url=answer.url)
    return match.group(1)


def log_out() -> Flow[None]:
    """Return the exchange that ends the session (``DELETE /data/JSESSION``); one that has ended already is fine.

    Raises:
        ResponseError: The server failed.
    """
    # A short wait: nobody should wait five minutes for a server that hangs to be told goodbye.
    answer = yield Request("DELETE", SESSION_PATH, timeout=Timeouts(connect=5.0, read=10.0))
    if answer.status not in {401, 403, 404}:
        answer.raise_for_status()


def run(flow: Flow[T], send: Send) -> T:
    """Return the result of an exchange, sending its requests one after the other.

    Args:
        flow: The exchange.
        send: Sends one request.
    """
    try:
        request = next(flow)
        while True:
            request = flow.send(_sent(flow, send, request))
    except StopIteration as stop:
        result: T = stop.value
        return result


def sign_in(policy: LoginPolicy, transport: CookieTransport) -> Login:
    """Return the result of a login; the transport's cookies then hold the session.

    What is left of an earlier login is dropped first; cookies of load balancers stay.

    Raises:
        LoginFailedError: The server refused.
        ResponseError: The server failed in another way.
        TransportError: The server was not reached.
    """
    transport.cookies.forget_login()
    if isinstance(policy, SessionLogin):
        policy.require_valid()
        transport.cookies.set(SESSION_COOKIE, policy.session_id.reveal())
    login = run(policy.flow(), transport.send)
    if login.session_id is not None and transport.cookies.get(SESSION_COOKIE) is None:
        transport.cookies.set(SESSION_COOKIE, login.session_id.reveal())
    return login


def _sent(flow: Flow[T], send: Send, request: Request) -> Response:
    try:
        return send(request)
    except BaseException:
        flow.close()
        raise


def _error_of(answer: Response) -> Exception:
    try:
        answer.raise_for_status()
    except Exception as error:  # noqa: BLE001 - the error itself is what is asked for
        return error
    return UnexpectedAnswerError("the login failed", method=answer.method, url=answer.url)


def _copy(error: LoginFailedError) -> LoginFailedError:
    # A fresh one each time: a raised error collects tracebacks, which threads must not share.
    return type(error)(error.method, error.url, error.status, error.reason)
