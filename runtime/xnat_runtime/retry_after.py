"""How long a server asks to wait."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime


def seconds_to_wait(value: str, now: datetime.datetime | None = None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, None when it is none.

    Args:
        value: Seconds, or a date as HTTP writes it; a date that has passed is 0 seconds.
        now: The present time, with a time zone; the clock's when None.
    """
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - (now or datetime.datetime.now(datetime.UTC))).total_seconds())
