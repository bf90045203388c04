"""Records: JSON objects and rows of listings with typed fields, for the low-level endpoints."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Generic, Protocol, Self, TypeVar, cast, overload

from .codec import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, TEXT, TIME, Codec
from .errors import DecodeError, MissingValueError
from .transport import JsonValue

__all__ = [
    "BOOLEAN",
    "CHOICE",
    "DATE",
    "DATETIME",
    "FLOAT",
    "INTEGER",
    "JSON",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "Decoder",
    "Given",
    "ListOf",
    "MapOf",
    "Maybe",
    "Record",
    "RecordOf",
    "given",
    "maybe",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="Record")

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Decoder(Protocol[T_co]):
    """Makes a value of what JSON holds: a `xnat_runtime.codec.Codec`, or a class of this module."""

    def decode(self, raw: object) -> T_co | None:
        """Return the value, None when there is none.

        Raises:
            ValueError: It is not of this type.
        """
        ...


def _moment(raw: object) -> datetime.datetime:
    number = INTEGER.decode(raw)
    return _EPOCH + datetime.timedelta(milliseconds=number or 0)


def _milliseconds(value: datetime.datetime) -> str:
    return str((value - _EPOCH) // datetime.timedelta(milliseconds=1))


TIMESTAMP: Final = Codec[datetime.datetime]("timestamp", (datetime.datetime,), _moment, _milliseconds)
"""Milliseconds since 1970, as the newer API sends moments; the value is aware, in UTC."""

# Any: the annotation of the field names the words; a word that it does not name is kept as text.
CHOICE: Final[Codec[Any]] = Codec[Any]("text", (str,), TEXT.decode, str)
"""One of several words."""


class _AsItCame:
    def decode(self, raw: object) -> JsonValue:
        # cast: records hold what JSON can say.
        return cast("JsonValue", raw)


JSON: Final[Decoder[JsonValue]] = _AsItCame()
"""Anything; unlike the codec of this name, a text stays a text."""


class ListOf(Generic[T]):
    """Decodes a JSON list."""

    def __init__(self, item: Decoder[T]) -> None:
        self._item = item

    def decode(self, raw: object) -> list[T] | None:
        """Returns the items; those that are null are left out.

        Raises:
            ValueError: It is no list, or an item is of another type.
        """
        if raw is None:
            return None
        if not isinstance(raw, list):
            msg = "no list"
            raise ValueError(msg)
        found = (self._item.decode(each) for each in cast("list[object]", raw))
        return [each for each in found if each is not None]


class MapOf(Generic[T]):
    """Decodes a JSON object all of whose values are of one type."""

    def __init__(self, item: Decoder[T]) -> None:
        self._item = item

    def decode(self, raw: object) -> dict[str, T] | None:
        """Returns the values by name; those that are null are left out.

        Raises:
            ValueError: It is no object, or a value is of another type.
        """
        if raw is None:
            return None
        found = ((name, self._item.decode(each)) for name, each in _object(raw).items())
        return {name: each for name, each in found if each is not None}


class RecordOf(Generic[R]):
    """Decodes a JSON object into a record."""

    def __init__(self, make: Callable[[], type[R]]) -> None:
        self._make = make

    def decode(self, raw: object) -> R | None:
        """Returns the record.

        Raises:
            ValueError: It is no object.
        """
        return None if raw is None else self._make()(_object(raw))


def _object(raw: object) -> dict[str, JsonValue]:
    if not isinstance(raw, dict):
        msg = "no object"
        raise ValueError(msg)
    return cast("dict[str, JsonValue]", raw)


class Record:
    """What a server sent, with typed fields for what is known of it.

    Fields read as None where the server sent none. ``record["name"]`` is any value under the server's own name, as it
    came, and ``record.data`` all of them. Two records are equal when they hold the same.

    Attributes:
        data: What the server sent.
    """

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, JsonValue]) -> None:
        self.data = data

    def __getitem__(self, name: str) -> JsonValue:
        return self.data[name]

    def __contains__(self, name: object) -> bool:
        return name in self.data

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, Record) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # what it holds can be changed

    def __repr__(self) -> str:
        # Values stay out: rows may be about patients.
        return f"<{type(self).__name__} with {', '.join(self.data) or 'nothing'}>"


class Maybe(Generic[T]):
    """A field that a server may leave out."""

    def __init__(self, name: str, decoder: Decoder[T]) -> None:
        self.name = name
        self._decoder = decoder

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> T | None: ...
    def __get__(self, record: Record | None, owner: type) -> Self | T | None:
        if record is None:
            return self
        return self._value(record)

    def _value(self, record: Record) -> T | None:
        try:
            return self._decoder.decode(record.data.get(self.name))
        except ValueError:
            # The value stays out of the message, and so does the decoder's, which repeats it: it may be a patient's.
            msg = f"{type(record).__name__}: what the server sent as {self.name!r} is of another type; see .data"
            raise DecodeError(msg) from None


class Given(Maybe[T]):
    """A field that servers always send."""

    @overload
    def __get__(self, record: None, owner: type) -> Self: ...
    @overload
    def __get__(self, record: Record, owner: type) -> T: ...
    def __get__(self, record: Record | None, owner: type) -> Self | T:
        if record is None:
            return self
        value = self._value(record)
        if value is None:
            msg = f"{type(record).__name__}: the server sent no {self.name!r}"
            raise MissingValueError(msg)
        return value


def maybe(name: str, decoder: Decoder[T]) -> Maybe[T]:
    """Returns a field that a server may leave out.

    Args:
        name: As the server spells it.
        decoder: How its values are read.
    """
    return Maybe(name, decoder)


def given(name: str, decoder: Decoder[T]) -> Given[T]:
    """Returns a field that servers always send; reading it raises MissingValueError where one did not."""
    return Given(name, decoder)
