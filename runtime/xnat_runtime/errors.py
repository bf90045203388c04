"""The errors that this package raises.

```
XnatError
├── TransportError              no answer was received
│   ├── ConnectionFailedError   refused, dropped, name not found, proxy
│   ├── RequestTimeoutError     connecting or reading took too long
│   └── TlsError                certificate or handshake
├── ResponseError               the server answered with an error
│   ├── AuthenticationError     401
│   │   ├── LoginFailedError    the login itself was refused
│   │   └── LoginPageError      a login page, answered with status 200
│   ├── PermissionDeniedError   403
│   ├── NotFoundError           404; also what may not be seen
│   ├── ConflictError           409; also files that exist already
│   ├── BadRequestError         400, 417, 422
│   ├── ServerError             5xx
│   └── UnexpectedStatusError   any other status
├── DataError                   an answer that cannot be used
│   ├── DecodeError
│   ├── MissingValueError       also LookupError
│   ├── FieldNotOnServerError
│   └── UnexpectedAnswerError
├── UsageError                  a call that cannot work
│   ├── InvalidValueError       also ValueError
│   ├── AmbiguousKeyError       also LookupError
│   ├── KeyNotFoundError        also KeyError
│   ├── ForeignUrlError
│   ├── ReadOnlyFieldError
│   └── TargetExistsError       also FileExistsError
└── TransferError               bytes on their way
    ├── IncompleteTransferError
    ├── DigestMismatchError
    ├── UnsafeNameError
    └── CorruptArchiveError
```

Every error can be pickled. None of them holds a password, a token, a session id, a query value or a field's value:
URLs are reduced to their path when an error is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar

_ORIGIN = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_SESSION_ID = re.compile(r";[^/]*")
_TOKEN = re.compile(r"(?i)(/services/tokens/(?:validate|invalidate)/).+")

ErrorT = TypeVar("ErrorT", bound="XnatError")


def public_path(url: str) -> str:
    """Return the path of a URL, fit for messages and logs.

    Left out are scheme, host, user, query, fragment, path parameters (``;jsessionid=``) and the token and secret of
    ``/data/services/tokens/validate/...`` (rest-data 2.8).

    Args:
        url: A full URL or a path.
    """
    path = re.split(r"[?#]", _ORIGIN.sub("", url), maxsplit=1)[0]
    return _TOKEN.sub(r"\1***", _SESSION_ID.sub("", path))


def _rebuild(kind: type[ErrorT], args: tuple[object, ...], state: dict[str, object]) -> ErrorT:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class XnatError(Exception):
    """The root of every error of this package.

    Attributes:
        message: What went wrong and, where there is one, the way out.
    """

    message: str

    def __init__(self, message: str) -> None:
        # Not super(): the second base of some subclasses (OSError, KeyError) reads meaning into its arguments.
        Exception.__init__(self, message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Subclasses have other signatures than Exception's default pickling expects.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


class TransportError(XnatError):
    """No usable answer was received; whether the server did the work is unknown.

    Attributes:
        method: HTTP verb, or "".
        url: Path of the request, or "".
        sent: Whether the server may have received the request; False when no connection came to be.
    """

    def __init__(self, message: str, *, method: str = "", url: str = "", sent: bool = True) -> None:
        self.method = method
        self.url = public_path(url)
        self.sent = sent
        super().__init__(f"{method} {self.url}: {message}" if method else message)


class ConnectionFailedError(TransportError):
    """The server could not be reached, or the connection broke."""


class RequestTimeoutError(TransportError):
    """Connecting, sending or reading took longer than the timeout."""


class TlsError(TransportError):
    """The certificate was not accepted or the TLS handshake failed."""


class ResponseError(XnatError):
    """The server answered, and the answer is an error.

    Attributes:
        method: HTTP verb.
        url: Path of the request.
        status: HTTP status code.
        reason: The server's own reason as one line of plain text, or "".
    """

    advice = ""

    def __init__(self, method: str, url: str, status: int, reason: str = "") -> None:
        self.method = method
        self.url = public_path(url)
        self.status = status
        self.reason = reason
        super().__init__(self._describe())

    def _describe(self) -> str:
        told = f"{self.method} {self.url}: {self.status} {_phrase(self.status)}".rstrip()
        parts = [told, *(part for part in (self.reason, self.advice) if part)]
        return ". ".join(part.rstrip(".") for part in parts)


class AuthenticationError(ResponseError):
    """401: not logged in, or the login is no longer valid."""

    advice = "Log in with connect(), user and password; once more when a login has ended, as idle ones do"


class LoginFailedError(AuthenticationError):
    """The login was refused; it is not tried again, so that no account is locked."""

    advice = "Check user name and password"


class LoginPageError(AuthenticationError):
    """The server sent an HTML page with a success status where data was expected: its login page."""

    advice = "The server sent an HTML page (its login page) instead of data; log in again"


class PermissionDeniedError(ResponseError):
    """403: visible, but this action is not allowed."""


class NotFoundError(ResponseError):
    """404: not there, or not visible for this account (the server does not tell which)."""


class ConflictError(ResponseError):
    """409: label, name or file is taken.

    Attributes:
        duplicates: Names of the files that exist already (rest-data 10.4.5); () for other conflicts.
    """

    def __init__(self, method: str, url: str, status: int, reason: str = "", *, duplicates: Sequence[str] = ()) -> None:
        self.duplicates = tuple(duplicates)
        super().__init__(method, url, status, reason)


class BadRequestError(ResponseError):
    """400, 417 or 422: the server refused what was sent."""


class ServerError(ResponseError):
    """5xx: the server failed."""


class UnexpectedStatusError(ResponseError):
    """A status that no other class stands for."""


class DataError(XnatError):
    """An answer that was received but cannot be used."""


class DecodeError(DataError):
    """A value or file could not be read as what it should be."""


class MissingValueError(DataError, LookupError):
    """A value that every such object has is not in the answer."""


class FieldNotOnServerError(DataError):
    """The server does not know this field.

    Attributes:
        field: The field's path, or "".
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class UnexpectedAnswerError(DataError):
    """An answer of another shape than this request gives.

    Attributes:
        method: HTTP verb, or "".
        url: Path of the request, or "".
    """

    def __init__(self, message: str, *, method: str = "", url: str = "") -> None:
        self.method = method
        self.url = public_path(url)
        super().__init__(f"{method} {self.url}: {message}" if method else message)


class UsageError(XnatError):
    """A call that cannot work as it was made."""


class InvalidValueError(UsageError, ValueError):
    """An argument or assigned value is not allowed."""


class AmbiguousKeyError(UsageError, LookupError):
    """A key fits more than one object.

    Attributes:
        candidates: IDs of the objects that fit.
    """

    def __init__(self, message: str, *, candidates: Sequence[str] = ()) -> None:
        self.candidates = tuple(candidates)
        super().__init__(message)


class KeyNotFoundError(UsageError, KeyError):
    """A key fits no object."""


class ForeignUrlError(UsageError):
    """A URL that belongs to another server than the one connected to."""


class ReadOnlyFieldError(UsageError):
    """A field that cannot be assigned."""


class TargetExistsError(UsageError, FileExistsError):
    """A download would replace a file and was not told to.

    Attributes:
        path: The file that exists.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(message)


class TransferError(XnatError):
    """A transfer of bytes that did not come out right; no file is left under its final name."""


class IncompleteTransferError(TransferError):
    """Fewer or more bytes than announced.

    Attributes:
        expected: Bytes announced, or None.
        received: Bytes that came.
    """

    def __init__(self, message: str, *, expected: int | None = None, received: int = 0) -> None:
        self.expected = expected
        self.received = received
        super().__init__(message)


class DigestMismatchError(TransferError):
    """The bytes received have another MD5 than the server's catalog says.

    Attributes:
        expected: MD5 of the catalog, lower-case hex.
        actual: MD5 of the bytes, lower-case hex.
    """

    def __init__(self, message: str, *, expected: str = "", actual: str = "") -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(message)


class UnsafeNameError(TransferError):
    """A name chosen by the server that would be written outside its folder, or cannot be a file's name.

    Attributes:
        name: The name as the server sent it.
    """

    def __init__(self, message: str, *, name: str = "") -> None:
        self.name = name
        super().__init__(message)


class CorruptArchiveError(TransferError):
    """An archive that is cut off, damaged or of a kind that cannot be unpacked."""


_BY_STATUS: dict[int, type[ResponseError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    417: BadRequestError,
    422: BadRequestError,
}


def error_for(method: str, url: str, status: int, reason: str = "") -> ResponseError:
    """Return the error that stands for an answer's status.

    Args:
        method: HTTP verb of the request.
        url: URL or path of the request; only the path is kept.
        status: HTTP status code of the answer.
        reason: The server's reason as plain text.
    """
    kind = ServerError if 500 <= status <= 599 else _BY_STATUS.get(status, UnexpectedStatusError)
    return kind(method, url, status, reason)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
