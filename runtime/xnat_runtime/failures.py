"""Which of our errors stands for which failure of urllib3."""

from __future__ import annotations

import ssl
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import NamedTuple

from urllib3 import exceptions as _urllib3

from .errors import ConnectionFailedError, RequestTimeoutError, TlsError, TransportError


class Failure(NamedTuple):
    """What a failure of urllib3 means to a caller.

    Attributes:
        kind: Our error.
        told: Beginning of its message.
        sent: Whether the server may have received the request.
    """

    kind: type[TransportError]
    told: str
    sent: bool


_BROKEN = Failure(ConnectionFailedError, "the connection broke", sent=True)
_SHORT = Failure(ConnectionFailedError, "the connection broke before the end of the answer", sent=True)
_UNREACHED = Failure(ConnectionFailedError, "cannot connect", sent=False)
_MALFORMED = Failure(ConnectionFailedError, "the answer is not valid HTTP", sent=True)
_BAD_ADDRESS = Failure(ConnectionFailedError, "the server's or proxy's address cannot be used", sent=False)
_POOL = Failure(ConnectionFailedError, "the connection pool cannot be used", sent=False)
_SLOW = Failure(RequestTimeoutError, "the server took too long", sent=True)

# Key: exception class that urllib3 exports; a class that is not listed counts as its nearest base.
FAILURES: dict[type[BaseException], Failure] = {
    _urllib3.HTTPError: _BROKEN,
    _urllib3.ProtocolError: _BROKEN,
    _urllib3.ConnectionError: _BROKEN,
    _urllib3.IncompleteRead: _SHORT,
    _urllib3.InvalidChunkLength: _SHORT,
    _urllib3.ResponseNotChunked: _MALFORMED,
    _urllib3.BodyNotHttplibCompatible: _MALFORMED,
    _urllib3.InvalidHeader: _MALFORMED,
    _urllib3.HeaderParsingError: _MALFORMED,
    _urllib3.DecodeError: Failure(ConnectionFailedError, "the answer's compression is damaged", sent=True),
    _urllib3.ResponseError: _BROKEN,
    _urllib3.UnrewindableBodyError: Failure(ConnectionFailedError, "the body cannot be sent twice", sent=True),
    _urllib3.TimeoutError: _SLOW,
    _urllib3.ReadTimeoutError: _SLOW,
    _urllib3.TimeoutStateError: _SLOW,
    _urllib3.ConnectTimeoutError: Failure(RequestTimeoutError, "connecting took too long", sent=False),
    _urllib3.NewConnectionError: _UNREACHED,
    _urllib3.NameResolutionError: Failure(ConnectionFailedError, "the host name is not known", sent=False),
    _urllib3.ProxyError: Failure(ConnectionFailedError, "cannot connect through the proxy", sent=False),
    _urllib3.SSLError: Failure(TlsError, "the TLS connection failed", sent=False),
    _urllib3.LocationValueError: _BAD_ADDRESS,
    _urllib3.LocationParseError: _BAD_ADDRESS,
    _urllib3.URLSchemeUnknown: _BAD_ADDRESS,
    _urllib3.ProxySchemeUnknown: _BAD_ADDRESS,
    _urllib3.ProxySchemeUnsupported: _BAD_ADDRESS,
    _urllib3.PoolError: _POOL,
    _urllib3.RequestError: _POOL,
    _urllib3.MaxRetryError: _BROKEN,
    _urllib3.HostChangedError: _POOL,
    _urllib3.EmptyPoolError: _POOL,
    _urllib3.FullPoolError: _POOL,
    _urllib3.ClosedPoolError: _POOL,
}

# Key: OpenSSL's name of the failure.
_TLS_ADVICE = {"WRONG_VERSION_NUMBER": "the server does not speak TLS there; does its address begin with http://?"}

CAUGHT = (_urllib3.HTTPError, _urllib3.ProxySchemeUnsupported, HTTPException, OSError)
"""What urllib3 may raise while it sends a request or reads an answer."""


def transport_error(error: BaseException, *, method: str, url: str, origin: str) -> TransportError:
    """Return our error for a failure of urllib3; its text names server and cause, no headers and no query.

    Args:
        error: What urllib3 raised.
        method: HTTP verb of the request.
        url: Path of the request.
        origin: The server, like ``https://xnat.example.org``.
    """
    failure = _failure(error)
    cause = _cause(error)
    told = f"{failure.told} ({origin}{': ' + cause if cause else ''})"
    return failure.kind(told, method=method, url=url, sent=failure.sent)


def is_dropped(error: BaseException) -> bool:
    """Return whether the server closed the connection before it answered anything."""
    inner = _inner(error)
    return isinstance(inner, RemoteDisconnected | ConnectionResetError | BrokenPipeError | ConnectionAbortedError)


def _failure(error: BaseException) -> Failure:
    inner = _inner(error)
    if isinstance(inner, ssl.SSLError):
        return FAILURES[_urllib3.SSLError]
    if isinstance(inner, IncompleteRead):
        return _SHORT
    if isinstance(inner, TimeoutError) and isinstance(error, _urllib3.ProtocolError):
        return _SLOW  # while sending: urllib3 names only those of connecting and reading
    return next((FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES), _BROKEN)


def _inner(error: BaseException) -> BaseException:
    found = error
    for _ in range(5):
        following = _next_inner(found)
        if following is None:
            break
        found = following
    return found


def _next_inner(error: BaseException) -> BaseException | None:
    candidates = (getattr(error, "original_error", None), getattr(error, "reason", None), *error.args, error.__cause__)
    return next((each for each in candidates if isinstance(each, BaseException)), None)


def _cause(error: BaseException) -> str:
    inner = _inner(error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"{inner.verify_message}; pass verify= the path of your CA file"
    if isinstance(inner, ssl.SSLError):
        reason = str(getattr(inner, "reason", None) or "")
        return _TLS_ADVICE.get(reason) or reason.replace("_", " ").lower()
    if isinstance(inner, RemoteDisconnected):
        return "closed without an answer"
    return (inner.strerror or "") if isinstance(inner, OSError) else ""
