"""Filters of listings: the value grammar of rest-data 4.3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from .tables import Cell, cell_text

_NUMBER_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_DATE_RANGE = re.compile(r"(\d{1,2}/\d{1,2}/\d{4})-(\d{1,2}/\d{1,2}/\d{4})")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def matches(cells: Sequence[Cell], wanted: str) -> bool:
    """Tell whether one of an object's values meets a filter; a comma in the filter means or."""
    return any(_meets(cell, part) for part in wanted.split(",") for cell in cells)


def _meets(cell: Cell, wanted: str) -> bool:
    if cell is None:
        return False
    if "*" in wanted or "%" in wanted:
        return _like(cell_text(cell), wanted)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _meets_number(float(cell), wanted)
    if isinstance(cell, date):
        return _meets_date(cell.date() if isinstance(cell, datetime) else cell, wanted)
    return cell_text(cell) == wanted


def _like(text: str, wanted: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in re.split(r"[*%]", wanted))
    return re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _meets_number(number: float, wanted: str) -> bool:
    """Tell whether a number is meant; what holds a minus is taken for a range, negative numbers too."""
    if "-" in wanted:
        limits = _NUMBER_RANGE.fullmatch(wanted)
        return limits is not None and float(limits[1]) <= number <= float(limits[2])
    try:
        return number == float(wanted)
    except ValueError:
        return False


def _meets_date(day: date, wanted: str) -> bool:
    limits = _DATE_RANGE.fullmatch(wanted)
    if limits is not None:
        first, last = _day(limits[1]), _day(limits[2])
        return first is not None and last is not None and first <= day <= last
    return _day(wanted) == day


def _day(text: str) -> date | None:
    """Return a date written with slashes; ISO dates are taken for ranges by the server and match nothing."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    month, day, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None
