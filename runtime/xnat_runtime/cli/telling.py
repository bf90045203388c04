"""How logins are told to people."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from ..errors import XnatError

if TYPE_CHECKING:
    from ..session import BaseSession


def version_of(session: BaseSession) -> str:
    """Returns the version of the server, "" when it does not say: one request."""
    from ..server_info import server_info  # noqa: PLC0415 - few need it

    try:
        return server_info(session).version.text
    except XnatError:
        return ""


def idle_minutes(session: BaseSession) -> int | None:
    """Returns the minutes after which the server ends a session that is idle, None when it does not say."""
    found = session.session_expiration_time
    return round(found[1] / 60) if found is not None else None


def moment(text: str) -> str:
    """Returns a moment as people read it, in the time of this machine: ``2026-11-25 14:03``.

    Args:
        text: As ISO 8601 writes it.
    """
    return datetime.datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
