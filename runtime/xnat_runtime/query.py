"""Search constraints as values: what ``SubjectData.label.like("B*")`` gives."""

from __future__ import annotations

import abc
import fnmatch
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

import attrs

from .codec import Codec
from .errors import InvalidValueError

T = TypeVar("T")


class Constraint(abc.ABC):
    """A condition on fields; combine several with ``&`` and ``|``.

    A constraint has no truth value: ``and`` and ``or`` would silently drop one side, so they raise.
    """

    __slots__ = ()

    def __and__(self, other: Constraint) -> Constraint:
        return AllOf((self, other))

    def __or__(self, other: Constraint) -> Constraint:
        return AnyOf((self, other))

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


def _matches_pattern(text: str, pattern: str) -> bool:
    """LIKE as XNAT means it: ``*`` and ``%`` stand for any text, case does not count (schema-and-search 4.2)."""
    wanted = pattern.replace("[", "[[]").replace("?", "[?]").replace("%", "*").lower()
    return fnmatch.fnmatchcase(text.lower(), wanted)


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

    def _compare(self, operator: str, value: object) -> Constraint:
        if value is None:
            msg = f"{self.xpath} {operator} None: use .is_null() or .is_not_null()"
            raise InvalidValueError(msg)
        if not self.codec.accepts(value):
            msg = f"{self.xpath} {operator}: expected {self.codec.wanted}, got {type(value).__name__}"
            raise InvalidValueError(msg)
        return Comparison(self, operator, value)

    def __eq__(self, other: T) -> Constraint:  # type: ignore[override]  # a constraint, as in every query builder
        return self._compare("=", other)

    def __ne__(self, other: T) -> Constraint:  # type: ignore[override]  # as __eq__
        return self._compare("!=", other)

    def __lt__(self, other: T) -> Constraint:
        return self._compare("<", other)

    def __le__(self, other: T) -> Constraint:
        return self._compare("<=", other)

    def __gt__(self, other: T) -> Constraint:
        return self._compare(">", other)

    def __ge__(self, other: T) -> Constraint:
        return self._compare(">=", other)

    def like(self: QueryField[str], pattern: str) -> Constraint:
        """Returns the constraint that the text matches a pattern; ``*`` and ``%`` stand for any text."""
        return self._compare("LIKE", pattern)

    def startswith(self: QueryField[str], prefix: str) -> Constraint:
        """Returns the constraint that the text starts with a prefix, whatever the case."""
        return self._compare("STARTS WITH", prefix)

    def contains(self: QueryField[str], part: str) -> Constraint:
        """Returns the constraint that the text contains a part, whatever the case."""
        return self._compare("CONTAINS", part)

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
