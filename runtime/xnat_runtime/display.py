"""Descriptors of display fields: search terms on the class, on an object what its search has loaded."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, overload

from .codec import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, TEXT, TIME, Codec
from .errors import DecodeError, InvalidValueError, UsageError
from .query import DisplayField, ValueFields

if TYPE_CHECKING:
    from .item import Item

T = TypeVar("T")
_CODECS: Final[dict[type, Codec[Any]]] = {  # Any: one codec for each type
    bool: BOOLEAN,
    datetime.date: DATE,
    datetime.datetime: DATETIME,
    datetime.time: TIME,
    float: FLOAT,
    int: INTEGER,
    str: TEXT,
}


class Display(Generic[T]):
    """A display field (schema-and-search 3.1), such as ``MrSessionData.AGE``.

    On an object it reads as the value that the object's search loaded with ``view()``, ``T | None``.
    """

    def __init__(self, identifier: str, codec: Codec[T], path: str = "") -> None:
        """Keeps what the field is.

        Args:
            identifier: Its id, which is the Python name too.
            codec: Codec of its values.
            path: The schema path below the type that it shows as it stands, "" when it shows something else.
        """
        self.identifier = identifier
        self.codec = codec
        self.path = path
        self._term: DisplayField[T] | None = None

    def __set_name__(self, owner: type[Item], name: str) -> None:
        self._owner = owner

    def term(self) -> DisplayField[T]:
        """Returns the search term, always the same object; it belongs to the type that declares the field."""
        if self._term is None:
            self._term = DisplayField(self._owner.xsi_type, self.identifier, self.codec)
        return self._term

    @overload
    def __get__(self, item: None, owner: type[Item]) -> DisplayField[T]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> T | None: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> DisplayField[T] | T | None:
        term = self.term()
        if item is None:
            return term
        name = f"{type(item).__name__}.{self.identifier}"
        if term.xpath not in item.__xnat_row__:
            msg = f"{name} is worked out by searches: load it with session.query(...).view({name})"
            raise UsageError(msg)
        try:
            return self.codec.decode(item.__xnat_row__[term.xpath])
        except ValueError:
            msg = f"{name}: the server sent something that is no {self.codec.name}"
            raise DecodeError(msg) from None


class ValueDisplay(Generic[T]):
    """A display field that takes a value, such as ``MrSessionData.SCAN_COUNT_TYPE["T1"]``."""

    def __init__(self, identifier: str, codec: Codec[T]) -> None:
        """Keeps what the field is; see `Display`."""
        self.identifier = identifier
        self.codec = codec

    def __set_name__(self, owner: type[Item], name: str) -> None:
        self._owner = owner

    def __get__(self, item: object, owner: type[Item]) -> ValueFields[T]:
        return ValueFields(self._owner.xsi_type, self.identifier, self.codec)


def displays(item_class: type[Item]) -> dict[str, Display[object]]:
    """Returns the display fields that a type declares itself, by id."""
    return {name: found for name, found in vars(item_class).items() if isinstance(found, Display)}


def is_documented(item_class: type[Item]) -> bool:
    """Whether the type is known to have a display document, which searches for it need (schema-and-search 3.1)."""
    return any(isinstance(found, (Display, ValueDisplay)) for found in vars(item_class).values())


def display_field(item_class: type[Item], identifier: str, kind: type[T], *, value: str = "") -> DisplayField[T]:
    """Returns a display field that the package does not know: one of a plugin, or of a custom form.

    ``GET /data/search/elements/<type>`` lists those of a server.

    Args:
        item_class: The class that has the field.
        identifier: Its id, such as ``XNAT_SUBJECTDATA_CUSTOM-FORM_1B2C_WEIGHT``.
        kind: The Python type of its values: str, int, float, bool, or date, datetime, time.
        value: What the field is about, for those that take a value.

    Raises:
        InvalidValueError: There are no display fields of this Python type.
    """
    codec = _CODECS.get(kind)
    if codec is None:
        msg = f"display fields hold {', '.join(sorted(known.__name__ for known in _CODECS))}, not {kind.__name__}"
        raise InvalidValueError(msg)
    return DisplayField(item_class.xsi_type, identifier, cast("Codec[T]", codec), value)
