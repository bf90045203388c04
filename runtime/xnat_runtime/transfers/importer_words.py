"""What an importer's refusals mean, most of them 400: some pass by waiting, most do not (dicom-import 57, 65, 78)."""

from __future__ import annotations

import re
from typing import Final

from ..errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyConnectionError,
    ReasonRequiredError,
    ResponseError,
)
from .retry import is_passing

_PASSING: Final = (
    "concurrent modification is discouraged",
    "session processing in progress",
    "session processing may already be in progress",
    "session document locked",
    "duplicate archive attempt",
)
"""Parts of texts, in lower case, that say that another request is at the same session."""

_BUSY_STATUSES: Final = frozenset({400, 409, 423})
_LOCKED: Final = 423
_VARYING: Final = re.compile(r"[\d.]{2,}|\d")

_ENDING: Final = (
    AuthenticationError, NotFoundError, PermissionDeniedError, ReadOnlyConnectionError, ReasonRequiredError
)  # fmt: skip


def is_busy(error: BaseException) -> bool:
    """Return whether the importer refused because another request is at the same session; it takes the file later."""
    if not isinstance(error, ResponseError) or error.status not in _BUSY_STATUSES:
        return False
    return error.status == _LOCKED or any(words in error.reason.lower() for words in _PASSING)


def may_pass(error: BaseException) -> bool:
    """Return whether a file may be taken when it is simply sent again."""
    return is_busy(error) or is_passing(error)


def ends_all(error: BaseException) -> bool:
    """Return whether an error is none of one file: no login, no right, no such service, no reason for changes."""
    return isinstance(error, _ENDING)


def likeness(error: BaseException, name: str) -> str:
    """Return what errors have in common that differ in a file's name and in numbers only.

    Args:
        error: The error.
        name: Path of the file that it is about.
    """
    status = error.status if isinstance(error, ResponseError) else 0
    text = error.reason if isinstance(error, ResponseError) else str(error)
    for known in (name, name.rpartition("/")[2]):
        text = text.replace(known, "*")
    return f"{type(error).__name__} {status} {_VARYING.sub('*', text)}"
