"""A connection to an XNAT server: login, low-level verbs, objects by URI."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, TypeAlias, TypeVar, cast

from . import auth
from .errors import InvalidValueError, UnexpectedAnswerError, UsageError, XnatError, error_for
from .paths import resolve
from .transport import JsonValue, Request, RequestBody, Response, Timeouts, Transport, checked

if TYPE_CHECKING:
    from .collections import Collection
    from .listings import Listing
    from .objects import XnatObject
    from .registry import Registry

T = TypeVar("T", bound="XnatObject")
B = TypeVar("B", bound="BaseSession")
Query: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]


class BaseSession:
    """A login on one server; generated packages add their root collections.

    Safe to use from threads. Use it in a ``with`` block, or call `close` when done: an open login counts against
    the server's limit of sessions for the account (rest-data 2.1.8).
    """

    def __init__(self, transport: Transport, registry: Registry, server: str, user: str | None) -> None:
        self._transport = transport
        self._registry = registry
        self._server = server
        self._user = user
        self._open = True

    @property
    def registry(self) -> Registry:
        """The data types that the package knows."""
        return self._registry

    @property
    def server(self) -> str:
        """The server's URL, without a slash at the end."""
        return self._server

    @property
    def user(self) -> str | None:
        """The account that logged in, None for a guest."""
        return self._user

    @property
    def server_version(self) -> str:
        """The server's version, such as ``1.8.9.1`` (``/xapi/siteConfig/buildInfo``); one request.

        Raises:
            UnexpectedAnswerError: The server does not say.
        """
        info = self.get_json("/xapi/siteConfig/buildInfo")
        version = info.get("version") if isinstance(info, dict) else None
        if not isinstance(version, str):
            msg = "the answer names no version"
            raise UnexpectedAnswerError(msg, method="GET", url="/xapi/siteConfig/buildInfo")
        return version

    def url_for(self, uri: str) -> str:
        """Returns the full URL of a path on the server."""
        return self._server + resolve(self._server, uri).path

    # Low-level verbs

    def get(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a GET.

        Args:
            uri: A path (``/data/projects``) or a full URL of this server.
            query: Query parameters beside those of the URI. Values of fields belong in a body, not here.
            accepted_status: Statuses that are no error; every 2xx by default.
            timeout: Replaces the connection's timeouts.
            headers: Further headers.

        Raises:
            ResponseError: The status is not accepted; the class tells which kind.
            TransportError: There was no answer.
            ForeignUrlError: The URL belongs to another server.
        """
        return self._verb("GET", uri, query, accepted=accepted_status, timeout=timeout, headers=headers)

    def head(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a HEAD; see `get`."""
        return self._verb("HEAD", uri, query, accepted=accepted_status, timeout=timeout, headers=headers)

    def post(
        self,
        uri: str,
        *,
        data: RequestBody = None,
        query: Query = (),
        accepted_status: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a POST with a body of bytes, a binary stream or pieces of bytes; see `get`."""
        return self._verb("POST", uri, query, body=data, accepted=accepted_status, timeout=timeout, headers=headers)

    def put(
        self,
        uri: str,
        *,
        data: RequestBody = None,
        query: Query = (),
        accepted_status: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a PUT with a body of bytes, a binary stream or pieces of bytes; see `get`."""
        return self._verb("PUT", uri, query, body=data, accepted=accepted_status, timeout=timeout, headers=headers)

    def delete(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Sends a DELETE; see `get`."""
        return self._verb("DELETE", uri, query, accepted=accepted_status, timeout=timeout, headers=headers)

    def get_json(self, uri: str, *, query: Query = ()) -> JsonValue:
        """Returns the decoded JSON that a GET answers; ``format=json`` is asked for on ``/data`` paths.

        Raises:
            UnexpectedAnswerError: The answer is no JSON.
            ResponseError: As in `get`.
        """
        target = resolve(self._server, uri)
        pairs = [*target.query, *_pairs(query)]
        if target.path.startswith("/data/") and "format" not in dict(pairs):
            pairs.append(("format", "json"))
        return self._verb("GET", target.path, pairs).json()

    def _verb(
        self,
        method: str,
        uri: str,
        query: Query,
        *,
        body: RequestBody = None,
        accepted: Sequence[int] | None = None,
        timeout: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        target = resolve(self._server, uri)
        pairs = (*target.query, *_pairs(query))
        request = Request(method, target.path, pairs, headers or {}, body, timeout=timeout)
        return self._accept(self.send(request), accepted, html=_may_answer_html(request))

    @staticmethod
    def _accept(response: Response, accepted: Sequence[int] | None, *, html: bool) -> Response:
        if accepted is None:
            return checked(response, html=html)
        if response.status not in accepted:
            raise error_for(response.method, response.url, response.status, response.reason())
        return response

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Sends a request as it stands and returns the answer, whatever its status.

        Args:
            request: The request; its path is already encoded.
            stream: Whether the body stays unread; close the response then.

        Raises:
            TransportError: There was no answer.
            UsageError: The connection is closed.
        """
        if not self._open:
            msg = f"the connection to {self._server} is closed"
            raise UsageError(msg)
        return self._transport.send(request, stream=stream)

    # Objects

    def create_object(self, uri: str) -> XnatObject:
        """Returns the object that a URI names, with its document loaded: one request.

        Args:
            uri: The path or full URL of a project, subject, experiment, assessor, scan, reconstruction or resource.

        Raises:
            NotFoundError: There is no such item.
            UnexpectedAnswerError: The URI names no item, or one of a type that the package does not know.
        """
        from .locate import object_at  # noqa: PLC0415  # objects import sessions

        return object_at(self, resolve(self._server, uri).path)

    def _listing(self, collection: Collection[T]) -> Listing[T]:
        from .listings import Listing  # noqa: PLC0415  # import connect() without the listings

        return Listing(self, collection)

    # Closing

    def close(self) -> None:
        """Logs out and closes the connections; a second call does nothing."""
        if not self._open:
            return
        try:
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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._user or 'guest'} on {self._server}{'' if self._open else ' (closed)'}>"

    def __reduce__(self) -> NoReturn:
        msg = "a connection cannot be pickled: send the URI of an object and connect() in the other process"
        raise TypeError(msg)


def open_session(
    session_class: type[B],
    registry: Registry,
    server: str,
    user: str | None,
    password: str | None,
    *,
    verify: bool | str | ssl.SSLContext = True,
    connect_timeout: float = 12.0,
    read_timeout: float = 300.0,
) -> B:
    """Logs in and returns the connection.

    Args:
        session_class: The generated session class.
        registry: The generated registry.
        server: URL of the server, with its context path when it has one.
        user: Account, None for a guest.
        password: Its password.
        verify: Whether to check the server's certificate, or the CA file or SSL context to check it with.
        connect_timeout: Seconds to wait for a connection.
        read_timeout: Seconds to wait for the next bytes of an answer.

    Raises:
        LoginFailedError: The server refuses user and password; they are not tried again.
        TransportError: The server did not answer.
        InvalidValueError: The URL is no http(s) URL, or a user came without a password.
    """
    from .pool import PoolTransport  # noqa: PLC0415  # urllib3 is imported when a connection is made

    if (user is None) != (password is None):
        msg = "give user and password together, or neither for a guest"
        raise InvalidValueError(msg)
    transport = PoolTransport(server, verify=verify, timeouts=Timeouts(connect_timeout, read_timeout))
    policy = auth.GuestLogin() if user is None or password is None else auth.PasswordLogin(user, password)
    try:
        login = auth.sign_in(policy, transport)
    except BaseException:
        transport.close()
        raise
    return session_class(transport, registry, transport.server.url, login.user)


def _may_answer_html(request: Request) -> bool:
    """Whether an HTML answer can be what was asked for; where not, it is a login page.

    Pages of the site, HTML files and ``format=html`` are HTML, and so is what XNAT answers to some writes: sharing
    gives a table (rest-data 7.5.4).
    """
    return (
        request.method not in {"GET", "HEAD"}
        or not request.path.startswith(("/data/", "/xapi/"))
        or request.path.lower().endswith((".html", ".htm", ".xhtml"))
        or ("format", "html") in request.query
    )


def _pairs(query: Query) -> list[tuple[str, str]]:
    if isinstance(query, Mapping):
        return list(cast("Mapping[str, str]", query).items())
    return list(query)


__all__ = ["BaseSession", "Query", "open_session"]
