"""Codecs between XNAT's wire values and Python values, one for each simple type of the schemas.

A wire value is what a JSON answer holds: text, a number, a boolean or null. Servers are loose about it
(listings send every cell as text, items send numbers; rest-data 4.1 and 5), so decoding accepts every spelling
seen, and an empty text means "no value".
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

import attrs

from .errors import InvalidValueError
from .transport import JsonValue

__all__ = [
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "DURATION",
    "FLOAT",
    "INTEGER",
    "JSON",
    "TEXT",
    "TIME",
    "URI",
    "Codec",
    "Duration",
    "JsonValue",
]

T = TypeVar("T")


class Codec(Generic[T]):
    """Decodes a wire value to ``T`` and encodes ``T`` to the text that XNAT's XML and forms use.

    Attributes:
        name: The name users know the type by, such as ``date``; it appears in error messages.
        types: Python types that an assigned value must have.
    """

    __slots__ = ("_decode", "_encode", "name", "types")

    def __init__(
        self, name: str, types: tuple[type, ...], decode: Callable[[object], T], encode: Callable[[T], str]
    ) -> None:
        self.name = name
        self.types = types
        self._decode = decode
        self._encode = encode

    def decode(self, raw: object) -> T | None:
        """Returns the Python value of a wire value, None when there is none.

        Raises:
            ValueError: The wire value is not of this type; the text of the error does not repeat it.
        """
        if raw is None or raw == "":
            return None
        return self._decode(raw)

    def encode(self, value: T) -> str:
        """Returns the text that stands for the value in XML and forms."""
        return self._encode(value)

    def accepts(self, value: object) -> bool:
        """Whether a value may be assigned: booleans are no numbers, and a date-time is no date."""
        if isinstance(value, bool):
            return bool in self.types
        if isinstance(value, datetime.datetime):
            return datetime.datetime in self.types
        return isinstance(value, self.types)

    @property
    def wanted(self) -> str:
        """The type as messages name it, with the Python classes that a value may have: ``date-time (datetime)``."""
        return f"{self.name} ({' or '.join(kind.__name__ for kind in self.types)})"

    def __repr__(self) -> str:
        return f"<Codec {self.name}>"


def _require_one_sign(owner: Duration, _field: attrs.Attribute[float], seconds: float) -> None:
    if owner.months * seconds < 0:
        msg = "a duration has one sign: its months and seconds are both positive or both negative"
        raise InvalidValueError(msg)


@attrs.frozen
class Duration:
    """An ``xs:duration``: calendar months and seconds are kept apart, since a month has no fixed length.

    Attributes:
        months: Whole months, years included (12 each); negative for a negative duration.
        seconds: Seconds of the day and time part; negative for a negative duration.

    Raises:
        InvalidValueError: Months and seconds differ in their sign.
    """

    months: int = 0
    seconds: float = attrs.field(default=0.0, validator=_require_one_sign)

    @classmethod
    def from_timedelta(cls, delta: datetime.timedelta) -> Duration:
        """Returns the duration of a timedelta (days and seconds, no months)."""
        return cls(0, delta.total_seconds())

    def to_timedelta(self) -> datetime.timedelta:
        """Returns the duration as a timedelta.

        Raises:
            ValueError: The duration holds months or years.
        """
        if self.months:
            msg = "a duration with months or years has no fixed length: read .months and .seconds"
            raise ValueError(msg)
        return datetime.timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        sign = "-" if self.months < 0 or self.seconds < 0 else ""
        months, seconds = abs(self.months), abs(self.seconds)
        parts = [f"{months}M"] if months else []
        if seconds or not months:
            parts.append(f"T{seconds:.6f}".rstrip("0").rstrip(".") + "S")
        return f"{sign}P{''.join(parts)}"


_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d*)?)S)?)?"
)
_DATED: Final = re.compile(r"-?\d{4,}-")
_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z")
_TRUE: Final = frozenset({"true", "1", "yes", "t"})
_FALSE: Final = frozenset({"false", "0", "no", "f"})
_SPECIAL_FLOATS: Final = {"INF": "inf", "-INF": "-inf"}


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return json.dumps(raw) if isinstance(raw, (dict, list)) else str(raw)


def _integer(raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    number = float(_text(raw).strip())
    if not number.is_integer():
        msg = "not a whole number"
        raise ValueError(msg)
    return int(number) if abs(number) < 2**53 else int(_text(raw))


def _float(raw: object) -> float:
    text = _text(raw).strip()
    return float(_SPECIAL_FLOATS.get(text, text))


def _encode_float(value: float) -> str:
    """Writes no exponent, which ``xs:decimal`` does not allow."""
    text = repr(float(value))
    if "e" in text:
        from decimal import Decimal  # noqa: PLC0415 - few numbers are that large or small

        return f"{Decimal(text):f}"
    return {"inf": "INF", "-inf": "-INF", "nan": "NaN"}.get(text, text)


def _boolean(raw: object) -> bool:
    text = _text(raw).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    msg = "neither true nor false"
    raise ValueError(msg)


def _datetime(raw: object) -> datetime.datetime:
    return raw if isinstance(raw, datetime.datetime) else datetime.datetime.fromisoformat(_text(raw).strip())


def _date(raw: object) -> datetime.date:
    """Accepts a bare date, one with a zone, and a date with a time behind it (real-responses D4)."""
    if isinstance(raw, datetime.date):
        return raw.date() if isinstance(raw, datetime.datetime) else raw
    text = _text(raw).strip()
    plain = _ZONE.sub("", text)
    return datetime.date.fromisoformat(plain) if len(plain) <= 10 else _datetime(text).date()


def _time(raw: object) -> datetime.time:
    """Accepts a bare time, with or without fractions and zone, and a date-time (real-responses D12)."""
    if isinstance(raw, datetime.time):
        return raw
    text = _text(raw).strip()
    return _datetime(text).time() if _DATED.match(text) else datetime.time.fromisoformat(text)


def _duration(raw: object) -> Duration:
    if isinstance(raw, Duration):
        return raw
    match = _DURATION.fullmatch(_text(raw).strip())
    if match is None or not any(match[name] for name in ("years", "months", "days", "hours", "minutes", "seconds")):
        msg = "not a duration such as P1DT2H"
        raise ValueError(msg)
    sign = -1 if match["sign"] else 1
    months = int(match["years"] or 0) * 12 + int(match["months"] or 0)
    minutes = (int(match["days"] or 0) * 24 + int(match["hours"] or 0)) * 60 + int(match["minutes"] or 0)
    return Duration(sign * months, sign * (minutes * 60 + float(match["seconds"] or 0)))


def _json(raw: object) -> JsonValue:
    return cast("JsonValue", json.loads(raw) if isinstance(raw, str) else raw)


def _isoformat(value: datetime.date | datetime.time) -> str:
    return value.isoformat()


TEXT: Final = Codec[str]("text", (str,), _text, str)
URI: Final = Codec[str]("URI", (str,), _text, str)
INTEGER: Final = Codec[int]("integer", (int,), _integer, str)
FLOAT: Final = Codec[float]("number", (float, int), _float, _encode_float)
BOOLEAN: Final = Codec[bool]("boolean", (bool,), _boolean, lambda value: "true" if value else "false")
DATE: Final = Codec[datetime.date]("date", (datetime.date,), _date, _isoformat)
TIME: Final = Codec[datetime.time]("time", (datetime.time,), _time, _isoformat)
DATETIME: Final = Codec[datetime.datetime]("date-time", (datetime.datetime,), _datetime, _isoformat)
DURATION: Final = Codec[Duration]("duration", (Duration,), _duration, str)
JSON: Final = Codec[JsonValue]("JSON", (dict, list, str, int, float, bool), _json, json.dumps)
