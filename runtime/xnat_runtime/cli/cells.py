"""Values as text: for programs exactly, for people at a glance."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from ..sizes import size_text

__all__ = ["EMPTY", "SIZES", "Rank", "compared", "cropped", "fitted", "plain", "rank", "shown", "width"]

SIZES: Final = frozenset({"size", "file_size"})
"""Columns that hold bytes; tables for people show them as KiB and MiB."""

# Control characters: a label must not move the cursor, ring the bell or break a line of a table.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\Z")
_DIGITS: Final = re.compile(r"(\d+)")

# Any: numbers beside texts, which the number before them keeps apart
Rank = tuple[Any, ...]
EMPTY: Final[Rank] = (2,)
"""What no value ranks as: behind all others."""


def plain(value: object) -> str:
    """Returns a value as programs read it: "" for none, dates and times as ISO 8601, true and false in lower case."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)


def shown(name: str, value: object) -> str:
    """Returns a value as people read it in a column: sizes in KiB and MiB, moments to the minute, all on one line."""
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if name in SIZES and isinstance(value, int):
        return size_text(value)
    text = plain(value)
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def rank(value: object) -> Rank:
    """Returns what values sort by: numbers as numbers, digits in texts too (scan 2 before scan 10), empty ones last."""
    text = plain(value)
    if not text:
        return EMPTY
    # The text itself decides between T1 and t01, so that the order does not depend on the server's.
    return (0, float(text)) if _NUMBER.match(text) else (1, *_parts(text), (-1, 0, text))


def compared(value: object, limit: str) -> tuple[Rank, Rank]:
    """Returns what tells which of two values is more: numbers where both are, else their parts in turn.

    So that ``2020-05-14`` lies before ``2021``, and ``T1`` before ``T10``.
    """
    text = plain(value)
    if _NUMBER.match(text) and _NUMBER.match(limit):
        return (float(text),), (float(limit),)
    return tuple(_parts(text)), tuple(_parts(limit))


def _parts(text: str) -> Iterator[Rank]:
    for part in _DIGITS.split(text.casefold()):
        if part:
            yield (0, int(part), "") if part.isdecimal() else (1, 0, part)


def width(text: str) -> int:
    """Returns how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_sign_width(sign) for sign in text)


def _sign_width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def fitted(text: str, columns: int) -> str:
    """Returns a text in exactly so many columns of a terminal: filled up, or cut with an ellipsis."""
    cut = cropped(text, columns)
    return cut + " " * (columns - width(cut))


def cropped(text: str, columns: int) -> str:
    """Returns a text that takes so many columns at most, cut with an ellipsis where it is longer."""
    if width(text) <= columns:
        return text
    taken, used = "", 0
    for sign in text:
        used += _sign_width(sign)
        if used > columns - 1:
            break
        taken += sign
    return f"{taken}…"
