"""Reads made again when the connection breaks or the server is too busy for the moment; writes never are."""

from __future__ import annotations

import logging
import threading
from typing import Final

from .errors import ConnectionFailedError
from .lines import present_lines
from .outgoing import is_pure_read
from .redaction import public_path
from .renewal import rewinder
from .retry_after import seconds_to_wait
from .transfers.retry import PASSING_STATUSES, RetryPolicy
from .transport import Request, Response, Send

READS: Final = RetryPolicy(attempts=4, base=0.5, cap=8.0, budget=60.0, patience=60.0)
"""How often and how patiently a connection makes a read again unless told otherwise."""

_LOG = logging.getLogger("xnat_runtime.retry")
# A wait without end cannot be interrupted on Windows.
_LOOK_UP_SECONDS: Final = 0.2


class ReadRetries:
    """Sends requests; a read that met a broken connection, 429, 502, 503 or 504 is sent again after a pause.

    A read that took too long is not: it would take as long once more. Bodies that are left to be read are the business
    of who reads them.

    Attributes:
        policy: How often and how patiently.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self.policy = policy
        self._closed = threading.Event()

    def send(self, send: Send, request: Request, *, stream: bool = False) -> Response:
        """Return the answer of the first attempt that succeeds, else that of the last.

        Args:
            send: Sends a request once.
            request: Any request.
            stream: Whether the body is left to be read.

        Raises:
            TransportError: The last attempt had no answer.
        """
        if stream or not is_pure_read(request):
            return send(request, stream=stream)
        rewind = rewinder(request.body)
        failures, waited = 0, 0.0
        while True:
            outcome = _outcome(send, request)
            failures += 1
            pause = self._pause(outcome, failures, waited)
            if pause is None or not rewind():
                return _result(outcome)
            _LOG.info(
                "%s %s: %s; made again in %.1f s (attempt %d of %d)",
                request.method, public_path(request.path), _told(outcome), pause, failures + 1, self.policy.attempts,
            )  # fmt: skip
            if self._is_closed_within(pause):
                return _result(outcome)
            waited += pause

    def close(self) -> None:
        """End all pauses; nothing is made again from now on."""
        self._closed.set()

    def _pause(self, outcome: Response | ConnectionFailedError, failures: int, waited: float) -> float | None:
        if isinstance(outcome, ConnectionFailedError):
            return self.policy.pause(failures, waited, None)
        if outcome.status not in PASSING_STATUSES:
            return None
        return self.policy.pause(failures, waited, seconds_to_wait(outcome.headers.get("Retry-After", "")))

    def _is_closed_within(self, seconds: float) -> bool:
        lines, left = present_lines(), seconds
        while left > 0 and not self._closed.wait(min(left, _LOOK_UP_SECONDS)):
            if lines is not None and lines.is_cut:
                return True
            left -= _LOOK_UP_SECONDS
        return self._closed.is_set()


def _outcome(send: Send, request: Request) -> Response | ConnectionFailedError:
    try:
        return send(request)
    except ConnectionFailedError as error:
        return error


def _result(outcome: Response | ConnectionFailedError) -> Response:
    if isinstance(outcome, ConnectionFailedError):
        raise outcome
    return outcome


def _told(outcome: Response | ConnectionFailedError) -> str:
    return "the connection failed" if isinstance(outcome, ConnectionFailedError) else str(outcome.status)
