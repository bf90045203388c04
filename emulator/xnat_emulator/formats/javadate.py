"""Dates as Java writes them: epoch milliseconds, or text by a pattern such as ``yyyy-MM-dd HH:mm``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TOKEN = re.compile(r"'[^']*'|([A-Za-z])\1*|[^A-Za-z']+")
_SHORT = 3
_NAMES = {"M": ("%b", "%B"), "E": ("%a", "%A"), "a": ("%p", "%p"), "z": ("UTC", "UTC"), "Z": ("+0000", "+0000")}


def format_date(moment: str, pattern: str | None) -> int | str:
    """Return an ISO moment in UTC as epoch milliseconds, as text when a pattern is given."""
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    if pattern is None:
        return int(when.timestamp() * 1000)
    return "".join(_part(when, found[0]) for found in _TOKEN.finditer(pattern))


def _part(when: datetime, letters: str) -> str:
    """Return one run of equal letters of a pattern; what is no letter stands for itself."""
    if letters.startswith("'"):
        return letters[1:-1] or "'"
    letter, width = letters[0], len(letters)
    numbers = _numbers(when)
    if letter in numbers and not (letter == "M" and width >= _SHORT):
        text = str(numbers[letter]).zfill(width)
        return text[-2:] if letters == "yy" else text
    if letter not in _NAMES:
        return letters
    short, long = _NAMES[letter]
    return when.strftime(long if width > _SHORT else short)


def _numbers(when: datetime) -> dict[str, int]:
    clock = {"H": when.hour, "h": when.hour % 12 or 12, "m": when.minute, "s": when.second}
    return {"y": when.year, "M": when.month, "d": when.day, "S": when.microsecond // 1000, **clock}
