"""The login half of a connection: who is logged in, staying so, sending requests, logging out."""

from __future__ import annotations

import datetime
import logging
import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from . import auth
from .cookies import EXPIRATION_COOKIE, SESSION_COOKIE
from .errors import UsageError, XnatError
from .heartbeat import Heartbeat, beat_interval, session_expiration
from .logs import LOGGER
from .outgoing import is_write, refuse_write, with_reason
from .paths import Server
from .paths import server as parse_server
from .read_retries import READS, ReadRetries
from .reason import Reasons
from .transfers.retry import NEVER, RetryPolicy
from .transfers.turns import Turns
from .transport import Request, Response, Send, Timeouts, Transport
from .verbs_bulk import BulkVerbs

if TYPE_CHECKING:
    from urllib3 import PoolManager

    from .connecting import Options
    from .pool import PoolTransport
    from .registry import Registry
    from .renewal import Renewal
    from .session import BaseSession
    from .tokens import Tokens

_SMALL_TIMEOUT = Timeouts(connect=10.0, read=10.0)


class LoginSession(BulkVerbs):
    """A login on one server, without the objects that it gives access to; safe to use from threads."""

    def __init__(self, transport: Transport, registry: Registry, server: str, user: str | None) -> None:
        self._transport = transport
        self._registry = registry
        self._server = parse_server(server)
        self._given = self._server
        self._user = user
        self._open = True
        self._ends_login = True
        self._read_only = False
        self._is_offline = False
        self._event_reason: str | None = None
        self._changes = 0
        # Connections that all transfers together may use, so that one login does not take a server's all.
        self.__xnat_transfers__ = Turns()
        self._reasons = Reasons()
        self._renewal: Renewal | None = None
        self._retries = ReadRetries(NEVER)
        self._pool: PoolTransport | None = None
        self._logger = logging.getLogger(LOGGER)
        self._heartbeat = Heartbeat(self.heartbeat, self._beat_interval())
        self._options: Options | None = None
        self._wake: Callable[[], None] | None = None

    def __xnat_start__(
        self,
        options: Options,
        given: Server,
        pool: PoolTransport,
        renewal: Renewal | None,
        logger: logging.Logger,
        *,
        read_only: bool,
    ) -> None:
        """Take over what `open_session` found out, and start the heartbeat."""
        self._given, self._pool, self._renewal, self._logger = given, pool, renewal, logger
        self._options = options
        self._ends_login = options.ends_login
        self._event_reason = options.event_reason
        self._retries = ReadRetries(options.retry or READS)
        self._read_only = read_only
        self._heartbeat = Heartbeat(self.heartbeat, self._beat_interval())
        self.keepalive = options.keepalive

    def __xnat_sleep__(self, wake: Callable[[], None], options: Options, given: Server) -> None:
        """Take note of how to log in when the first request is made; see `xnat_runtime.transfers.reconnecting`."""
        self._wake, self._options, self._given = wake, options, given
        self._event_reason = options.event_reason
        self._read_only = options.is_read_only(os.environ)
        self._ends_login = False

    def __xnat_go_offline__(self) -> None:
        """Take note that there is no server, so that every request but a read is refused as offline."""
        self._is_offline, self._ends_login = True, False

    def __xnat_adopt__(self, transport: Transport, server: str, user: str | None) -> None:
        """Take over a transport that has logged in."""
        self._transport, self._server, self._user = transport, parse_server(server), user

    @property
    def __xnat_transport__(self) -> Transport:
        """What carries the requests."""
        return self._transport

    @property
    def __xnat_send__(self) -> Send:
        """What requests go through behind all checks."""
        return (self._renewal or self._transport).send

    @property
    def __xnat_retry__(self) -> RetryPolicy:
        """How often and how patiently a read is made again, as ``connect(retry=...)`` says."""
        return self._retries.policy

    @property
    def __xnat_is_open__(self) -> bool:
        """Whether the connection was not closed."""
        return self._open

    @property
    def __xnat_changes__(self) -> int:
        """How many requests were sent that may have changed something; what was read before the last may be old."""
        return self._changes

    # What is known of the login

    @property
    def registry(self) -> Registry:
        """The data types that the package knows."""
        return self._registry

    @property
    def server(self) -> str:
        """The server's URL, without a slash at the end."""
        return self._server.url

    @property
    def user(self) -> str | None:
        """The account or token alias that logged in; "guest" on an open site."""
        return self._user

    @cached_property
    def logged_in_user(self) -> str:
        """The account that is logged in, which a token's alias only stands for; one request, the first time."""
        return auth.run(auth.check_session(), self.send)

    @property
    def jsession(self) -> str:
        """The id of the login session, which other connections may use: ``connect(server, jsession=...)``.

        Who knows it can do what this connection can do: keep it as secret as a password.

        Raises:
            UsageError: There is none.
        """
        found = self._require_pool("a session id").cookies.get(SESSION_COOKIE)
        if found is None:
            msg = f"The connection to {self.server} has no session id yet."
            raise UsageError(msg)
        return found

    @property
    def JSESSION(self) -> str:  # noqa: N802 - the tutorial of xnatpy writes it so
        """The id of the login session, under the tutorial's name; see `jsession`."""
        return self.jsession

    @property
    def logger(self) -> logging.Logger:
        """The logger that was given to connect(), else that of this package, ``xnat_runtime``."""
        return self._logger

    @property
    def read_only(self) -> bool:
        """Whether requests that would change something are refused before they are sent."""
        return self._read_only or self._is_offline

    @property
    def event_reason(self) -> str | None:
        """The reason that goes with every change (``event_reason``), None for none; that of `reason` comes first."""
        return self._reasons.current or self._event_reason

    def reason(self, text: str) -> AbstractContextManager[None]:
        """Gives the changes of a ``with`` block their reason, for sites that demand one (rest-data 1.8).

        It holds in the thread that entered the block, and blocks may stand in each other. The reason travels in URLs
        and ends up in access logs: it must name no patient.

        Raises:
            InvalidValueError: The reason is blank.
        """
        return self._reasons.during(text)

    @property
    def interface(self) -> PoolManager:
        """The urllib3 pool that carries the requests; what is sent through it has no login and no checks.

        `send` sends a request with login and without checks.

        Raises:
            UsageError: This connection has no pool.
        """
        return self._require_pool("a pool").interface

    # Staying logged in

    @property
    def keepalive(self) -> bool:
        """Whether a heartbeat keeps the login alive while nobody uses it; set a number for its seconds."""
        return self._heartbeat.is_running

    @keepalive.setter
    def keepalive(self, value: bool | float) -> None:
        self._heartbeat.stop()
        if value is False or value <= 0 or not self._open:
            return
        fixed = None if value is True else float(value)
        self._heartbeat = Heartbeat(self.heartbeat, self._beat_interval(fixed))
        self._heartbeat.start()

    def heartbeat(self) -> None:
        """Tells the server that the login is still wanted: one small request.

        Raises:
            ResponseError: The server refused; the next request logs in again where that is possible.
            TransportError: There was no answer.
        """
        self._transport.send(Request("GET", auth.USER_PATH, timeout=_SMALL_TIMEOUT)).raise_for_status()

    @property
    def session_expiration_time(self) -> tuple[datetime.datetime, float] | None:
        """When the server last heard of this login, and the idle seconds after which it ends it; None when unknown."""
        return session_expiration(self._pool.cookies.get(EXPIRATION_COOKIE) if self._pool else None)

    @property
    def tokens(self) -> Tokens:
        """The account's alias tokens: ``tokens.issue()``, ``.list()``, ``.validate()``, ``.invalidate()``."""
        from .tokens import Tokens  # noqa: PLC0415 - few need it

        return Tokens(self)

    # Requests

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Sends a request with the login and returns the answer, whatever its status.

        A read that meets a broken connection or a busy server is sent again, as ``connect(retry=...)`` says.

        Args:
            request: The request; its path is already encoded.
            stream: Whether the body stays unread; close the response then.

        Raises:
            TransportError: There was no answer.
            LoginFailedError: The login had ended and could not be renewed.
            UsageError: The connection is closed.
            ReadOnlyConnectionError: The connection is read-only and the request would change something.
        """
        if not self._open:
            msg = f"the connection to {self.server} is closed"
            raise UsageError(msg)
        if self._read_only:
            refuse_write(request)
        if is_write(request):
            self._changes += 1
        request = with_reason(request, self.event_reason)
        self._heartbeat.note_use()
        return self._retries.send(self.__xnat_send__, request, stream=stream)

    # Closing

    def close(self) -> None:
        """Logs out and closes the connections; a second call does nothing.

        A login that came by ``jsession=``, or is to be kept (``cli=True``), is left as it is.
        """
        if not self._open:
            return
        self._heartbeat.stop()
        self._retries.close()
        try:
            if self._ends_login:
                auth.run(auth.log_out(), self._transport.send)
        finally:
            self._open = False
            self._transport.close()

    def disconnect(self) -> None:
        """Closes the connection; the name that xnatpy uses for `close`."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except XnatError:
            # What went wrong in the block matters more than a logout that failed after it.
            if error is None:
                raise

    def __del__(self) -> None:
        # Attributes are missing where __init__ failed.
        if getattr(self, "_pool", None) is not None and self._open and self._ends_login:
            msg = (
                f"{self!r} was forgotten and not closed: its login stays open on the server until it times out, and "
                "counts against the account; use connect() in a with block, or call close()"
            )
            warnings.warn(msg, ResourceWarning, stacklevel=2, source=self)

    def _beat_interval(self, fixed: float | None = None) -> Callable[[], float]:
        # The function must not hold the connection: the heartbeat ends when nobody has it any more.
        pool = self._pool
        if fixed is not None:
            return lambda: fixed
        return lambda: beat_interval(pool.cookies.get(EXPIRATION_COOKIE) if pool else None)

    def _require_pool(self, wanted: str) -> PoolTransport:
        if self._pool is None and self._wake is not None:
            self._wake()
        if self._pool is None:
            msg = f"This connection runs over a transport of its own and has no {wanted.removeprefix('a ')}."
            raise UsageError(msg)
        return self._pool

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._user or 'guest'} on {self.server}{'' if self._open else ' (closed)'}>"

    def __reduce__(self) -> tuple[object, ...]:
        # No secret is in it: the other process logs in by itself, when it first asks something.
        from .transfers.carried import carried  # noqa: PLC0415 - few programs pickle
        from .transfers.reconnecting import mark_of, revive  # noqa: PLC0415 - as above

        # cast: every connection is one of these.
        session = cast("BaseSession", self)
        if self._is_offline:
            from .transfers.offline import reduced  # noqa: PLC0415 - as above

            return reduced(session)
        told = carried(session, self._options, self._given.url, self._user)
        return revive, (mark_of(session), told)
