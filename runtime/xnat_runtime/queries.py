"""Queries: what ``session.query(SubjectData)`` gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast, overload

import attrs

from .errors import InvalidValueError, ResultCountError
from .objects import XnatObject
from .query import Constraint, Selectable
from .search_objects import ObjectRows, TupleRows
from .search_plans import Plan, Search, count, fetch, fetch_pages, located, located_constraint, sorting
from .search_tables import csv_of, dicts_of, frame_of, json_of, typed_of
from .search_terms import AnyField
from .searchable import SearchRecord, require_possible
from .showable import Showable

if TYPE_CHECKING:
    from xml.etree import ElementTree

    import pandas as pd

    from .html_tables import Table
    from .search_answer import Row
    from .session import BaseSession

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T", bound=XnatObject | SearchRecord)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")


class RowMaker(Protocol[R]):
    """What makes results of rows."""

    def columns(self, session: BaseSession) -> list[AnyField]:
        """Returns the columns that it needs."""
        ...

    def build(self, session: BaseSession, rows: list[Row], keys: dict[str, str]) -> list[R]:
        """Returns the results."""
        ...


class Query(Showable, Generic[R_co]):
    """A search on the server; every method returns a new query, and nothing is asked before a result is wanted.

    ``R_co`` is what it finds: objects of a class, or tuples after `select`. A result takes one request, however many
    objects it has; values travel in the request's body.
    """

    def __init__(
        self, session: BaseSession, plan: Plan, maker: RowMaker[R_co], columns: tuple[AnyField, ...] = ()
    ) -> None:
        self._session = session
        self._plan = plan
        self._maker = maker
        self._columns = columns

    def _with(self, **changes: Any) -> Query[R_co]:  # Any: attributes of the plan
        return Query(self._session, attrs.evolve(self._plan, **changes), self._maker, self._columns)

    def _located(self, fields: tuple[AnyField, ...]) -> tuple[AnyField, ...]:
        return tuple(located(self._session, self._plan.item_class, field) for field in fields)

    # What is asked

    def filter(self, *constraints: Constraint) -> Query[R_co]:
        """Returns the query with further constraints; all of them must hold.

        Constraints may name fields of the objects, of what they belong to (``SubjectData`` in a query of
        ``MrSessionData``), and display fields (``MrSessionData.AGE``).

        Raises:
            InvalidValueError: A constraint is none, or names a field that the search cannot have.
        """
        found = (located_constraint(self._session, self._plan.item_class, one) for one in constraints)
        return self._with(constraints=(*self._plan.constraints, *found))

    def sort(self, field: AnyField, *, descending: bool = False) -> Query[R_co]:
        """Returns the query sorted by a field; a second call adds what decides between equal values.

        Objects without a value stand last, descending first, as XNAT sorts.

        Raises:
            InvalidValueError: The field has no order, or is none that the search can have.
        """
        found = sorting(self._session, self._plan.item_class, field, descending=descending)
        return self._with(sorting=(*self._plan.sorting, found))

    def limit(self, count: int, *, offset: int = 0) -> Query[R_co]:
        """Returns the query with at most so many results, the first ``offset`` left out.

        The server cuts by itself where it decides all conditions and the order (sorting by display fields); else
        everything comes in one answer and is cut here.

        Raises:
            InvalidValueError: A number is negative.
        """
        if count < 0 or offset < 0:
            msg = "limit() takes numbers from 0 on"
            raise InvalidValueError(msg)
        return self._with(limit=count, offset=offset)

    def view(self, *fields: AnyField) -> Query[R_co]:
        """Returns the query with these fields loaded: columns of its tables, values that its objects hold.

        Fields of what the objects belong to are held by its ``parent``, which then costs no request either.

        Raises:
            InvalidValueError: One is no field, or none that the search can have.
        """
        columns = (*self._columns, *self._located(fields))
        maker = self._maker
        if isinstance(maker, ObjectRows):
            maker = cast("RowMaker[R_co]", ObjectRows(cast("type[Any]", self._plan.item_class), columns))  # Any: R_co
        return Query(self._session, self._plan, maker, columns)

    @overload
    def select(self, a: Selectable[A], /) -> Query[tuple[A]]: ...
    @overload
    def select(self, a: Selectable[A], b: Selectable[B], /) -> Query[tuple[A, B]]: ...
    @overload
    def select(self, a: Selectable[A], b: Selectable[B], c: Selectable[C], /) -> Query[tuple[A, B, C]]: ...
    @overload
    def select(
        self, a: Selectable[A], b: Selectable[B], c: Selectable[C], d: Selectable[D], /
    ) -> Query[tuple[A, B, C, D]]: ...
    @overload
    def select(
        self, a: Selectable[A], b: Selectable[B], c: Selectable[C], d: Selectable[D], e: Selectable[E], /
    ) -> Query[tuple[A, B, C, D, E]]: ...
    @overload
    def select(
        self,
        a: Selectable[A],
        b: Selectable[B],
        c: Selectable[C],
        d: Selectable[D],
        e: Selectable[E],
        f: Selectable[F],
        /,
    ) -> Query[tuple[A, B, C, D, E, F]]: ...
    @overload
    # Any: more fields than there are overloads
    def select(self, first: AnyField, /, *more: AnyField) -> Query[tuple[Any, ...]]: ...
    def select(self, *fields: Any) -> Query[Any]:  # Any: see the overloads
        """Returns the query for the values of fields: a tuple for each object, in the order of the fields.

        Fields that identify (``SubjectData.label``) have their type, others may be None.

        Raises:
            InvalidValueError: One is no field, or none that the search can have; or there is none.
        """
        if not fields:
            msg = "select() takes at least one field"
            raise InvalidValueError(msg)
        found = self._located(fields)
        return Query(self._session, self._plan, TupleRows(self._plan.item_class, found), found)

    # Results

    def all(self) -> list[R_co]:
        """Returns all results: one request.

        Raises:
            FieldNotOnServerError: The server does not know a field that is loaded.
            PermissionDeniedError: The account may not search this type.
            ServerError: The server failed, as it does on a field in a condition that it does not know.
        """
        rows, keys = self._fetch()
        return self._maker.build(self._session, rows, keys)

    def __iter__(self) -> Iterator[R_co]:
        return iter(self.all())

    def first(self) -> R_co | None:
        """Returns the first result, None when there is none."""
        return self._at(slice(0, 1))

    def last(self) -> R_co | None:
        """Returns the last result, None when there is none."""
        return self._at(slice(-1, None))

    def _at(self, where: slice) -> R_co | None:
        rows, keys = self._fetch()
        return next(iter(self._maker.build(self._session, rows[where], keys)), None)

    def one(self) -> R_co:
        """Returns the only result.

        Raises:
            ResultCountError: There is none, or more than one (also a ValueError).
        """
        found = self.one_or_none()
        if found is None:
            msg = f"{self!r} has no result, not one"
            raise ResultCountError(msg, count=0)
        return found

    def one_or_none(self) -> R_co | None:
        """Returns the only result, None when there is none.

        Raises:
            ResultCountError: There is more than one (also a ValueError).
        """
        found = self.all()
        if len(found) > 1:
            msg = f"{self!r} has {len(found)} results, not one"
            raise ResultCountError(msg, count=len(found))
        return found[0] if found else None

    def count(self) -> int:
        """Returns how many results there are: one request that loads none of them."""
        return count(self._session, self._plan, self._maker.columns(self._session))

    def pages(self, size: int) -> Iterator[list[R_co]]:
        """Yields the results in lists of ``size``, from one result that the server stores: a request for each list.

        Raises:
            InvalidValueError: The size is no positive number.
            UnexpectedStatusError: The server has forgotten the stored result meanwhile (status 410).
        """
        if size < 1:
            msg = "pages() takes a size from 1 on"
            raise InvalidValueError(msg)
        columns = self._maker.columns(self._session)
        for rows, keys in fetch_pages(self._session, self._plan, columns, size):
            yield self._maker.build(self._session, rows, keys)

    def _fetch(self) -> tuple[list[Row], dict[str, str]]:
        return fetch(self._session, self._plan, self._maker.columns(self._session))

    # Tables

    def tabulate_csv(self) -> str:
        """Returns the result as CSV, as the server writes it: the columns of `view`, else the server's own choice."""
        return csv_of(self._session, self._plan, self._columns)

    def tabulate_dict(self) -> list[dict[str, str]]:
        """Returns the rows of `tabulate_csv` as mappings of column to text."""
        return dicts_of(self.tabulate_csv())

    def tabulate_json(self) -> str:
        """Returns the server's JSON answer, a ``ResultSet`` with its ``Result``."""
        return json_of(self._session, self._plan, self._columns)

    def tabulate_pandas(self) -> pd.DataFrame:
        """Returns the result as a pandas DataFrame, text as text (extra ``pandas``)."""
        return frame_of(self.tabulate_csv())

    def tabulate_arrow(self) -> Any:  # Any: pyarrow comes without types
        """Returns the result as a ``pyarrow.Table`` (extra ``arrow``): the columns of `view`, else the server's choice.

        Columns have the types of their fields, else those that the answer tells; all others are strings, and so is a
        column with a cell that is not of its type. Empty cells are null.

        Raises:
            UsageError: pyarrow is not installed.
        """
        from .typed_tables import arrow_of  # noqa: PLC0415  # only this method needs it

        return arrow_of(typed_of(self._session, self._plan, self._columns))

    def to_string(self) -> bytes:
        """Returns the search document that is sent, as bytes; it holds the values of the conditions."""
        return Search(self._session, self._plan, self._maker.columns(self._session)).body

    def to_xml(self) -> ElementTree.Element:
        """Returns the search document that is sent, as an element; see `to_string`."""
        from xml.etree import ElementTree  # noqa: PLC0415  # only this method needs it

        return ElementTree.fromstring(self.to_string())  # noqa: S314  # our own document

    @property
    def __xnat_root__(self) -> str:
        """The data type of the rows."""
        return self._plan.root

    @property
    def __xnat_is_cut__(self) -> bool:
        """Whether it is sorted or limited, which is no part of its document."""
        return bool(self._plan.sorting or self._plan.offset or self._plan.limit is not None)

    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns what notebooks show: the conditions without their values, and the first results."""
        from .search_head import Asked, of_query  # noqa: PLC0415 - only notebooks look

        asked = Asked(self._plan, self._maker.columns(self._session), self._columns, isinstance(self._maker, TupleRows))
        return of_query(self._session, asked, identifying, limit)

    def __repr__(self) -> str:
        conditions = "".join(f" {one!r}" for one in self._plan.constraints)
        return f"<Query of {self._plan.item_class.__name__}{conditions}>"


def query(session: BaseSession, item_class: type[T], *constraints: Constraint) -> Query[T]:
    """Returns a search for the objects of a class.

    Raises:
        InvalidValueError: No server can search this type, or a constraint is none.
    """
    require_possible(session, item_class)
    made = Query[T](session, Plan(item_class), ObjectRows(item_class))
    return made.filter(*constraints)
