"""What a transport tells about each request: enough for a log, and nothing that is secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import attrs

from .redaction import public_path

if TYPE_CHECKING:
    from .transport import Request


@attrs.frozen
class Exchange:
    """One request and its answer.

    Attributes:
        method: HTTP verb.
        path: Path without query, tokens and session ids.
        status: HTTP status; None when there was no answer.
        milliseconds: From sending the request to the end of the answer.
        received: Bytes of the answer's body that were read.
        failure: Class of the error that ended it, "" for none.
    """

    method: str
    path: str
    status: int | None
    milliseconds: float
    received: int
    failure: str = ""


Watch: TypeAlias = Callable[[Exchange], None]
"""Told of each exchange when it has ended; called from any thread."""


class Stopwatch:
    """Measures one exchange and tells it once."""

    def __init__(self, watch: Watch | None, request: Request) -> None:
        self._watch = watch
        self._request = request
        self._started = time.monotonic()
        self._received = 0
        self._status: int | None = None
        self._failure = ""

    def answered(self, status: int) -> None:
        """Takes note of the status."""
        self._status = status

    def count(self, received: int) -> None:
        """Adds bytes that were read."""
        self._received += received

    def failed(self, error: BaseException) -> None:
        """Takes note of what broke it off, and tells."""
        self._failure = type(error).__name__
        self.ended()

    def ended(self) -> None:
        """Tells the exchange; a second call does nothing."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        spent = (time.monotonic() - self._started) * 1000
        path = public_path(self._request.path)
        watch(Exchange(self._request.method, path, self._status, round(spent, 1), self._received, self._failure))
