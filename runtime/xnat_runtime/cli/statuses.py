"""Exit statuses of the command line, and which error ends with which."""

from __future__ import annotations

from typing import Final

from .. import errors

FINE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
LOGIN: Final = 3
NETWORK: Final = 4
NOT_FOUND: Final = 5
PERMISSION: Final = 6
CANCELLED: Final = 7
CONFLICT: Final = 8
INCOMPLETE: Final = 9

MEANINGS: Final = {
    FINE: "done",
    FAILED: "the server or the work failed",
    USAGE: "the command cannot work as it was given",
    LOGIN: "not logged in, or the login was refused",
    NETWORK: "no answer from the server",
    NOT_FOUND: "there is no such thing, or it may not be seen",
    PERMISSION: "not allowed",
    CANCELLED: "stopped by Ctrl+C, or not confirmed",
    CONFLICT: "something is there already",
    INCOMPLETE: "done in part: some items failed, or a check found differences",
}

# The first that fits; a subclass stands before its base.
_BY_ERROR: Final[tuple[tuple[type[Exception], int], ...]] = (
    (errors.AuthenticationError, LOGIN),
    (errors.PermissionDeniedError, PERMISSION),
    (errors.NotFoundError, NOT_FOUND),
    (errors.KeyNotFoundError, NOT_FOUND),
    (errors.ConflictError, CONFLICT),
    (errors.TargetExistsError, CONFLICT),
    (errors.TransportError, NETWORK),
    (errors.ReadOnlyConnectionError, PERMISSION),
    (errors.MappingError, INCOMPLETE),
    (errors.UsageError, USAGE),
)


def status_of(error: BaseException) -> int:
    """Returns the exit status that stands for an error."""
    if isinstance(error, KeyboardInterrupt):
        return CANCELLED
    return next((status for kind, status in _BY_ERROR if isinstance(error, kind)), FAILED)
