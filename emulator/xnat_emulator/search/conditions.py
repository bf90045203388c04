"""Conditions of searches: every comparison type, as the server turns it into SQL (schema-and-search 4.2)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import TypeAlias

from ..errors import StatusError
from ..formats.tables import Cell, cell_text
from ..store.items import Item
from .computed import like
from .document import CriteriaSet, Criterion
from .fields import Fields, Source

Test = Callable[[Cell], bool]
Condition = Callable[[Item], bool]
Order: TypeAlias = "float | str"

_FORBIDDEN = re.compile(r"(?:^|[^\w])(?:SELECT|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE)\s|\\$")
_NUMBERS = frozenset({"integer", "float", "double", "short", "nonNegativeInteger", "positiveInteger"})
_NULL_TESTS = frozenset({"IS", "IS NULL", "IS NOT", "IS NOT NULL"})
_BETWEEN = re.compile(r"\s+AND\s+", re.IGNORECASE)
_ORDERS: dict[str, Callable[[Order, Order], bool]] = {
    "=": lambda left, right: _rank(left) == _rank(right),
    "<": lambda left, right: _rank(left) < _rank(right),
    "<=": lambda left, right: _rank(left) <= _rank(right),
    ">": lambda left, right: _rank(left) > _rank(right),
    ">=": lambda left, right: _rank(left) >= _rank(right),
}


def _rank(value: Order) -> tuple[float, str]:
    """Return what orders numbers before texts."""
    return (float(value), "") if isinstance(value, (int, float)) else (math.inf, value)


class RefusedByDatabase(StatusError):  # noqa: N818 - says what happened
    """The database refuses the SQL that a condition becomes: 500."""

    def __init__(self) -> None:
        super().__init__(500)


def compile_sets(fields: Fields, sets: Sequence[CriteriaSet]) -> Condition:
    """Return what tells whether an object meets all sets.

    Raises:
        RefusedByDatabase: A field, a comparison or a value makes no sense to the server.
    """
    conditions = [_compile_set(fields, one) for one in sets if any(True for _ in one.walk())]
    return lambda item: all(condition(item) for condition in conditions)


def _compile_set(fields: Fields, criteria: CriteriaSet) -> Condition:
    parts = [_compile(fields, criterion) for criterion in criteria.criteria]
    parts += [_compile_set(fields, inner) for inner in criteria.sets if any(True for _ in inner.walk())]
    if criteria.method == "OR":
        return lambda item: any(part(item) for part in parts)
    return lambda item: all(part(item) for part in parts)


def _compile(fields: Fields, criterion: Criterion) -> Condition:
    if _FORBIDDEN.search(criterion.value):
        raise RefusedByDatabase
    source = fields.condition(criterion.field)
    if source is None:
        raise RefusedByDatabase
    comparison = criterion.comparison.upper()
    test = _test(source, comparison, criterion)
    cells, needs_row = source.cells, _takes_null(source, comparison, criterion.value)

    def condition(item: Item) -> bool:
        found = cells(item)
        return any(test(cell) for cell in found) if found else needs_row and test(None)

    return condition


def _takes_null(source: Source, comparison: str, value: str) -> bool:
    """Tell whether an object without a value can meet a comparison."""
    if comparison in _NULL_TESTS or "DISTINCT" in comparison:
        return True
    return (comparison == "=" and not value.strip()) or (comparison == "!=" and not source.is_path)


def _test(source: Source, comparison: str, criterion: Criterion) -> Test:
    value = criterion.value
    if comparison in {"IS NULL", "IS NOT NULL", "IS", "IS NOT"}:
        absent = comparison == "IS NULL" or (comparison == "IS" and value.strip().upper() != "NOT NULL")
        return _is_null if absent else (lambda cell: not _is_null(cell))
    if criterion.override:
        return _raw_test(source, comparison, value)
    if value.strip() == "*":
        return lambda cell: not _is_null(cell)
    if comparison in {"=", "!="} and not value.strip():
        return _is_null if comparison == "=" else (lambda cell: not _is_null(cell))
    if "LIKE" in comparison:
        return _like_test(comparison, value, wrapped=source.is_path)
    return _typed_test(source, comparison, value)


def _typed_test(source: Source, comparison: str, value: str) -> Test:
    if comparison == "IN" and not source.is_path:
        wanted = {_order(source, part) for part in in_values(value)}
        return lambda cell: cell is not None and _as_order(cell) in wanted
    if comparison == "BETWEEN" and (not source.is_path or source.datatype in _NUMBERS):
        return _between_test(source, _BETWEEN.split(value))
    return _compare_test(comparison, _order(source, value), null_differs=not source.is_path)


def _between_test(source: Source, limits: list[str]) -> Test:
    if len(limits) != 2:
        raise RefusedByDatabase
    first, last = (_order(source, limit) for limit in limits)
    return lambda cell: cell is not None and _within(first, _as_order(cell), last)


def _within(first: Order, value: Order, last: Order) -> bool:
    return _ORDERS["<="](first, value) and _ORDERS["<="](value, last)


def _compare_test(comparison: str, wanted: Order, *, null_differs: bool) -> Test:
    if comparison in {"!=", "<>"}:
        return lambda cell: null_differs if cell is None else _as_order(cell) != wanted
    if comparison == "IS DISTINCT FROM":
        return lambda cell: cell is None or _as_order(cell) != wanted
    compare = _ORDERS.get("=" if comparison == "IS NOT DISTINCT FROM" else comparison)
    if compare is None:
        raise RefusedByDatabase
    return lambda cell: cell is not None and compare(_as_order(cell), wanted)


def _like_test(comparison: str, value: str, *, wrapped: bool) -> Test:
    """Return a test by pattern; on schema paths ``*`` works too and the value may stand anywhere."""
    pattern = like(f"%{value.replace('*', '%')}%" if wrapped else value)
    if comparison.startswith("NOT"):
        return lambda cell: cell is not None and pattern.fullmatch(cell_text(cell)) is None
    return lambda cell: cell is not None and pattern.fullmatch(cell_text(cell)) is not None


def _raw_test(source: Source, comparison: str, value: str) -> Test:
    """Return a test whose value is SQL text: numbers, or texts in single quotes."""
    if comparison == "IN":
        inside = value.strip()
        if not (inside.startswith("(") and inside.endswith(")")):
            raise RefusedByDatabase
        wanted = {_order(source, part) for part in _literals(inside[1:-1])}
        return lambda cell: cell is not None and _as_order(cell) in wanted
    if comparison == "BETWEEN":
        return _between_test(source, [_literal(part) for part in _BETWEEN.split(value.strip())])
    if "LIKE" in comparison:
        return _like_test(comparison, _literal(value), wrapped=False)
    return _compare_test(comparison, _order(source, _literal(value)), null_differs=False)


def _literals(text: str) -> list[str]:
    return [_literal(part) for part in re.findall(r"\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)", text)]


def _literal(text: str) -> str:
    """Return the value of one SQL literal."""
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == "'":
        return plain[1:-1].replace("''", "'")
    try:
        float(plain)
    except ValueError:
        raise RefusedByDatabase from None
    return plain


def in_values(text: str) -> list[str]:
    """Return the values of a list: parted by commas outside double quotes, blanks kept."""
    return [part.replace('"', "") for part in re.findall(r'(?:"[^"]*"|[^,"])+', text)]


def _is_null(cell: Cell) -> bool:
    """Tell whether there is no value; of texts the empty one counts as none."""
    return cell is None or cell == ""


def _as_order(cell: Cell) -> Order:
    """Return what a value is compared by."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return float(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="microseconds")
    if isinstance(cell, time):
        return cell.isoformat(timespec="microseconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _order(source: Source, text: str) -> Order:
    """Return what a text of a condition is compared by, by the type of the field.

    Raises:
        RefusedByDatabase: The text is not of the type.
    """
    try:
        return _typed_order(source, text)
    except ValueError:
        raise RefusedByDatabase from None


def _typed_order(source: Source, text: str) -> Order:
    if source.datatype in _NUMBERS:
        return float(text)
    if source.moment:
        return _moment(text.strip()).isoformat(timespec="microseconds")
    if source.datatype == "date":
        return _moment(text.strip()).date().isoformat()
    if source.datatype == "time":
        return time.fromisoformat(text.strip()).isoformat(timespec="microseconds")
    if source.datatype == "boolean":
        return _truth(text.strip().lower())
    return text


def _truth(text: str) -> str:
    if text in {"true", "1", "false", "0"}:
        return "true" if text in {"true", "1"} else "false"
    raise ValueError(text)


def _moment(text: str) -> datetime:
    """Return a date or a moment, written as ISO text or with month, day and year between slashes."""
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if american is not None:
        month, day, year = (int(part) for part in american.groups())
        return datetime(year, month, day)
    return datetime.fromisoformat(text)
