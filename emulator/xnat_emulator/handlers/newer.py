"""How the newer API refuses: its errors are short texts, not the status pages of the classic one."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus

from ..call import Call, Reply, text_reply
from ..errors import DEFAULT_TEXTS, StatusError
from ..permissions import is_administrator
from ..routing import Handler


def newer(handler: Handler) -> Handler:
    """Return a handler whose refusals have text bodies (schema-and-search section 5); 401 and 403 have none."""

    @wraps(handler)
    def answer(call: Call) -> Reply:
        try:
            return handler(call)
        except StatusError as refusal:
            if refusal.status == HTTPStatus.NOT_IMPLEMENTED:
                raise
            said = "" if refusal.message == DEFAULT_TEXTS.get(refusal.status) else refusal.message
            return text_reply("" if refusal.status in {401, 403} else said, refusal.status)

    return answer


def require_administrator(call: Call) -> None:
    """Refuse who is no administrator.

    Raises:
        StatusError: 403.
    """
    if not is_administrator(call):
        raise StatusError(403)


def require_line(call: Call, *unknown: str) -> None:
    """Refuse what the release line of the site does not have.

    Raises:
        StatusError: 404, the line is one of the named ones.
    """
    if call.site.mode.version in unknown:
        raise StatusError(404)
