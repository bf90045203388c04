"""Running a query: what the server decides, what is decided here, and in which order rows come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

import attrs

from .codec import DURATION, JSON
from .display import displays
from .errors import InvalidValueError
from .query import (
    AllOf,
    AnyOf,
    Comparison,
    Constraint,
    CustomVariables,
    DisplayField,
    Negation,
    QueryField,
    VariableField,
)
from .search_answer import Answer, Row, read_answer, require
from .search_calls import page, run_search
from .search_document import search_document, type_of
from .search_objects import read_cell
from .search_terms import NOTHING, AnyField, Compiled, compile_all
from .searchable import SearchRecord, require_listed
from .structures import XnatStructure

if TYPE_CHECKING:
    from .item import Item
    from .session import BaseSession
    from .transport import Response

_UNORDERED: Final = {DURATION.name, JSON.name}
Options = tuple[tuple[str, str], ...]


@attrs.frozen
class Sorting:
    """A field to sort by."""

    field: AnyField
    descending: bool


@attrs.frozen
class Plan:
    """What a query asks for.

    Attributes:
        item_class: Class of the objects that are searched.
        constraints: All of them must hold.
        sorting: Fields to sort by, the most important one first.
        limit: How many results, None for all.
        offset: How many to leave out first.
    """

    item_class: type[Item]
    constraints: tuple[Constraint, ...] = ()
    sorting: tuple[Sorting, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def root(self) -> str:
        """The data type that is searched."""
        return self.item_class.xsi_type

    def cut(self, rows: list[Row]) -> list[Row]:
        """Returns the rows that limit and offset leave."""
        return rows[self.offset : None if self.limit is None else self.offset + self.limit]


def fetch(session: BaseSession, plan: Plan, columns: Sequence[AnyField]) -> tuple[list[Row], dict[str, str]]:
    """Returns the rows of a query and the keys of its columns by the fields' paths: one request."""
    search = Search(session, plan, columns)
    if search.compiled.where == NOTHING:
        return [], {}
    stored_sort = server_sort(session, plan) if plan.limit is not None else None
    if stored_sort is not None and plan.limit is not None and not search.compiled.rest:
        answer = search.store(stored_sort, plan.offset + plan.limit if not plan.offset else 0)
        return search.rows_of(answer, plan.offset, plan.limit), search.keys_of(answer)
    answer = read_answer(search.run("json").json())
    keys = search.keys_of(answer)
    return plan.cut(search.decide(answer.rows, keys)), keys


def fetch_pages(
    session: BaseSession, plan: Plan, columns: Sequence[AnyField], size: int
) -> Iterator[tuple[list[Row], dict[str, str]]]:
    """Yields the rows of a query in pages of one stored result: a request for each page, and one before the first.

    What the server cannot decide or sort by itself comes in one answer and is paged here.
    """
    search = Search(session, plan, columns)
    if search.compiled.where == NOTHING:
        return
    sort = server_sort(session, plan)
    if sort is None or search.compiled.rest:
        rows, keys = fetch(session, plan, columns)
        for start in range(0, len(rows), size):
            yield rows[start : start + size], keys
        return
    answer = search.store(sort, 0)
    keys = search.keys_of(answer)
    end = answer.total if plan.limit is None else min(answer.total, plan.offset + plan.limit)
    for start in range(plan.offset, end, size):
        yield search.rows_of(answer, start, min(size, end - start)), keys


def count(session: BaseSession, plan: Plan, columns: Sequence[AnyField]) -> int:
    """Returns how many rows a query has: one request, without the rows where the server decides alone."""
    search = Search(session, plan, columns)
    if search.compiled.where == NOTHING:
        return 0
    if search.compiled.rest:
        return len(fetch(session, plan, columns)[0])
    total = search.store((), 0).total - plan.offset
    return max(0, total if plan.limit is None else min(total, plan.limit))


class Search:
    """One search of a connection.

    Attributes:
        body: The search document.
        compiled: The conditions.
        asked: The columns, with those that conditions and sorting need here.
    """

    def __init__(self, session: BaseSession, plan: Plan, columns: Sequence[AnyField]) -> None:
        self._session = session
        self._plan = plan
        self.compiled: Compiled = compile_all(plan.constraints)
        here = [field for one in self.compiled.rest for field in one.fields()]
        asked = [*columns, *here, *(one.field for one in plan.sorting)] if columns else []
        self.asked = list({field.xpath: field for field in asked}.values())
        self.body = search_document(plan.root, self.asked, self.compiled.where)

    def run(self, answer_format: str, options: Options = ()) -> Response:
        """Returns the server's answer: one request."""
        require_listed(self._session, self._plan.item_class)
        return run_search(self._session, self._plan.root, self.body, answer_format, options)

    def store(self, sort: Options, limit: int) -> Answer:
        """Returns a stored result with its first rows; never one that was stored before, which may be out of date."""
        options = (("cache", "true"), ("refresh", "true"), *sort)
        return read_answer(self.run("json", (*options, ("limit", str(limit))) if limit else options).json())

    def keys_of(self, answer: Answer) -> dict[str, str]:
        """Returns the keys of the answer's columns by the fields' paths."""
        return answer.keys_of(self.asked, self._plan.root, lambda field: _display_of(self._session, field))

    def rows_of(self, answer: Answer, offset: int, limit: int) -> list[Row]:
        """Returns rows of a stored result: those that came with it, else one request more."""
        wanted = max(0, min(limit, answer.total - offset))
        if len(answer.rows) >= offset + wanted:
            return answer.rows[offset : offset + wanted]
        return page(self._session, answer.stored, offset, wanted).rows

    def decide(self, rows: list[Row], keys: dict[str, str]) -> list[Row]:
        """Returns the rows that meet what the server could not decide, in order."""
        if not rows:
            return rows
        for one in self.compiled.rest:
            names = {field.xpath: require(field, keys) for field in one.fields()}
            rows = [row for row in rows if _holds(one, row, names)]
        for sorting in reversed(self._plan.sorting):
            rows = _sorted(rows, sorting, require(sorting.field, keys))
        return rows


def server_sort(session: BaseSession, plan: Plan) -> Options | None:
    """Returns the parameters that have the server sort, None when it cannot: it sorts by one display field (4.4)."""
    terms = [(_display_of(session, one.field), one.descending) for one in plan.sorting]
    if not terms:
        return ()
    term, descending = terms[0]
    if term is None or len(terms) > 1:
        return None
    return (("sortBy", term.xpath), ("sortOrder", "DESC" if descending else "ASC"))


def _holds(constraint: Constraint, row: Row, names: dict[str, str]) -> bool:
    return constraint.holds(lambda field: read_cell(_plain(field), row[names[field.xpath]]))


def _plain(field: AnyField) -> AnyField:
    """Returns a field whose cells may be empty."""
    return QueryField(field.xsi_type, field.path, field.codec)


def _sorted(rows: list[Row], sorting: Sorting, key: str) -> list[Row]:
    """Returns rows in the server's order: without a value they stand last, descending first."""
    plain = _plain(sorting.field)
    pairs = [(read_cell(plain, row[key]), row) for row in rows]
    empty = [row for value, row in pairs if value is None]
    full = [pair for pair in pairs if pair[0] is not None]
    full.sort(key=lambda pair: _rank(pair[0]), reverse=sorting.descending)
    filled = [row for _, row in full]
    return [*empty, *filled] if sorting.descending else [*filled, *empty]


def _rank(value: object) -> tuple[object, ...]:
    return (value.casefold(), value) if isinstance(value, str) else (value,)


def _display_of(session: BaseSession, field: AnyField) -> DisplayField[object] | None:
    """Returns the display field that shows a field as it stands: a server sorts by no others."""
    if isinstance(field, DisplayField):
        return None if field.value else cast("DisplayField[object]", field)
    owner = session.registry.load(type_of(field))
    shown = displays(owner).values() if owner is not None else ()
    return next((display.term() for display in shown if display.path and display.path == field.path), None)


def located(session: BaseSession, item_class: type[Item], field: AnyField) -> AnyField:
    """Returns a field as a search of a type names it: inherited ones belong to the type that is searched.

    Raises:
        InvalidValueError: It is no field, or one of a structure outside the object that holds it.
    """
    if isinstance(cast("object", field), CustomVariables):
        msg = f"searches load custom variables by name: write {item_class.__name__}.fields['name']; listings load all"
        raise InvalidValueError(msg)
    if not isinstance(cast("object", field), QueryField):
        msg = f"a query of {item_class.__name__} takes fields, such as {item_class.__name__}.id, not {field!r}"
        raise InvalidValueError(msg)
    owner, root = type_of(field), item_class.xsi_type
    if owner == root:
        return field
    if isinstance(field, VariableField) and session.registry.is_subtype(root, owner):
        return CustomVariables(root, field.codec, is_searchable=True)[field.value]
    if session.registry.is_subtype(root, owner):
        # The types further up have no display documents, which servers need to know a field (3.1).
        path = "/".join(part for part in (field.xsi_type.partition("/")[2], field.path) if part)
        return field if isinstance(field, DisplayField) else type(field)(root, path, field.codec)
    found = session.registry.load(owner)
    if found is None or (issubclass(found, XnatStructure) and not issubclass(found, SearchRecord)):
        msg = (
            f"{field.xpath} is a field inside other objects: name it from the type that holds it, as in "
            "SubjectData.demographics.gender"
        )
        raise InvalidValueError(msg)
    return field


def located_constraint(session: BaseSession, item_class: type[Item], constraint: Constraint) -> Constraint:
    """Returns a constraint with its fields `located`.

    Raises:
        InvalidValueError: It is no constraint, or one on a field that the search cannot have.
    """
    if isinstance(constraint, Comparison):
        return Comparison(located(session, item_class, constraint.field), constraint.operator, constraint.value)
    if isinstance(constraint, Negation):
        return Negation(located_constraint(session, item_class, constraint.member))
    if isinstance(constraint, (AllOf, AnyOf)):
        return type(constraint)(tuple(located_constraint(session, item_class, one) for one in constraint.members))
    msg = f"filter() takes conditions such as SubjectData.label == 'x', not {type(constraint).__name__}"
    raise InvalidValueError(msg)


def sorting(session: BaseSession, item_class: type[Item], field: AnyField, *, descending: bool) -> Sorting:
    """Returns what to sort by.

    Raises:
        InvalidValueError: The field has no order, or is none that the search can have.
    """
    found = located(session, item_class, field)
    if found.codec.name in _UNORDERED:
        msg = f"{found.xpath} holds values without an order ({found.codec.name}), which nothing can be sorted by"
        raise InvalidValueError(msg)
    return Sorting(found, descending)
