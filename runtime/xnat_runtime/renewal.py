"""Logging in again in the middle of work: once for all threads, and requests repeated only where that is safe."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator

from . import auth
from .auth import CookieTransport, LoginPolicy
from .cookies import SESSION_COOKIE
from .errors import AuthenticationError, SessionExpiredError, XnatError
from .streams import is_seekable, is_stream
from .transport import Request, RequestBody, Response

_SAFE_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})
_GUEST = "guest"


class Renewal:
    """Sends requests; when the server has forgotten the login, logs in again and sends the request once more.

    A 401 was answered before anything was done, so the request may be repeated, unless its body can be read only once.
    Threads that meet the same ended login share one new one. A refused login is not tried again (`auth.PasswordLogin`
    remembers it); a 401 that comes although the login is alive belongs to the resource and is handed back.
    """

    def __init__(self, policy: LoginPolicy, transport: CookieTransport) -> None:
        self._policy = policy
        self._transport = transport
        self._lock = threading.Lock()
        self._logins = 1
        self._flight: _Flight | None = None
        self._changes_ids = False

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer, see `xnat_runtime.transport.Transport.send`.

        Raises:
            LoginFailedError: The login had ended, and the new one was refused.
            SessionExpiredError: The login had ended and was renewed, but this body can be read only once.
        """
        logins, rewind = self._logins, rewinder(request.body)
        session_id = self._transport.cookies.get(SESSION_COOKIE)
        response = self._transport.send(request, stream=stream)
        is_replaced = self._is_replaced(request, response, session_id)
        if not is_replaced and not response.is_refused_login():
            return response
        try:
            if not self._renewed_since(logins):
                self._changes_ids = self._changes_ids or is_replaced
                return response
        except BaseException:
            response.close()
            raise
        response.close()
        if not rewind():
            told = "The login had ended and was renewed, but this body can be read only once: make the call again"
            raise SessionExpiredError(request.method, request.path, response.status, told)
        return self._transport.send(request, stream=stream)

    def _is_replaced(self, request: Request, response: Response, session_id: str | None) -> bool:
        """Return whether the answer brings another session: an open site takes who lost the login for a guest.

        A server that changes the id of a login that lives is asked once, and believed from then on.
        """
        given = response.cookies.get(SESSION_COOKIE)
        if given is None or given == session_id or self._changes_ids:
            return False
        return request.method in _SAFE_VERBS or not response.ok

    def _renewed_since(self, logins: int) -> bool:
        """Return whether there is a newer login than that of a number; makes it when the current one is dead."""
        while True:
            with self._lock:
                if self._logins != logins:
                    return True
                flight = self._flight
                if flight is None:
                    mine = self._flight = _Flight()
                    break
            flight.landed.wait()
            if flight.error is not None:
                raise copy.copy(flight.error)
            if not flight.interrupted:
                return flight.renewed
        return self._fly(mine)

    def _fly(self, flight: _Flight) -> bool:
        try:
            flight.renewed = self._log_in_if_dead()
        except XnatError as error:
            flight.error = copy.copy(error)
            raise
        except BaseException:
            flight.interrupted = True  # Ctrl+C meant this thread; another one of those that wait goes on
            raise
        finally:
            with self._lock:
                self._logins += flight.renewed
                self._flight = None
            flight.landed.set()
        return flight.renewed

    def _log_in_if_dead(self) -> bool:
        try:
            user = auth.run(auth.check_session(), self._transport.send)
        except AuthenticationError:
            user = ""
        if user and (user != _GUEST or isinstance(self._policy, auth.GuestLogin)):
            return False
        auth.sign_in(self._policy, self._transport)
        return True


class _Flight:
    """One attempt to log in, with those who wait for it."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.renewed = False
        self.interrupted = False
        self.error: XnatError | None = None


def rewinder(body: RequestBody) -> Callable[[], bool]:
    """Return the function that makes a body ready to be sent again and tells whether it could.

    Args:
        body: A request's body before it is sent; a stream is wound back to where it stands now.
    """
    if body is None or isinstance(body, bytes):
        return lambda: True
    if not is_stream(body):
        return lambda: not isinstance(body, Iterator)
    if not is_seekable(body):
        return lambda: False
    start = body.tell()
    return lambda: body.seek(start) == start
