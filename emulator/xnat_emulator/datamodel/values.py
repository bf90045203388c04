"""Conversion between wire text and stored values, by schema type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import TypeAlias

from .schema import Field

Value: TypeAlias = str | int | float | bool
"""What a field holds: text, dates and times as ISO text, numbers, truth values."""

Cell: TypeAlias = Value | date | datetime | time | None
"""What a table shows of it."""

Row: TypeAlias = Mapping[str, Cell]
"""One row of a table: column key -> cell."""

CLEAR = "NULL"
"""The literal that clears a field (rest-data 7.1)."""

_INTEGERS = frozenset({"integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger"})
_REALS = frozenset({"float", "double", "decimal"})
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_AMERICAN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class ValueRefused(ValueError):  # noqa: N818 - the name says what happened to the value
    """A text does not fit the type or the length of its field."""


def convert(text: str, field: Field) -> Value:
    """Return the stored form of a wire text.

    Raises:
        ValueRefused: The text is not of the field's type or is too long; the message names the field, not the text.
    """
    try:
        value = _typed(text, field.datatype)
    except ValueError:
        raise ValueRefused(f"Invalid value for {field.path}: {field.datatype} expected") from None
    if field.max_length is not None and len(text) > field.max_length:
        raise ValueRefused(f"Value of {field.path} is longer than {field.max_length} characters")
    return value


def _typed(text: str, datatype: str) -> Value:
    if datatype in _INTEGERS:
        return int(text)
    if datatype in _REALS:
        return float(text)
    return _READERS.get(datatype, str)(text)


def _boolean(text: str) -> bool:
    if text.strip().lower() in {"true", "1"}:
        return True
    if text.strip().lower() in {"false", "0"}:
        return False
    raise ValueError(text)


def _date(text: str) -> str:
    american = _AMERICAN_DATE.fullmatch(text.strip())
    if american is not None:
        month, day, year = (int(part) for part in american.groups())
        return date(year, month, day).isoformat()
    if _ISO_DATE.fullmatch(text.strip()) is None:
        raise ValueError(text)
    return date.fromisoformat(text.strip()).isoformat()


def _time(text: str) -> str:
    return time.fromisoformat(text.strip()).isoformat()


def _moment(text: str) -> str:
    return datetime.fromisoformat(text.strip().removesuffix("Z")).isoformat()


_READERS: Mapping[str, Callable[[str], Value]] = {
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "dateTime": _moment,
}


def trim_fraction(moment: datetime) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss.S`` with 1 to 6 fractional digits, trailing zeros trimmed (D12)."""
    fraction = f"{moment.microsecond:06d}".rstrip("0") or "0"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{fraction}"


def to_json(value: Value, field: Field | None) -> str | int | float:
    """Return a value as item JSON shows it: numbers bare, truth values as text (rest-data 5.6, D13)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _json_number(value)
    if isinstance(value, str) and field is not None and field.datatype == "dateTime":
        return trim_fraction(datetime.fromisoformat(value))
    return value


def _json_number(value: float) -> int | float | str:
    if not math.isfinite(value):
        return _java_double(value)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _java_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def to_text(value: Value) -> str:
    """Return a value as tables and XML documents show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _java_double(value)
    return str(value)
