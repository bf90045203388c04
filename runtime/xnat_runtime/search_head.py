"""The first rows of a search, and how many there are: what is shown of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from .collections import plain_path
from .html_tables import Cell, Table
from .identifying import is_hidden
from .notebook_rows import HINT, cell, counted, rank, title_of
from .query import AllOf, AnyOf, Comparison, Constraint, DisplayField, Negation, VariableField
from .search_answer import Row
from .search_document import type_of
from .search_objects import row_name
from .search_plans import Plan, Search, fetch, server_sort
from .search_terms import NOTHING, AnyField

if TYPE_CHECKING:
    from .item import Item
    from .session import BaseSession


@attrs.frozen
class Asked:
    """What a query asks for.

    Attributes:
        plan: The conditions.
        columns: All columns that the results are made of.
        viewed: Those that somebody named.
        is_select: Whether only those are wanted.
    """

    plan: Plan
    columns: Sequence[AnyField]
    viewed: Sequence[AnyField]
    is_select: bool

    def shown(self, kinds: Mapping[AnyField, type[Item]]) -> list[AnyField]:
        """Returns the columns to show: those of the objects, what names them first, and those that were named."""
        named = {field.xpath for field in self.viewed}
        if self.is_select:
            return list(self.viewed)
        own = [
            field
            for field in self.columns
            if field.xpath not in named and issubclass(self.plan.item_class, kinds[field])
        ]
        return [*sorted(own, key=lambda field: rank(field.path)), *self.viewed]


@attrs.frozen
class Head:
    """The first rows of a search.

    Attributes:
        rows: The rows, as the server sent them.
        keys: The row keys of the columns by the fields' paths.
        total: How many rows there are.
    """

    rows: list[Row]
    keys: dict[str, str]
    total: int


def head(session: BaseSession, plan: Plan, columns: Sequence[AnyField], size: int) -> Head:
    """Returns the first rows of a query: one request, for them alone where the server decides everything by itself."""
    search = Search(session, plan, columns)
    if search.compiled.where == NOTHING:
        return Head([], {}, 0)
    sort = server_sort(session, plan)
    if sort is None or search.compiled.rest or plan.offset:
        rows, keys = fetch(session, plan, columns)
        return Head(rows[:size], keys, len(rows))
    wanted = size if plan.limit is None else min(size, plan.limit)
    answer = search.store(sort, max(1, wanted))
    total = answer.total if plan.limit is None else min(answer.total, plan.limit)
    return Head(search.rows_of(answer, 0, wanted), search.keys_of(answer), total)


def of_query(session: BaseSession, asked: Asked, identifying: bool, limit: int) -> Table:
    """Returns the table of a query: its conditions without their values, and the first results."""
    plan = asked.plan
    found = head(session, plan, asked.columns, limit)
    kinds = {field: session.registry.load(type_of(field)) or plan.item_class for field in asked.columns}
    shown = [field for field in asked.shown(kinds) if field.xpath in found.keys]
    hidden = {field for field in shown if not identifying and is_hidden(kinds[field], row_name(field))}
    rows: list[list[Cell]] = [
        [cell(field.path, row[found.keys[field.xpath]], hidden=field in hidden) for field in shown]
        for row in found.rows
    ]
    titles = [_title(plan.item_class, kinds[field], field) for field in shown]
    conditions = [f"Where {' and '.join(map(_said, plan.constraints))}"] if plan.constraints else []
    title = f"{plan.item_class.__name__} found: {counted(found.total, limit)}"
    return Table(title, titles, rows, [*conditions, HINT] if hidden else conditions)


def _title(searched: type[Item], kind: type[Item], field: AnyField) -> str:
    if isinstance(field, DisplayField) and not isinstance(field, VariableField):
        return f'{field.path}["{field.value}"]' if field.value else field.path
    name = title_of(kind, row_name(field))
    return name if issubclass(searched, kind) else f"{kind.__name__}.{name}"


def _said(constraint: Constraint) -> str:
    """Returns a condition in words; the values stay out, since they may be a patient's."""
    if isinstance(constraint, Comparison):
        value = "" if constraint.value is None else " …"
        return f"{plain_path(constraint.field.path)} {constraint.operator}{value}"
    if isinstance(constraint, Negation):
        return f"not ({_said(constraint.member)})"
    if isinstance(constraint, (AllOf, AnyOf)):
        return f"({f' {constraint.word.lower()} '.join(map(_said, constraint.members))})"
    return "…"
