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
│   │   │   └── CredentialsExpiredError  the password is too old
│   │   │       └── TokenExpiredError    an alias token that has ended
│   │   ├── LoginPageError      a login page, answered with status 200
│   │   │   └── IdentityProviderError    sent to another site to log in
│   │   └── SessionExpiredError the login has ended and cannot be renewed
│   ├── PermissionDeniedError   403
│   ├── NotFoundError           404; also what may not be seen
│   │   └── PluginMissingError  the path belongs to a plugin that the server does not have
│   ├── ConflictError           409; also files that exist already
│   ├── BadRequestError         400, 417, 422
│   ├── ReasonRequiredError     the site wants a reason for changes
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
│   ├── OfflineError
│   ├── ReadOnlyConnectionError
│   ├── ReadOnlyFieldError
│   ├── ResultCountError        also ValueError
│   └── TargetExistsError       also FileExistsError
├── OperationError              work that goes on after the server's answer
│   ├── MappingError            a function failed for some of many items
│   ├── OperationFailedError    it ended badly
│   └── WaitTimeoutError        it has not ended yet; also TimeoutError
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

from collections.abc import Sequence
from http import HTTPStatus

from .errors_root import *  # noqa: F403 - with the star, the name is one of this module for type checkers too
from .errors_root import XnatError
from .errors_transfer import *  # noqa: F403 - as above
from .redaction import public_path


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
        retry_after: Seconds that the server asks to wait before another attempt (``Retry-After``), None when it does
            not ask.
    """

    advice = ""
    retry_after: float | None = None

    def __init__(self, method: str, url: str, status: int, reason: str = "") -> None:
        self.method = method
        self.url = public_path(url)
        self.status = status
        self.reason = reason
        super().__init__(self._describe())

    def wait_for(self, seconds: float | None) -> None:
        """Take note of the seconds that the server asks to wait, None when it does not; the message names them."""
        self.retry_after = seconds
        if seconds is not None:
            self.message = f"{self._describe()}. The server asks to wait {seconds:g} seconds before the next attempt"
            self.args = (self.message,)

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


class CredentialsExpiredError(LoginFailedError):
    """The login was refused because the password is too old."""

    advice = "Log in to the web interface and choose a new password"


class TokenExpiredError(CredentialsExpiredError):
    """The login with an alias token was refused: it is unknown, was invalidated, or has expired."""

    advice = "Issue a new alias token; the server's default is that one lives for two days"


class LoginPageError(AuthenticationError):
    """The server sent an HTML page with a success status where data was expected: its login page."""

    advice = "The server sent an HTML page (its login page) instead of data; log in again"


class IdentityProviderError(LoginPageError):
    """The site sends people to another site to log in, where a program cannot follow."""

    advice = (
        "The site logs people in through an identity provider. Log in to its web interface, create an alias token "
        "under 'Manage Alias Tokens', and pass its alias and secret as user and password"
    )


class SessionExpiredError(AuthenticationError):
    """The login has ended and this connection cannot log in again by itself, or not for this request."""

    advice = "Log in again with connect()"


class PermissionDeniedError(ResponseError):
    """403: visible, but this action is not allowed."""


class NotFoundError(ResponseError):
    """404: not there, or not visible for this account (the server does not tell which)."""


class PluginMissingError(NotFoundError):
    """The path belongs to a plugin that the server does not have.

    Attributes:
        plugin: ID of the plugin, such as ``containers``.
    """

    advice = "The server does not have the plugin"

    def __init__(
        self, method: str, url: str, status: int, reason: str = "", *, plugin: str = "", name: str = ""
    ) -> None:
        self.plugin = plugin
        if plugin:
            self.advice = (
                f"The server does not have the {name or plugin} plugin ({plugin!r}); connection.plugins are those that "
                "it has, and its administrators can install more"
            )
        super().__init__(method, url, status, reason)


class ConflictError(ResponseError):
    """409: label, name or file is taken.

    Attributes:
        duplicates: Names of the files that exist already (rest-data 10.4.5); () for other conflicts.
    """

    def __init__(self, method: str, url: str, status: int, reason: str = "", *, duplicates: Sequence[str] = ()) -> None:
        self.duplicates = tuple(duplicates)
        super().__init__(method, url, status, reason)

    def _describe(self) -> str:
        # The status of such an answer is one of success, which would only puzzle.
        return self.reason.rstrip(".") if self.duplicates else super()._describe()


class BadRequestError(ResponseError):
    """400, 417 or 422: the server refused what was sent."""


class ReasonRequiredError(ResponseError):
    """The site wants a reason for every change, and this one had none (rest-data 1.8)."""

    advice = 'Give one: with session.reason("..."), or connect(..., event_reason="...")'


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


class ResultCountError(UsageError, ValueError):
    """A query has another number of results than the one that was asked for.

    Attributes:
        count: How many it has.
    """

    def __init__(self, message: str, *, count: int = 0) -> None:
        self.count = count
        super().__init__(message)


class ForeignUrlError(UsageError):
    """A URL that belongs to another server than the one connected to."""


class OfflineError(UsageError):
    """Something that only a server knows or does, asked of a connection that reads a downloaded folder."""


class ReadOnlyConnectionError(UsageError):
    """A request that would change something, on a read-only connection; it was not sent."""


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


# What XNAT says, with 403 on deletes and 500 on most other writes.
_NO_REASON = "Justification required"

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
    if status >= 400 and reason.startswith(_NO_REASON):
        return ReasonRequiredError(method, url, status, reason)
    kind = ServerError if 500 <= status <= 599 else _BY_STATUS.get(status, UnexpectedStatusError)
    return kind(method, url, status, reason)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
