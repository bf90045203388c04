"""The transport that talks to a real server: a pool of urllib3 connections."""

from __future__ import annotations

import logging
import re
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import attrs
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers

from . import lines
from ._version import __version__
from .cookies import CookieJar, parse_cookies
from .environment import ClientCertificate, Verify, proxy_for, tls_context
from .errors import InvalidValueError, UsageError
from .exchanges import Stopwatch, Watch
from .failures import CAUGHT, is_dropped, transport_error
from .paths import Server, same_origin, server
from .redaction import public_path
from .sent_body import SentBody
from .transport import MIB, Request, Response, Timeouts

USER_AGENT = f"xnat-sdk/{__version__}"
"""Not "Mozilla": browsers are sent to a login page, scripts get a clear 401 (rest-data 2.5.1)."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_SAFE_VERBS = frozenset({"GET", "HEAD"})
_HEADER_NAME = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"\A[\t\x20-\x7e\x80-\xff]*\Z")
_PATH_PARAMETERS = re.compile(r";[^/?#]*")
_LOG = logging.getLogger("xnat_runtime.transport")

# What a server may send ahead of a reader: a small window, and segments as a network has them, by which the server's
# own buffer is measured; without them some megabytes are on their way before a transfer can be ended.
_LITTLE_AHEAD: list[tuple[int, int, int]] = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),
    *([(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)] if sys.platform == "linux" else []),
]

# urllib3 sends a body under the *connect* timeout; this carries the read timeout to the connection of the same thread.
_WRITE_TIMEOUT: ContextVar[float] = ContextVar("write_timeout")


class _PublicPaths(logging.Filter):
    """Takes queries and tokens out of what urllib3 logs about our requests, and leaves those of others alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _WRITE_TIMEOUT.get(None) is not None and isinstance(record.args, tuple):
            record.args = tuple(public_path(each) if isinstance(each, str) else each for each in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_PublicPaths())


class PoolTransport:
    """Carries requests to one server over connections that are kept and shared between threads.

    Cookies go to this server only. A redirect is followed for GET and HEAD, to the same origin or from http to https of
    the same host; any other is handed back as the answer. Nothing is sent twice, but for a GET or HEAD that met a kept
    connection which the server had closed already.
    """

    def __init__(
        self,
        address: str,
        *,
        verify: Verify = True,
        client_certificate: ClientCertificate | None = None,
        proxy: str | None = None,
        timeouts: Timeouts | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        connections: int = 32,
        watch: Watch | None = None,
    ) -> None:
        """Prepare connections; none is opened yet.

        Args:
            address: The server, like ``https://example.org/xnat``.
            verify: Which certificates to trust, see `xnat_runtime.environment.tls_context`.
            client_certificate: What to show to the server, see `xnat_runtime.environment.tls_context`.
            proxy: Replaces the environment's proxies; "" for none.
            timeouts: Seconds to wait, else the defaults of `Timeouts`.
            headers: Sent with every request that does not bring its own.
            cookies: Sent to the server beside its own, such as one that a load balancer asks for.
            connections: Connections kept open at most; more are opened when more threads ask, and closed after use.
            watch: Told of each request when its answer has been read or dropped.

        Raises:
            InvalidValueError: The address, a CA path, a certificate, a header or a proxy setting cannot be used.
        """
        self.server = server(address)
        self.cookies = CookieJar(self.server.host)
        for name, value in (cookies or {}).items():
            self.cookies.set(name, value)
        self._verify = verify
        self._client_certificate = client_certificate
        self._proxy = proxy
        self._own_headers = dict(headers or {})
        self._timeouts = timeouts or Timeouts()
        self._connections = connections
        self._watch = watch
        self._lock = threading.Lock()
        self._managers: dict[str, urllib3.PoolManager] = {}
        self._closed = False
        _require_sendable(self._own_headers)
        self._manager(self.server)

    @property
    def interface(self) -> urllib3.PoolManager:
        """The pool of connections to the server."""
        return self._manager(self.server)

    def __repr__(self) -> str:
        return f"<PoolTransport {self.server.url}>"

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer, whatever its status; see `xnat_runtime.transport.Transport.send`.

        Raises:
            TransportError: No answer was received.
            InvalidValueError: A header holds characters that cannot be sent.
            UsageError: The transport was closed.
        """
        url = self._url(request)
        for _ in range(_MOST_REDIRECTS):
            response = self._exchange(request, url)
            following = _redirect(request, response, url)
            if following is None:
                break
            response.close()
            self._learn(url, following)
            url = following
        else:
            response = self._exchange(request, url)
        return response if stream else _read(response)

    def _learn(self, url: str, following: str) -> None:
        # A site that sends http to https does so for every path: from now on no password goes out unencrypted.
        old, new = _origin_of(url), _origin_of(following)
        if old.scheme == "http" and new.scheme == "https" and urlsplit(url).path == urlsplit(following).path:
            self.server = attrs.evolve(new, context=self.server.context)
            _LOG.debug("%s is at %s now", old.origin, self.server.origin)

    def close(self) -> None:
        """Close all connections; later requests raise UsageError."""
        with self._lock:
            self._closed = True
            managers, self._managers = list(self._managers.values()), {}
        for manager in managers:
            manager.clear()

    def _url(self, request: Request) -> str:
        query = urlencode(request.query, quote_via=quote, safe="/:,@")
        return self.server.url + request.path + ("?" + query if query else "")

    def _exchange(self, request: Request, url: str) -> Response:
        turn, cookie = self.cookies.next_turn(secure=url.startswith("https:"))
        stopwatch = Stopwatch(self._watch, request)
        try:
            raw = self._open(request, url, _headers(request, cookie, self._own_headers))
        except BaseException as error:
            stopwatch.failed(error)
            raise
        stopwatch.answered(raw.status)
        found = parse_cookies(raw.headers.getlist("set-cookie"))
        self.cookies.update(found, turn)
        _LOG.debug("%s %s -> %s", request.method, public_path(request.path), raw.status)
        return Response(
            method=request.method,
            url=request.path,
            status=raw.status,
            headers=raw.headers,
            body=_PoolBody(raw, request, self.server.origin, stopwatch),
            cookies={each.name: each.value for each in found if not each.expired},
        )

    def _open(self, request: Request, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        address = self.server if url.startswith(f"{self.server.origin}/") else _origin_of(url)
        manager = self._manager(address, peeks=request.peeks)
        pool = manager.connection_from_host(address.host, address.port, address.scheme)
        known = pool.num_connections
        try:
            return self._urlopen(manager, request, url, headers)
        except CAUGHT as error:
            is_stale = is_dropped(error) and pool.num_connections == known > 0
            if not is_stale or request.method not in _SAFE_VERBS or request.body is not None:
                raise self._failure(request, error) from error
        try:
            return self._urlopen(manager, request, url, headers)
        except CAUGHT as error:
            raise self._failure(request, error) from error

    def _urlopen(
        self, manager: urllib3.PoolManager, request: Request, url: str, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        timeouts = request.timeout or self._timeouts
        body = SentBody(request) if request.body is not None else None
        reset = _WRITE_TIMEOUT.set(timeouts.read)
        try:
            return manager.urlopen(
                request.method,
                url,
                body=body.content if body else None,
                headers=headers,
                timeout=urllib3.Timeout(connect=timeouts.connect, read=timeouts.read),
                redirect=False,
                retries=False,
                preload_content=False,
            )
        except CAUGHT:
            # A source that cannot be read is not the network's failure, though urllib3 reports it as one.
            if body and body.failure:
                raise body.failure from None
            raise
        finally:
            _WRITE_TIMEOUT.reset(reset)

    def _failure(self, request: Request, error: BaseException) -> BaseException:
        if isinstance(error, OSError) and not isinstance(error, urllib3.exceptions.HTTPError):
            return error
        return transport_error(error, method=request.method, url=request.path, origin=self.server.origin)

    def _manager(self, address: Server, *, peeks: bool = False) -> urllib3.PoolManager:
        key = f"{address.scheme}, peeks" if peeks else address.scheme
        with self._lock:
            if self._closed:
                msg = f"The connection to {self.server.url} was closed; connect again."
                raise UsageError(msg)
            if key not in self._managers:
                self._managers[key] = self._make_manager(address, peeks=peeks)
            return self._managers[key]

    def _make_manager(self, address: Server, *, peeks: bool) -> urllib3.PoolManager:
        proxy = proxy_for(address, self._proxy)
        # Any: urllib3 types its pool settings so; each is checked by the pool that takes it.
        settings: dict[str, Any] = {"maxsize": self._connections, "blocksize": MIB}
        if peeks:
            settings["socket_options"] = _LITTLE_AHEAD
        if address.scheme == "https":
            settings["ssl_context"] = tls_context(self._verify, self._client_certificate)
        manager = _proxied(proxy.url, proxy.credentials, settings) if proxy else urllib3.PoolManager(**settings)
        manager.pool_classes_by_scheme = dict(_POOLS)
        return manager


class _HttpConnection(HTTPConnection):
    def send(self, data: Any) -> None:  # Any: the standard library leaves the type of what it sends open
        _allow_writing(self)
        super().send(data)


class _HttpsConnection(HTTPSConnection):
    def send(self, data: Any) -> None:  # Any: as above
        _allow_writing(self)
        super().send(data)


class _HttpPool(urllib3.HTTPConnectionPool):
    # urllib3's own class does not fit its own protocol either.
    ConnectionCls = _HttpConnection  # pyright: ignore[reportAssignmentType]


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection  # pyright: ignore[reportAssignmentType] - as above


_POOLS: dict[str, type[urllib3.HTTPConnectionPool] | type[urllib3.HTTPSConnectionPool]] = {
    "http": _HttpPool,
    "https": _HttpsPool,
}


def _allow_writing(connection: HTTPConnection) -> None:
    lines.use(connection)
    if connection.sock is not None:
        connection.sock.settimeout(_WRITE_TIMEOUT.get(Timeouts().read))


class _PoolBody:
    """The arriving bytes of an urllib3 answer, with its failures told as ours."""

    def __init__(self, raw: urllib3.BaseHTTPResponse, request: Request, origin: str, stopwatch: Stopwatch) -> None:
        self._raw = raw
        self._request = request
        self._origin = origin
        self._stopwatch = stopwatch
        # Undecoded bytes need no buffer in urllib3: half the cost of a large download.
        self._is_coded = bool(raw.headers.get("content-encoding"))

    def read(self, size: int, /) -> bytes:
        try:
            piece = self._raw.read(size, decode_content=self._is_coded)
        except CAUGHT as error:
            self._stopwatch.failed(error)
            self.close()
            raise transport_error(
                error, method=self._request.method, url=self._request.path, origin=self._origin
            ) from error
        self._stopwatch.count(len(piece))
        return piece

    def abort(self) -> None:
        with suppress(*CAUGHT, ValueError, RuntimeError):  # there is no connection any more
            self._raw.shutdown()

    def close(self) -> None:
        self._stopwatch.ended()
        with suppress(*CAUGHT):
            self._raw.close()
            self._raw.release_conn()


def _headers(request: Request, cookie: str, own: Mapping[str, str]) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    for name, value in (*own.items(), *request.headers.items()):
        _replace(headers, name, value)
    if cookie:
        headers["Cookie"] = cookie
    if isinstance(request.body, bytes):
        headers["Content-Length"] = str(len(request.body))
    elif request.body is not None and request.length is not None:
        headers["Content-Length"] = str(request.length)
    _require_sendable(headers)
    return headers


def _replace(headers: dict[str, str], name: str, value: str) -> None:
    known = next((each for each in headers if each.lower() == name.lower()), name)
    headers.pop(known, None)
    headers[name] = value


def _require_sendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.match(name) or not _HEADER_VALUE.match(value):
            msg = f"The header {name!r} holds a line break or another character that cannot be sent."
            raise InvalidValueError(msg)


def _redirect(request: Request, response: Response, url: str) -> str | None:
    location = response.headers.get("Location", "")
    if response.status not in _REDIRECTS or request.method not in _SAFE_VERBS or not location:
        return None
    try:
        following = _PATH_PARAMETERS.sub("", urldefrag(urljoin(url, location)).url)
        old, new = _origin_of(url), _origin_of(following)
    except (ValueError, InvalidValueError):
        return None
    is_upgrade = old.host == new.host and (old.scheme, new.scheme) == ("http", "https")
    return following if same_origin(old, new) or is_upgrade else None


def _origin_of(url: str) -> Server:
    parts = urlsplit(url)
    return server(f"{parts.scheme}://{parts.netloc}")


def _read(response: Response) -> Response:
    try:
        response.content  # noqa: B018 - reading it is the point
    finally:
        response.close()
    return response


def _proxied(url: str, credentials: str, settings: dict[str, Any]) -> urllib3.ProxyManager:
    headers = make_headers(proxy_basic_auth=credentials) if credentials else None
    return urllib3.ProxyManager(url, proxy_headers=headers, **settings)
