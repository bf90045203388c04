"""What every request passes on its way out: writes that are refused, and the reason that goes with the others."""

from __future__ import annotations

import attrs

from .errors import ReadOnlyConnectionError
from .transport import Request

_WRITES = frozenset({"POST", "PUT", "DELETE", "PATCH"})
# POSTs that ask, and what a connection needs for itself; a search document travels as a body (rest-data 15).
_NO_CHANGES = frozenset({"/data/search", "/data/JSESSION", "/data/services/auth"})
# GETs that change something: tokens are made and ended (rest-data 2.8).
_CHANGING_READS = ("/data/services/tokens/issue", "/data/services/tokens/invalidate")
_REASON = "event_reason"


def is_write(request: Request) -> bool:
    """Return whether a request may change something on the server."""
    return request.method in _WRITES and request.path.rstrip("/") not in _NO_CHANGES


def is_pure_read(request: Request) -> bool:
    """Return whether a request changes nothing on the server, so that it may be made again whatever became of it."""
    if request.method in {"GET", "HEAD"}:
        return not _changes(request)
    return request.method == "POST" and request.path.rstrip("/") == "/data/search"


def _changes(request: Request) -> bool:
    """Return whether a request that reads by its verb changes something all the same."""
    if request.path.startswith("/data/projects/") and "/protocols/" in request.path:
        return True  # a protocol is made where there is none (rest-data 18.2)
    return request.path.startswith(_CHANGING_READS)


def refuse_write(request: Request) -> None:
    """Let only reading requests pass.

    Raises:
        ReadOnlyConnectionError: The request may change something.
    """
    if is_write(request) or _changes(request):
        msg = (
            f"{request!r} was not sent, because this connection is read-only; connect without read_only=True "
            "(and without XNAT_READ_ONLY in the environment) to change something."
        )
        raise ReadOnlyConnectionError(msg)


def with_reason(request: Request, reason: str | None) -> Request:
    """Return a write with its ``event_reason``, as sites ask for that want changes justified (rest-data 1.8).

    Args:
        request: Any request; reads, and writes that bring a reason of their own, come back as they are.
        reason: The reason, None for none.
    """
    if not reason or not is_write(request) or not request.path.startswith("/data/"):
        return request
    if any(name == _REASON for name, _ in request.query):
        return request
    return attrs.evolve(request, query=(*request.query, (_REASON, reason)))
