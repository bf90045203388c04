"""Search constraints as values: what ``SubjectData.label.like("B*")`` gives."""

from __future__ import annotations

import abc
import fnmatch
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

import attrs

from .codec import Codec
from .errors import InvalidValueError, MissingValueError

T = TypeVar("T")
V_co = TypeVar("V_co", covariant=True)


class Selectable(Protocol[V_co]):
    """What ``Query.select()`` takes: a field, with the type that its column has."""

    def cell(self, raw: object) -> V_co:
        """Returns the value of a cell as the server sent it."""
        ...


class Constraint(abc.ABC):
    """A condition on fields; combine several with ``&`` and ``|``, turn one round with ``~``.

    A constraint has no truth value: ``and`` and ``or`` would silently drop one side, so they raise.
    """

    __slots__ = ()

    def __and__(self, other: Constraint) -> Constraint:
        return AllOf((self, other))

    def __or__(self, other: Constraint) -> Constraint:
        return AnyOf((self, other))

    def __invert__(self) -> Constraint:
        return Negation(self)

    def __bool__(self) -> bool:
        msg = "a search constraint has no truth value: combine constraints with & and | and parentheses, not and/or"
        raise TypeError(msg)

    @abc.abstractmethod
    def fields(self) -> Iterator[QueryField[Any]]:  # Any: constraints on fields of every type stand side by side
        """Yields the fields that the constraint reads."""

    @abc.abstractmethod
    def holds(self, read: Callable[[QueryField[Any]], object]) -> bool:  # Any: as in fields()
        """Whether the constraint is true for the values that ``read`` returns (None when a field is empty)."""


@attrs.frozen(repr=False, eq=False)
class Comparison(Constraint):
    """One field compared with a value; its repr leaves the value out, since it may be a patient's."""

    field: QueryField[Any]  # Any: a constraint forgets the type once the operator has checked it
    operator: str
    value: object = None

    OPERATORS: ClassVar[dict[str, Callable[[Any, Any], bool]]] = {  # Any: both sides have the field's own type
        "=": lambda left, right: left is not None and left == right,
        "!=": lambda left, right: left != right,
        "<": lambda left, right: left is not None and left < right,
        "<=": lambda left, right: left is not None and left <= right,
        ">": lambda left, right: left is not None and left > right,
        ">=": lambda left, right: left is not None and left >= right,
        "LIKE": lambda left, right: left is not None and _matches_pattern(str(left), right),
        "STARTS WITH": lambda left, right: left is not None and str(left).lower().startswith(right.lower()),
        "CONTAINS": lambda left, right: left is not None and right.lower() in str(left).lower(),
        "IN": lambda left, right: left in right,
        "BETWEEN": lambda left, right: left is not None and right[0] <= left <= right[1],
        "IS NULL": lambda left, _right: left is None,
        "IS NOT NULL": lambda left, _right: left is not None,
    }

    def fields(self) -> Iterator[QueryField[Any]]:  # Any: as in Constraint.fields
        """Yields the fields that the constraint reads."""
        yield self.field

    def holds(self, read: Callable[[QueryField[Any]], object]) -> bool:  # Any: as in Constraint.holds
        """Whether the constraint is true."""
        return self.OPERATORS[self.operator](read(self.field), self.value)

    def __repr__(self) -> str:
        return f"<Constraint {self.field.path} {self.operator}>"


@attrs.frozen(repr=False, eq=False)
class _Group(Constraint):
    members: tuple[Constraint, ...]
    word: ClassVar[str] = ""

    def fields(self) -> Iterator[QueryField[Any]]:  # Any: as in Constraint.fields
        """Yields the fields that the constraint reads."""
        for member in self.members:
            yield from member.fields()

    def __repr__(self) -> str:
        return "(" + f" {self.word} ".join(map(repr, self.members)) + ")"


class AllOf(_Group):
    """True when every member is."""

    word = "AND"

    def holds(self, read: Callable[[QueryField[Any]], object]) -> bool:  # Any: as in Constraint.holds
        """Whether the constraint is true."""
        return all(member.holds(read) for member in self.members)


class AnyOf(_Group):
    """True when one member is."""

    word = "OR"

    def holds(self, read: Callable[[QueryField[Any]], object]) -> bool:  # Any: as in Constraint.holds
        """Whether the constraint is true."""
        return any(member.holds(read) for member in self.members)


@attrs.frozen(repr=False, eq=False)
class Negation(Constraint):
    """True when its member is not; an empty field is, as in Python, different from every value."""

    member: Constraint

    def fields(self) -> Iterator[QueryField[Any]]:  # Any: as in Constraint.fields
        """Yields the fields that the constraint reads."""
        return self.member.fields()

    def holds(self, read: Callable[[QueryField[Any]], object]) -> bool:  # Any: as in Constraint.holds
        """Whether the constraint is true."""
        return not self.member.holds(read)

    def __repr__(self) -> str:
        return f"(NOT {self.member!r})"


def and_(*constraints: Constraint) -> Constraint:
    """Returns the constraint that all of these hold."""
    return AllOf(constraints)


def or_(*constraints: Constraint) -> Constraint:
    """Returns the constraint that one of these holds."""
    return AnyOf(constraints)


def _matches_pattern(text: str, pattern: str) -> bool:
    """LIKE as XNAT means it, whatever the case (schema-and-search 4.2).

    ``*`` and ``%`` stand for any text, ``_`` for one sign.
    """
    plain = pattern.replace("[", "[[]").replace("?", "[?]").replace("%", "*").replace("_", "?")
    return fnmatch.fnmatchcase(text.lower(), plain.lower())


class QueryField(Generic[T]):
    """A field of a data type as a search term: ``SubjectData.label``, ``MrScanData.parameters.tr``.

    Attributes:
        xsi_type: The data type whose objects hold the field, such as ``xnat:subjectData``.
        path: The schema path below the type, such as ``parameters/tr``.
    """

    __slots__ = ("codec", "path", "xsi_type")
    __hash__ = object.__hash__

    def __init__(self, xsi_type: str, path: str, codec: Codec[T]) -> None:
        self.xsi_type = xsi_type
        self.path = path
        self.codec = codec

    @property
    def xpath(self) -> str:
        """The full path that XNAT's ``columns=`` and search criteria take, such as ``xnat:subjectData/label``."""
        return f"{self.xsi_type}/{self.path}" if self.path else self.xsi_type

    def cell(self, raw: object) -> T | None:
        """Returns the value of a cell as the server sent it, None for an empty one.

        Raises:
            ValueError: The cell is not of the field's type.
        """
        return self.codec.decode(raw)

    def _compare(self, operator: str, value: object) -> Constraint:
        if value is None:
            msg = f"{self.xpath} {operator} None: use .is_null() or .is_not_null()"
            raise InvalidValueError(msg)
        if not self.codec.accepts(value):
            msg = f"{self.xpath} {operator}: expected {self.codec.wanted}, got {type(value).__name__}"
            raise InvalidValueError(msg)
        return Comparison(self, operator, value)

    def __eq__(self, other: T) -> Constraint:  # type: ignore[override]  # a constraint, as in every query builder
        # An empty text is stored and read as no value at all.
        return self.is_null() if cast("object", other) == "" else self._compare("=", other)

    def __ne__(self, other: T) -> Constraint:  # type: ignore[override]  # as __eq__
        return self.is_not_null() if cast("object", other) == "" else self._compare("!=", other)

    def __lt__(self, other: T) -> Constraint:
        return self._compare("<", other)

    def __le__(self, other: T) -> Constraint:
        return self._compare("<=", other)

    def __gt__(self, other: T) -> Constraint:
        return self._compare(">", other)

    def __ge__(self, other: T) -> Constraint:
        return self._compare(">=", other)

    # For checkers, the fields of text are those whose cells are: enumerations too.

    def like(self: Selectable[str | None], pattern: str) -> Constraint:
        """Returns the constraint that the text matches a pattern; ``*`` and ``%`` stand for any text."""
        return cast("QueryField[str]", self)._compare("LIKE", pattern)

    def startswith(self: Selectable[str | None], prefix: str) -> Constraint:
        """Returns the constraint that the text starts with a prefix, whatever the case."""
        return cast("QueryField[str]", self)._compare("STARTS WITH", prefix)

    def contains(self: Selectable[str | None], part: str) -> Constraint:
        """Returns the constraint that the text contains a part, whatever the case."""
        return cast("QueryField[str]", self)._compare("CONTAINS", part)

    def in_(self, *values: T) -> Constraint:
        """Returns the constraint that the field has one of these values."""
        for value in values:
            self._compare("IN", value)
        return Comparison(self, "IN", values)

    def between(self, low: T, high: T) -> Constraint:
        """Returns the constraint that the field lies between two values, both included."""
        self._compare("BETWEEN", low)
        self._compare("BETWEEN", high)
        return Comparison(self, "BETWEEN", (low, high))

    def is_null(self) -> Constraint:
        """Returns the constraint that the field is empty."""
        return Comparison(self, "IS NULL")

    def is_not_null(self) -> Constraint:
        """Returns the constraint that the field has a value."""
        return Comparison(self, "IS NOT NULL")

    def __repr__(self) -> str:
        return f"<QueryField {self.xpath} ({self.codec.name})>"


class KeyField(QueryField[T]):
    """A field that identifies its objects, such as ``SubjectData.label``: in the columns of a search never None."""

    __slots__ = ()

    def cell(self, raw: object) -> T:
        """Returns the value of a cell as the server sent it.

        Raises:
            MissingValueError: The cell is empty.
            ValueError: The cell is not of the field's type.
        """
        value = self.codec.decode(raw)
        if value is None:
            msg = f"{self.xpath}: a row has no value for it; it belongs to no such item, or the account may not see it"
            raise MissingValueError(msg)
        return value


class DisplayField(QueryField[T]):
    """A field of XNAT's search engine, such as ``SubjectData.GENDER_TEXT``: only searches know it.

    Attributes:
        value: What the field is about, for those that take a value (schema-and-search 3.3), else "".
    """

    __slots__ = ("value",)

    def __init__(self, xsi_type: str, identifier: str, codec: Codec[T], value: str = "") -> None:
        super().__init__(xsi_type, identifier, codec)
        self.value = value

    @property
    def field_id(self) -> str:
        """The id as search documents name it, such as ``SUB_PROJECT_IDENTIFIER=sandbox``."""
        return f"{self.path}={self.value}" if self.value else self.path

    @property
    def xpath(self) -> str:
        """Type and id; between them a dot, since a server takes what stands before the first one for the type."""
        return f"{self.xsi_type}.{self.field_id}"


class ValueFields(Generic[T]):
    """Display fields that take a value: ``MrSessionData.SCAN_COUNT_TYPE["T1"]``, ``SubjectData.fields["weight"]``."""

    __slots__ = ("_codec", "_identifier", "_xsi_type")

    def __init__(self, xsi_type: str, identifier: str, codec: Codec[T]) -> None:
        self._xsi_type = xsi_type
        self._identifier = identifier
        self._codec = codec

    def __getitem__(self, value: str) -> DisplayField[T]:
        """Returns the field for a value.

        Raises:
            InvalidValueError: The value is blank.
        """
        self.require_name(value)
        return DisplayField(self._xsi_type, self._identifier, self._codec, value)

    def require_name(self, value: str) -> None:
        """Refuses blank brackets.

        Raises:
            InvalidValueError: They are blank.
        """
        if not value.strip():
            msg = f"{self._xsi_type}.{self._identifier} needs a value in its brackets"
            raise InvalidValueError(msg)

    def __repr__(self) -> str:
        return f"<ValueFields {self._xsi_type}.{self._identifier}[...]>"


class VariableField(DisplayField[T]):
    """A custom variable, such as ``SubjectData.fields["weight"]``: searches know it, and listings do."""

    __slots__ = ()


class CustomVariables(ValueFields[T]):
    """The custom variables of a type by name, as search terms and columns; their names count in lower case.

    ``SubjectData.fields`` without a name stands for all of them in the columns of a listing (schema-and-search 3.2).

    Attributes:
        xsi_type: The data type whose objects have the list.
        is_searchable: Whether searches know the list at all: they know no other keyed lists than custom variables.
    """

    __slots__ = ("is_searchable", "xsi_type")

    def __init__(self, xsi_type: str, codec: Codec[T], *, is_searchable: bool) -> None:
        super().__init__(xsi_type, f"{xsi_type.replace(':', '_').upper()}_FIELD_MAP", codec)
        self.xsi_type = xsi_type
        self.is_searchable = is_searchable

    def __getitem__(self, value: str) -> VariableField[T]:
        """Returns the search term of a custom variable.

        Raises:
            InvalidValueError: The name is blank, or the list holds no custom variables.
        """
        if not self.is_searchable:
            msg = (
                f"searches of {self._xsi_type} know the entries of no other list than its custom variables, fields[...]"
            )
            raise InvalidValueError(msg)
        self.require_name(value)
        return VariableField(self.xsi_type, self._identifier, self._codec, value.lower())
