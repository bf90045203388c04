"""From constraints to the conditions of a search document (schema-and-search 4.2).

What a server cannot decide exactly is asked more widely, so that no row is missing, and decided here again. Lists of
values become alternatives, since ``IN`` means other things in other places (4.3), and a range two comparisons; values
are never SQL.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any, Final, Literal, cast

import attrs

from .codec import JSON, Codec
from .edits import xml_text
from .errors import InvalidValueError
from .query import AllOf, AnyOf, Comparison, Constraint, DisplayField, Negation, QueryField

AnyField = QueryField[Any]  # Any: fields of every type stand side by side in a search

# A server answers 500 to values with these, and may write its administrator an e-mail.
_REFUSED: Final = re.compile(r"(?<!\w)(SELECT|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE)(\s)|(\\)$")
# Wildcards of LIKE, the one that XNAT adds, and the sign that takes the meaning from the next one.
_WILD: Final = re.compile(r"[%_*\\]")
_OPPOSITE: Final = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "IS NULL": "IS NOT NULL",
    "IS NOT NULL": "IS NULL",
}


@attrs.frozen(eq=False)
class Criterion:
    """One condition of a search document; its repr leaves the value out, since it may be a patient's."""

    field: AnyField
    comparison: str
    value: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class CriteriaSet:
    """Conditions joined by AND or OR; without members AND is always true, OR never."""

    method: Literal["AND", "OR"]
    members: tuple[Criterion | CriteriaSet, ...] = ()


Node = Criterion | CriteriaSet
EVERYTHING: Final = CriteriaSet("AND")
NOTHING: Final = CriteriaSet("OR")


@attrs.frozen
class Compiled:
    """Constraints as a server is asked them.

    Attributes:
        where: The condition to send, `EVERYTHING` for none, `NOTHING` when no row can meet it.
        rest: The constraints that are decided again for each row.
    """

    where: Node
    rest: tuple[Constraint, ...]


def compile_all(constraints: tuple[Constraint, ...]) -> Compiled:
    """Returns what to ask for rows that meet all constraints.

    Raises:
        InvalidValueError: A value cannot be searched for.
    """
    terms = [(one, _term(one, negated=False)) for member in constraints for one in _conjuncts(member)]
    return Compiled(
        _joined("AND", [node for _, (node, _) in terms]),
        tuple(_as_server(one) for one, (_, exact) in terms if not exact),
    )


def _conjuncts(constraint: Constraint) -> Iterator[Constraint]:
    if isinstance(constraint, AllOf):
        for member in constraint.members:
            yield from _conjuncts(member)
    else:
        yield constraint


def _joined(method: Literal["AND", "OR"], nodes: list[Node]) -> Node:
    """Returns the nodes as one: those that decide nothing are left out, one that decides all stands for all."""
    neutral, decisive = (EVERYTHING, NOTHING) if method == "AND" else (NOTHING, EVERYTHING)
    if decisive in nodes:
        return decisive
    members: list[Node] = []
    for node in nodes:
        members += node.members if isinstance(node, CriteriaSet) and node.method == method else [node]
    members = [node for node in members if node != neutral]
    return members[0] if len(members) == 1 else CriteriaSet(method, tuple(members))


def _term(constraint: Constraint, *, negated: bool) -> tuple[Node, bool]:
    """Returns the condition for a constraint or its opposite, and whether it finds nothing else.

    The opposite goes down to the comparisons, since search documents know no NOT.
    """
    if isinstance(constraint, Negation):
        return _term(constraint.member, negated=not negated)
    if isinstance(constraint, (AllOf, AnyOf)):
        method: Literal["AND", "OR"] = "AND" if isinstance(constraint, AllOf) != negated else "OR"
        terms = [_term(member, negated=negated) for member in constraint.members]
        return _joined(method, [node for node, _ in terms]), all(exact for _, exact in terms)
    return _comparison(cast("Comparison", constraint), negated=negated)


def _comparison(one: Comparison, *, negated: bool) -> tuple[Node, bool]:
    field: AnyField = one.field
    if field.codec is cast("Codec[Any]", JSON):  # Any: as in AnyField
        msg = f"{field.xpath} is a JSON document, which searches cannot compare"
        raise InvalidValueError(msg)
    if one.operator in {"IN", "BETWEEN"}:
        return _several(one, negated=negated)
    if one.operator in {"LIKE", "STARTS WITH", "CONTAINS"}:
        return _pattern(field, one.operator, str(one.value), negated=negated)
    operator = _OPPOSITE[one.operator] if negated else one.operator
    if operator in {"IS NULL", "IS NOT NULL"}:
        return Criterion(field, operator), True
    with_empty = operator == "!=" or (negated and operator != "=")
    return _simple(field, operator, _text(field, one.value), with_empty=with_empty)


def _simple(field: AnyField, operator: str, text: str, *, with_empty: bool) -> tuple[Node, bool]:
    """Returns a plain comparison; with the rows that have no value where Python counts them in."""
    if text == "*":
        # As a value of its own it means "has a value" (4.2), whatever the comparison.
        return (EVERYTHING, False) if with_empty else (Criterion(field, "IS NOT NULL"), False)
    _require_taken(field, text)
    found = Criterion(field, operator, text)
    # Comparing for inequality, a display field finds rows without a value by itself.
    by_itself = isinstance(field, DisplayField) and operator == "!="
    return (_or_empty(found) if with_empty and not by_itself else found), True


def _or_empty(found: Criterion) -> Node:
    return CriteriaSet("OR", (found, Criterion(found.field, "IS NULL")))


def _several(one: Comparison, *, negated: bool) -> tuple[Node, bool]:
    values = cast("tuple[object, ...]", one.value)
    if one.operator == "IN":
        same: Constraint = AnyOf(tuple(Comparison(one.field, "=", value) for value in values))
    else:
        same = AllOf((Comparison(one.field, ">=", values[0]), Comparison(one.field, "<=", values[1])))
    return _term(same, negated=negated)


def _pattern(field: AnyField, operator: str, text: str, *, negated: bool) -> tuple[Node, bool]:
    """Returns a comparison by pattern: on schema paths a server finds the pattern anywhere in the value."""
    is_display = isinstance(field, DisplayField)
    if operator == "LIKE":
        pattern, exact = text.replace("*", "%") if is_display else text, True
    else:
        pattern, exact = _literal(text)
        if is_display:
            pattern = f"{pattern}%" if operator == "STARTS WITH" else f"%{pattern}%"
        elif operator == "STARTS WITH":
            exact = False
    if not pattern.strip("%*"):
        return Criterion(field, "IS NULL" if negated else "IS NOT NULL"), exact
    xml_text(pattern, field.xpath)
    _require_taken(field, pattern)
    if not negated:
        return Criterion(field, "LIKE", pattern), exact
    return (_or_empty(Criterion(field, "NOT LIKE", pattern)), True) if exact else (EVERYTHING, False)


def _literal(text: str) -> tuple[str, bool]:
    """Returns a text as a pattern: wildcards, and what a server refuses, become the wildcard for one sign."""
    plain = _WILD.sub("_", text)
    taken = _REFUSED.sub(lambda match: match[0][:-1] + "_", plain)
    return taken, taken == text and not _WILD.search(text)


def _require_taken(field: AnyField, text: str) -> None:
    if _REFUSED.search(text):
        msg = (
            f"{field.xpath}: XNAT refuses to search for values that end with a backslash or hold one of the words "
            "SELECT, INSERT, UPDATE, DELETE, DROP, ALTER, CREATE in capitals; contains() and startswith() can"
        )
        raise InvalidValueError(msg)


def _text(field: AnyField, value: object) -> str:
    """Returns a value as conditions spell it: dates as month/day/year, times to the microsecond."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return f"{value.month:02}/{value.day:02}/{value.year:04}"
    return xml_text(field.codec.encode(value), field.xpath)


def _as_server(constraint: Constraint) -> Constraint:
    """Returns a constraint that holds here for the rows that it holds for there: LIKE on paths finds it anywhere."""
    if isinstance(constraint, Negation):
        return Negation(_as_server(constraint.member))
    if isinstance(constraint, (AllOf, AnyOf)):
        return type(constraint)(tuple(map(_as_server, constraint.members)))
    one = cast("Comparison", constraint)
    if one.operator != "LIKE" or isinstance(one.field, DisplayField):
        return one
    return Comparison(one.field, "LIKE", f"*{one.value}*")
