"""Paths on the server: encoded exactly once, and never on another server than ours."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import attrs

from .errors import ForeignUrlError, InvalidValueError

DEFAULT_PORTS = {"http": 80, "https": 443}

# What RFC 3986 allows unescaped in a segment, less "+" (read as a blank by some decoders) and ";" (path parameters).
# XNAT looks file names up in their raw form (rest-data 10.3.7), so nothing is escaped that need not be.
_SEGMENT_SAFE = "!$&'()*,=:@"
_PATH_SAFE = _SEGMENT_SAFE + "/%;"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LOOPBACK = re.compile(r"\A127(?:\.\d{1,3}){3}\Z")
# Most paths of listings need no encoding, and listings hold many thousands of them.
_PLAIN_PATH = re.compile(r"\A/?[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?\Z")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")

# First segments of paths that the server sends without their /data (rest-data 10.3.3, 12.1).
_DATA_ROOTS = frozenset(
    {"projects", "subjects", "experiments", "prearchive", "services", "search", "config", "user", "users"}
)


class Target(NamedTuple):
    """A place on the server: what `xnat_runtime.transport.Request` takes.

    Attributes:
        path: Encoded path without the context path of the server.
        query: Decoded name and value pairs.
    """

    path: str
    query: tuple[tuple[str, str], ...]


@attrs.frozen
class Server:
    """The address of a server.

    Attributes:
        scheme: "http" or "https".
        host: Lower-case host name or address, IPv6 without brackets.
        port: Port number, never left open.
        context: Path below which the application lives, "" or like "/xnat".
    """

    scheme: str
    host: str
    port: int
    context: str = ""

    @property
    def authority(self) -> str:
        """Host and, where it is not the default, port: ``xnat.example.org:8443``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority: ``https://xnat.example.org``."""
        return f"{self.scheme}://{self.authority}"

    @property
    def is_loopback(self) -> bool:
        """Whether requests never leave this machine: localhost, 127.0.0.0/8 or ::1."""
        return self.host in {"localhost", "::1"} or _LOOPBACK.match(self.host) is not None

    @property
    def url(self) -> str:
        """Origin and context path, without a slash at the end."""
        return self.origin + self.context


def segment(text: str) -> str:
    """Return one path segment, percent-encoded once as UTF-8.

    Args:
        text: An ID, label or file name as people write it.

    Raises:
        InvalidValueError: The text is empty, "." or "..", which would change the path, or holds half a surrogate pair.
    """
    if text in {"", ".", ".."}:
        msg = f"{text!r} cannot be a name on the server: it would change the path. Use another label or ID."
        raise InvalidValueError(msg)
    return _quoted(text, _SEGMENT_SAFE)


def join(*names: str) -> str:
    """Return the path made of these names, each encoded by `segment`: ``join("data", "projects", "a b")``."""
    return "".join("/" + segment(name) for name in names)


def child(base: str, *names: str) -> str:
    """Return an encoded path with names below it, each encoded by `segment`."""
    return base.rstrip("/") + join(*names)


def encode_path(raw: str) -> str:
    """Return a raw path with each of its segments encoded.

    For file URIs of listings, which the server sends unencoded (rest-data 10.3.3), and for relative file paths. A
    leading or trailing slash is kept.

    Raises:
        InvalidValueError: A segment is "." or "..", or empty in the middle.
    """
    if _PLAIN_PATH.match(raw):
        return raw
    lead, core, tail = _split_slashes(raw)
    return lead + "/".join(segment(name) for name in core.split("/")) + tail if core else lead


def server(url: str) -> Server:
    """Return the address that a server URL names.

    Args:
        url: Like ``https://xnat.example.org`` or ``https://example.org:8443/xnat``.

    Raises:
        InvalidValueError: No http(s) URL, or one with a user, password, query or fragment.
    """
    parts = _parse(url.strip())
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        msg = "The server's address must begin with https:// or http:// and name a host, like https://xnat.example.org."
        raise InvalidValueError(msg)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        msg = "The server's address must not hold a user, password, query or fragment; pass user and password apart."
        raise InvalidValueError(msg)
    context = _refuse_dots(_tidy(parts.path)).rstrip("/")
    return Server(parts.scheme, parts.hostname, _port(parts), context)


def resolve(base: str | Server, uri: str) -> Target:
    """Return the place on the server that a URI names.

    Takes full URLs of the same origin and context path, and paths with or without context path. ``/REST/...``,
    ``/archive/...``, ``/data/archive/...`` and paths that lack ``/data`` come out as the same ``/data/...``
    (rest-data 1). Percent escapes are kept as they are, other illegal characters are encoded.

    Args:
        base: The server connected to.
        uri: A full or partial URI.

    Raises:
        ForeignUrlError: The URI belongs to another origin or context path, or carries a user name.
        InvalidValueError: The URI has "." or ".." segments, or is no URI.
    """
    own = base if isinstance(base, Server) else server(base)
    parts = _parse(uri.strip())
    path = _tidy(parts.path if parts.path.startswith("/") else "/" + parts.path)
    if parts.netloc or parts.scheme:
        _require_same_origin(own, parts)
        _require_context(own, path)
    inside = _without_context(own, _refuse_dots(path))
    return Target(_canonical(inside), tuple(parse_qsl(parts.query, keep_blank_values=True)))


def same_origin(first: Server, second: Server) -> bool:
    """Return whether two addresses share scheme, host and port."""
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)


def _quoted(text: str, safe: str) -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        msg = f"{text!r} holds half a surrogate pair, which cannot be sent. Remove that character."
        raise InvalidValueError(msg) from None


def _split_slashes(raw: str) -> tuple[str, str, str]:
    lead = "/" if raw.startswith("/") else ""
    core = raw[len(lead) :]
    tail = "/" if core.endswith("/") else ""
    return lead, core[: len(core) - len(tail)], tail


def _parse(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        msg = "This is not a URL: its host or port cannot be read."
        raise InvalidValueError(msg) from None
    if _CONTROL.search(parts.netloc) or port == 0:
        msg = "This is not a URL: its host or port holds characters that are not allowed."
        raise InvalidValueError(msg)
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def _tidy(path: str) -> str:
    return _quoted(_STRAY_PERCENT.sub("%25", path), _PATH_SAFE)


def _refuse_dots(path: str) -> str:
    # Decoded first: servers see through %2e%2e, and some take "\\" for "/".
    names = re.split(r"[/\\]", unquote(path))
    if any(name.split(";")[0] in {".", ".."} for name in names):
        msg = "A path with '.' or '..' segments is not followed; write the whole path."
        raise InvalidValueError(msg)
    return path


def _require_same_origin(own: Server, parts: SplitResult) -> None:
    scheme = parts.scheme or own.scheme
    port = parts.port or DEFAULT_PORTS.get(scheme, 0)
    other = (scheme, parts.hostname or "", port)
    if parts.username is not None or parts.password is not None:
        msg = f"A URL with a user name in it is refused; this connection is to {own.url}."
        raise ForeignUrlError(msg)
    if other != (own.scheme, own.host, own.port):
        msg = f"The URL belongs to {scheme}://{other[1]}:{port}, this connection is to {own.url}."
        raise ForeignUrlError(msg)


def _require_context(own: Server, path: str) -> None:
    if own.context and not f"{path}/".startswith(f"{own.context}/"):
        msg = f"The URL is not below {own.url}, where this server lives."
        raise ForeignUrlError(msg)


def _without_context(own: Server, path: str) -> str:
    if own.context and f"{path}/".startswith(f"{own.context}/"):
        return path[len(own.context) :] or "/"
    return path


def _canonical(path: str) -> str:
    path = "/" + path.lstrip("/")  # two slashes at the beginning would name another host
    head, _, rest = path[1:].partition("/")
    if head in {"data", "REST"}:
        return "/data/" + rest.removeprefix("archive/") if rest else "/data"
    if head == "archive" and rest:
        return f"/data/{rest}"
    return f"/data{path}" if head in _DATA_ROOTS else path
