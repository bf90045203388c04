"""Connections that came from another process: one for each server and login, opened when the first request is made."""

from __future__ import annotations

import os
import pickle
import secrets
import sys
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import attrs

from ..connecting import Options, open_session
from ..credentials import Surroundings, find_credentials, find_session
from ..errors import InvalidValueError, LoginFailedError, UsageError, XnatError
from ..paths import server as parse_server
from ..transport import Request, Response, Transport
from .carried import Carried, place_of

if TYPE_CHECKING:
    from ..auth import Secret
    from ..credential_provider import CredentialProvider
    from ..registry import Registry
    from ..session import BaseSession

_GUEST: Final = "guest"


class _Sessions:
    """The connections of this process that pickles lead to; safe to use from threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.here: weakref.WeakValueDictionary[str, BaseSession] = weakref.WeakValueDictionary()
        self.revived: dict[bytes, BaseSession] = {}
        self.closes_at_exit = False


_sessions = _Sessions()
_before_fork: Final[list[_Sessions]] = []


def _forget() -> None:
    """Begin anew in a forked process: sockets, locks and logins of the parent are the parent's."""
    global _sessions  # noqa: PLW0603 - one for each process is what it is for
    _before_fork.append(_sessions)
    _sessions = _Sessions()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget)


def mark_of(session: BaseSession) -> str:
    """Return a name for a connection that only this process knows it by; pickles that stay here come back to it."""
    with _sessions.lock:
        known = next((mark for mark, one in _sessions.here.items() if one is session), None)
        if known is None:
            known = secrets.token_hex(8)
            _sessions.here[known] = session
        return known


def revive(mark: str, told: Carried) -> BaseSession:
    """Return the connection that a pickle stands for.

    In the process that it came from, that is the connection itself, as long as it is open. Elsewhere all pickles of
    one server and login give the same connection. It logs in when the first request is made: with the function given
    as ``credentials=``; else with the login session of XNATPY_JSESSION or XNAT_TOKEN, so that many workers share one;
    else with the user's password from the environment or the netrc file.
    """
    key = pickle.dumps(told)
    with _sessions.lock:
        for known in (_sessions.here.get(mark), _sessions.revived.get(key)):
            if known is not None and known.__xnat_is_open__:
                return known
        _close_at_exit()
        made = _sessions.revived[key] = _asleep(told)
        return made


def connection_to(server: str, credentials: CredentialProvider | None = None) -> BaseSession:
    """Return the connection of this process to a server, without data types; it logs in as `revive` says."""
    from ..session import BaseSession  # noqa: PLC0415 - sessions import this to be pickled

    address = parse_server(server).url
    provider = "" if credentials is None else place_of(credentials)
    told = Carried(
        session_class=BaseSession, package="", given=address, server=address, user=None, provider=provider,
        options=Options(),
    )  # fmt: skip
    return revive("", told)


def _asleep(told: Carried) -> BaseSession:
    transport = _Reconnecting(told)
    session = told.session_class(transport, told.registry(), told.server, told.user)
    transport.attach(session)
    return session


def _close_at_exit() -> None:
    if not _sessions.closes_at_exit:
        _sessions.closes_at_exit = True
        # Processes of multiprocessing end without atexit; this runs in all.
        from multiprocessing.util import Finalize  # noqa: PLC0415 - few processes get pickles

        Finalize(None, _close_all, exitpriority=10)


def _close_all() -> None:
    """Log out where this process has logged in."""
    for session in list(_sessions.revived.values()):
        with suppress(XnatError):
            session.close()


class _Reconnecting:
    """The transport of a connection that is not opened yet; the first request opens it."""

    def __init__(self, told: Carried) -> None:
        self._told = told
        self._lock = threading.Lock()
        self._session: BaseSession | None = None
        self._refused: LoginFailedError | None = None
        self._is_open = False

    def attach(self, session: BaseSession) -> None:
        """Take note of the connection to open."""
        self._session = session
        session.__xnat_sleep__(self.wake, self._told.options, parse_server(self._told.given))

    def wake(self) -> None:
        """Log in, once; a login that was refused is not tried again, so that no account is locked.

        Raises:
            LoginFailedError: The server refuses the login, or did before.
            UsageError: There is no login in this process; the message says where one is looked for.
        """
        with self._lock:
            if self._refused is not None:
                raise self._refused
            if self._is_open:
                return
            try:
                self._open()
            except LoginFailedError as error:
                self._refused = error
                raise
            self._is_open = True

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Log in and send."""
        self.wake()
        return self._attached().__xnat_send__(request, stream=stream)

    def close(self) -> None:
        """Nothing is open."""

    def _attached(self) -> BaseSession:
        assert self._session is not None  # noqa: S101 - for checkers: attach() has set it
        return self._session

    def _open(self) -> None:
        told, session = self._told, self._attached()
        options = attrs.evolve(told.options, credentials=told.credentials())
        user, password, around = _login(told, options)

        def adopt(transport: Transport, registry: Registry, server: str, name: str | None) -> BaseSession:
            del registry
            session.__xnat_adopt__(transport, server, name)
            return session

        open_session(adopt, session.registry, told.given, user, password, options=options, around=around)


def _login(told: Carried, options: Options) -> tuple[str | None, Secret | None, Surroundings]:
    """Return who logs in, and what connect() is to look in for what is missing; nobody is asked for a password.

    Raises:
        UsageError: There is no password of the user.
    """
    around = attrs.evolve(Surroundings.real(), prompt=None)
    site = parse_server(told.given)
    if options.credentials is not None or find_session(site, around.environ) is not None or told.user is None:
        return None, None, around
    if told.user == _GUEST:
        return None, None, attrs.evolve(around, environ={}, home=None)
    try:
        found = find_credentials(
            site, told.user, None, around, netrc_file=options.netrc_file, allow_unsafe_netrc=options.allow_unsafe_netrc
        )
    except InvalidValueError as error:
        msg = (
            f"A connection of {told.user!r} to {told.server} came from another process, and this one has no login: set "
            "XNATPY_PASS or XNAT_PASS, or XNAT_TOKEN to the id of a login session that all workers share, add the "
            "server to the netrc file here, or open the connection with credentials=, a function of a module"
        )
        raise UsageError(msg) from error
    return found.user, found.password, around
