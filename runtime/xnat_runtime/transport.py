"""The seam between this package and the network: a request goes in, a response comes out."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, TypeAlias, runtime_checkable

import attrs

from . import html as _html
from .errors import (
    InvalidValueError,
    LoginPageError,
    ResponseError,
    UnexpectedAnswerError,
    UsageError,
)
from .redaction import public_path
from .redirects import is_to_login_page, redirect_reason, response_error
from .retry_after import seconds_to_wait
from .timeouts import Timeouts, TimeoutSpec, as_timeouts

if TYPE_CHECKING:
    from .pool import PoolTransport

__all__ = [
    "MIB",
    "Body",
    "Headers",
    "JsonValue",
    "PoolTransport",
    "Request",
    "RequestBody",
    "Response",
    "Send",
    "TimeoutSpec",
    "Timeouts",
    "Transport",
    "as_timeouts",
    "checked",
]

MIB = 1_048_576
"""Bytes read or sent at a time."""

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""Anything that JSON can say."""

RequestBody: TypeAlias = bytes | BinaryIO | Iterable[bytes] | None


def _require_path(_owner: object, _field: attrs.Attribute[str], value: str) -> None:
    if not value.startswith("/") or value.startswith("//") or not value.isascii() or set(value) & set("?# \\"):
        msg = f"A request needs an encoded path like /data/projects/a%20b, not {public_path(value)!r}."
        raise InvalidValueError(msg)


@attrs.frozen(repr=False, eq=False)
class Request:
    """One request to the server.

    Attributes:
        method: HTTP verb in upper case.
        path: Path without the server's context path, encoded once (`xnat_runtime.paths`).
        query: Name and value pairs; the transport encodes them. Values of fields belong in the body.
        headers: Further headers.
        body: Bytes, a binary stream or pieces. An iterable that can be iterated again can be sent again.
        length: Bytes that a stream or iterable gives; without it the body is sent in chunks.
        timeout: Replaces the transport's timeouts for this request.
        peeks: Whether little of the answer is going to be read: then little of it runs ahead on the network, which is
            slow for whoever reads on.
    """

    method: str
    path: str = attrs.field(validator=_require_path)
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: RequestBody = None
    length: int | None = None
    timeout: Timeouts | None = None
    peeks: bool = False

    def __repr__(self) -> str:
        return f"<Request {self.method} {public_path(self.path)}>"


class Headers(Mapping[str, str]):
    """The headers of an answer, found under any case; its repr shows no values."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            known = self._values.get(name.lower())
            self._values[name.lower()] = value if known is None else f"{known}, {value}"

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


class Body(Protocol):
    """The bytes of an answer while they arrive."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        ...

    def close(self) -> None:
        """Give the connection back, or drop it when not all was read."""
        ...


@runtime_checkable
class AbortableBody(Body, Protocol):
    """A body whose reading can be ended from another thread."""

    def abort(self) -> None:
        """Wake who waits for further bytes, with an error."""
        ...


class Response:
    """An answer of the server, read already or still arriving.

    Attributes:
        method: HTTP verb of the request.
        url: Path of the request, without query.
        status: HTTP status code.
        headers: Headers of the answer; cookies are not among them.
        cookies: Cookies that this answer set, by name.
    """

    def __init__(
        self,
        *,
        method: str,
        url: str,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes | Body = b"",
        cookies: Mapping[str, str] | None = None,
    ) -> None:
        self.method = method
        self.url = public_path(url)
        self.status = status
        self.headers = Headers(pair for pair in (headers or {}).items() if pair[0].lower() != "set-cookie")
        self.cookies: Mapping[str, str] = dict(cookies or {})
        self._body: Body = io.BytesIO(body) if isinstance(body, bytes) else body
        self._content: bytes | None = body if isinstance(body, bytes) else None
        self._ahead = b""
        self._started = False

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.method} {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def status_code(self) -> int:
        """The HTTP status code, under the name that other libraries use."""
        return self.status

    @property
    def ok(self) -> bool:
        """Whether the status is a success (2xx)."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; "" when none was sent."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The character set that the server declared, else "utf-8"."""
        message = Message()
        message["Content-Type"] = self.headers.get("Content-Type", "")
        return message.get_content_charset("utf-8")

    @property
    def content(self) -> bytes:
        """The whole body; reads what has not arrived yet.

        Raises:
            UsageError: Part of the body was read by `read` or `iter_content` before.
        """
        if self._content is None:
            if self._started:
                msg = "This answer was read as a stream already; its content is not kept."
                raise UsageError(msg)
            self._content = b"".join(self.iter_content())
            self._started = False
        return self._content

    @property
    def text(self) -> str:
        """The body as text in the declared character set; bytes that do not fit are replaced."""
        try:
            return self.content.decode(self.charset, errors="replace")
        except LookupError:
            return self.content.decode("utf-8", errors="replace")

    def json(self) -> JsonValue:
        """Return the body as JSON.

        Raises:
            LoginPageError: The body is an HTML page.
            UnexpectedAnswerError: The body is not JSON; names method and path, never the content.
        """
        self.raise_for_login_page()
        try:
            parsed: JsonValue = json.loads(self.content.decode(self.charset))
        except (ValueError, LookupError, RecursionError):
            if not self.content:
                msg = "the answer is empty, which XNAT sends to an account that may not see this"
                raise UnexpectedAnswerError(msg, method=self.method, url=self.url) from None
            msg = f"the answer is not JSON ({len(self.content)} bytes, {self.content_type or 'no content type'})"
            raise UnexpectedAnswerError(msg, method=self.method, url=self.url) from None
        return parsed

    def read(self, size: int = MIB) -> bytes:
        """Return the next bytes of the body, at most `size`, b"" at the end."""
        if self._content is not None and not self._started:
            self._body = io.BytesIO(self._content)
        self._started = True
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._body.read(size)

    def peek(self, size: int = _html.SNIFF_BYTES) -> bytes:
        """Return the first bytes not read yet, up to `size`, and leave them to be read."""
        if self._content is not None and not self._started:
            return self._content[:size]
        while len(self._ahead) < size and (piece := self._body.read(size - len(self._ahead))):
            self._ahead += piece
        return self._ahead[:size]

    def iter_content(self, chunk_size: int = MIB) -> Iterator[bytes]:
        """Yield the body in pieces of at most `chunk_size` bytes and close at the end.

        Raises:
            ConnectionFailedError: The connection broke before the end.
            RequestTimeoutError: The next piece did not arrive in time.
        """
        if self._content is not None and not self._started:
            yield from (self._content[at : at + chunk_size] for at in range(0, len(self._content), chunk_size))
            return
        try:
            while piece := self.read(chunk_size):
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back to the pool; drops it when the body was not read to its end."""
        if self._content is None:
            self._body.close()

    def abort(self) -> None:
        """End the reading of the body, from any thread: who waits for bytes gets a ConnectionFailedError at once.

        The answer is still to be closed, by who reads it.
        """
        if self._content is None and isinstance(self._body, AbortableBody):
            self._body.abort()

    def reason(self) -> str:
        """Return the server's own words from the body of an error answer, as one line of plain text."""
        told = redirect_reason(self.status, self.headers.get("Location", ""))
        return told or _html.reason(self._head(), self.charset)

    def error(self) -> ResponseError:
        """Return the error that the status stands for, and close the answer."""
        try:
            location = self.headers.get("Location", "")
            error = response_error(self.method, self.url, self.status, location, self.reason())
            error.wait_for(seconds_to_wait(self.headers.get("Retry-After", "")))
            return error
        finally:
            self.close()

    def raise_for_status(self) -> Response:
        """Return this answer, or raise the error that its status stands for.

        Raises:
            ResponseError: The status is not 2xx.
        """
        if self.ok:
            return self
        raise self.error()

    def raise_for_login_page(self, *, html: bool = False) -> Response:
        """Return this answer, or raise when it is a login page with a success status (rest-data 2.5.3).

        Args:
            html: Whether an HTML answer is expected; then only pages with a login form are refused.

        Raises:
            LoginPageError: The server sent a page instead of data.
        """
        if self.ok and _html.may_be_page(self.content_type) and _html.is_login_page(self._head(), html=html):
            self.close()
            raise LoginPageError(self.method, self.url, self.status)
        return self

    def is_refused_login(self) -> bool:
        """Return whether this says that nobody is logged in: 401, or the login page in place of data (rest-data 2.5.3).

        The resources were not reached then, so nothing was done.
        """
        if self.status == 401 or is_to_login_page(self.status, self.headers.get("Location", "")):
            return True
        return self.ok and "html" in self.content_type and _html.is_login_page(self._head(), html=True)

    def _head(self) -> bytes:
        return self._content[: _html.SNIFF_BYTES] if self._content is not None else self.peek()


class Send(Protocol):
    """What sends a request for a caller: a transport's `send`, or one with login and checks around it."""

    def __call__(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer; with `stream`, its body is still to be read."""
        ...


class Transport(Protocol):
    """Carries requests to one server."""

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer, whatever its status.

        Args:
            request: What to send.
            stream: Leave the body to be read by the caller, who closes the response.

        Raises:
            TransportError: No answer was received.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def checked(response: Response, *, html: bool = False) -> Response:
    """Return an answer that is a success and no login page.

    Args:
        response: Read or streaming; of a streaming one only the first bytes are looked at.
        html: Whether an HTML answer is expected.

    Raises:
        ResponseError: The status is not 2xx, or the answer is a login page.
    """
    return response.raise_for_status().raise_for_login_page(html=html)


def __getattr__(name: str) -> object:
    # PoolTransport brings urllib3 (100 ms): only those who connect pay for it.
    if name == "PoolTransport":
        from .pool import PoolTransport  # noqa: PLC0415 - see above

        return PoolTransport
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
