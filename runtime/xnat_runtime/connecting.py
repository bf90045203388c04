"""How a connection is opened: options, login, and what keeps it going."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from . import auth, credentials, logs
from .credential_provider import CredentialProvider, ProvidedLogin
from .errors import AuthenticationError, InvalidValueError, LoginFailedError, SessionExpiredError
from .paths import Server
from .paths import server as parse_server
from .renewal import Renewal
from .transport import Request, Response, Timeouts, TimeoutSpec, Transport, as_timeouts
from .xnatpy_options import XnatpyOptions, check_options

if TYPE_CHECKING:
    import logging
    import ssl

    from .cookies import CookieJar
    from .environment import ClientCertificate
    from .exchanges import Watch
    from .pool import PoolTransport
    from .registry import Registry
    from .session import BaseSession
    from .transfers.retry import RetryPolicy

B = TypeVar("B", bound="BaseSession")

_OFF = frozenset({"", "0", "false", "no", "off"})


@attrs.frozen(kw_only=True, repr=False)
class Options:
    """What `connect` can be told beside server, user and password; generated `connect` functions describe each."""

    netrc_file: str | os.PathLike[str] | None = None
    allow_unsafe_netrc: bool = False
    auth_provider: str | None = None
    credentials: CredentialProvider | None = None
    jsession: str | None = None
    jsession_origin: str = "jsession="
    cli: bool | None = None
    verify: bool | str | os.PathLike[str] | ssl.SSLContext = True
    client_certificate: ClientCertificate | None = None
    proxy: str | None = None
    headers: Mapping[str, str] | None = None
    cookies: Mapping[str, str] | None = None
    connect_timeout: float = 12.0
    read_timeout: float = 300.0
    default_timeout: TimeoutSpec | None = None
    keepalive: bool | float = True
    loglevel: int | str | None = None
    read_only: bool | None = None
    event_reason: str | None = None
    retry: RetryPolicy | None = None
    watch: Watch | None = None
    xnatpy: XnatpyOptions = attrs.field(factory=XnatpyOptions)

    @property
    def timeouts(self) -> Timeouts:
        """How long requests wait."""
        return as_timeouts(self.default_timeout) or Timeouts(self.connect_timeout, self.read_timeout)

    @property
    def ends_login(self) -> bool:
        """Whether closing the connection logs out: who brought the login, or wants to keep it, ends it elsewhere."""
        return self.jsession is None if self.cli is None else not self.cli

    def is_read_only(self, environ: Mapping[str, str]) -> bool:
        """Return whether writes are refused: as told, else as XNAT_READ_ONLY says."""
        if self.read_only is not None:
            return self.read_only
        return environ.get(credentials.READ_ONLY_NAME, "").strip().lower() not in _OFF


def open_session(
    session_class: Callable[[Transport, Registry, str, str | None], B],
    registry: Registry,
    server: str | None,
    user: str | None,
    password: str | auth.Secret | None,
    *,
    options: Options,
    around: credentials.Surroundings | None = None,
) -> B:
    """Log in and return the connection.

    Args:
        session_class: The generated session class, or what returns a connection of it.
        registry: The generated registry.
        server: URL of the server, with its context path when it has one; None for the environment's.
        user: Account or alias of a token; None for the environment's, the netrc file's or a guest.
        password: Its password or secret.
        options: Everything else.
        around: Where missing credentials are looked up; by default the process's own surroundings.

    Raises:
        LoginFailedError: The server refuses user and password; they are not tried again.
        SessionExpiredError: The session that was to be used again has ended.
        TransportError: The server did not answer.
        InvalidValueError: An argument, variable or netrc file cannot be used, or there is no password.
        TypeError: There is no such argument.
    """
    check_options(options.xnatpy, _ARGUMENTS)
    logger = _set_up_logs(options)
    places = around or credentials.Surroundings.real()
    given = parse_server(credentials.find_server(server, places.environ))
    if user is None and password is None:
        options = _with_session(options, given, places.environ)
    policy = _policy(given, user, password, options, places)
    transport = _open_transport(given.url, options)
    try:
        login = _sign_in(policy, _Pilot(transport, options.xnatpy.get("pilot_timeout")))
    except BaseException:
        transport.close()
        raise
    session = session_class(transport, registry, transport.server.url, login.user)
    renewal = None if isinstance(policy, auth.SessionLogin) else Renewal(policy, transport)
    session.__xnat_start__(options, given, transport, renewal, logger, read_only=options.is_read_only(places.environ))
    return session


_ARGUMENTS = {"server", "user", "password", *Options.__annotations__} - {"xnatpy", "jsession_origin", "watch"}


class _Pilot:
    """The transport while the connection is made, when its requests are to wait shorter or longer than others."""

    def __init__(self, transport: PoolTransport, timeout: TimeoutSpec | None) -> None:
        self._transport = transport
        self._timeout = as_timeouts(timeout)

    @property
    def server(self) -> Server:
        return self._transport.server

    @property
    def cookies(self) -> CookieJar:
        return self._transport.cookies

    def send(self, request: Request, *, stream: bool = False) -> Response:
        return self._transport.send(attrs.evolve(request, timeout=request.timeout or self._timeout), stream=stream)


def _set_up_logs(options: Options) -> logging.Logger:
    given = options.xnatpy
    return logs.set_up(options.loglevel, given.get("debug", False), given.get("logger"))


def _with_session(options: Options, site: Server, environ: Mapping[str, str]) -> Options:
    found = credentials.find_session(site, environ)
    if found is None or options.jsession is not None or options.credentials is not None:
        return options
    return attrs.evolve(options, jsession=found[1], jsession_origin=found[0])


def _policy(
    site: Server,
    user: str | None,
    password: str | auth.Secret | None,
    options: Options,
    around: credentials.Surroundings,
) -> auth.LoginPolicy:
    if options.jsession is not None:
        return auth.SessionLogin(options.jsession, options.jsession_origin)
    if options.credentials is not None:
        if user is not None or password is not None:
            msg = "Give credentials= or user and password, not both: credentials= returns user and password."
            raise InvalidValueError(msg)
        return ProvidedLogin(options.credentials, site.url, auth_provider=options.auth_provider)
    found = credentials.find_credentials(
        site,
        user,
        password,
        around,
        netrc_file=options.netrc_file,
        allow_unsafe_netrc=options.allow_unsafe_netrc,
    )
    if found.user is None or found.password is None:
        return auth.GuestLogin()
    return auth.PasswordLogin(found.user, found.password, provider=options.auth_provider)


def _open_transport(url: str, options: Options) -> PoolTransport:
    from .pool import PoolTransport  # noqa: PLC0415 - urllib3 is imported when a connection is made

    return PoolTransport(
        url,
        verify=options.verify,
        client_certificate=options.client_certificate,
        proxy=options.proxy,
        timeouts=options.timeouts,
        headers=options.headers,
        cookies=options.cookies,
        watch=options.watch,
    )


def _sign_in(policy: auth.LoginPolicy, transport: _Pilot) -> auth.Login:
    site = transport.server
    if site.scheme == "http" and not site.is_loopback and not isinstance(policy, auth.GuestLogin):
        # A site that sends to https shall get password or session id there; this asks first, without either.
        auth.run(auth.look_around(), transport.send)
    try:
        return auth.sign_in(policy, transport)
    except LoginFailedError:
        raise
    except AuthenticationError as error:
        raise _explained(policy, error) from None


def _explained(policy: auth.LoginPolicy, error: AuthenticationError) -> AuthenticationError:
    if isinstance(policy, auth.SessionLogin):
        told = f"The session given as {policy.origin} has ended, or belongs to another server"
        return SessionExpiredError(error.method, error.url, error.status, told)
    if type(error) is not AuthenticationError:
        return error
    told = (
        "The site requires a login, and there is no user name: none was given, and none was found in XNATPY_USER, "
        "XNAT_USER or a netrc file"
    )
    return AuthenticationError(error.method, error.url, error.status, told)
