"""Which columns and which rows are shown: ``--columns``, ``--filter``, ``--sort-by``, ``--limit``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

import attrs

from ..errors import InvalidValueError
from .cells import EMPTY, rank
from .conditions import conditions_of
from .near import near

if TYPE_CHECKING:
    from .settings import Settings

Row = Mapping[str, object]


def named(settings: Settings) -> list[str]:
    """Returns the names of columns in the options, each once, as they were typed; for what has to load them.

    Raises:
        InvalidValueError: A filter is none.
    """
    sorting = [name for name, _ in _sortings(settings)]
    filtered = [condition.column for condition in conditions_of(settings.filters or ())]
    return list(dict.fromkeys([*listed(settings.columns), *filtered, *sorting]))


def listed(text: str | None) -> list[str]:
    """Returns names that commas part."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _sortings(settings: Settings) -> list[tuple[str, bool]]:
    return [(name.removeprefix("-"), name.startswith("-")) for name in listed(settings.sort_by)]


@attrs.frozen
class Picked:
    """The rows and columns that are shown.

    Attributes:
        rows: The rows; they can be gone through once.
        columns: The columns of a table.
        others: Further columns, which only JSON has.
        counts: How many rows there were before ``--limit``, told when the rows have been gone through.
    """

    rows: Iterable[Row]
    columns: list[str]
    others: list[str]
    counts: Counts


@attrs.define
class Counts:
    """How many rows were shown, of how many."""

    shown: int = 0
    total: int = 0


def pick(rows: Iterable[Row], columns: Sequence[str], settings: Settings, aliases: Mapping[str, str]) -> Picked:
    """Returns what the options ask for; rows are taken one by one where they are not sorted.

    Args:
        rows: All rows, by column.
        columns: Columns that are shown when ``--columns`` does not say.
        settings: The options.
        aliases: Further names of columns -> columns.

    Raises:
        InvalidValueError: A column is asked for that there is not; the message lists those that there are.
    """
    all_rows = iter(rows)
    start = list(islice(all_rows, 1))
    known = list(dict.fromkeys([*columns, *(start[0] if start else ())]))
    names = _Names(known, aliases, is_empty=not start)
    found = _sorted(_filtered(chain(start, all_rows), settings, names), settings, names)
    counts = Counts()
    wanted = [names.find(name) for name in listed(settings.columns)]
    others = [] if wanted else sorted(name for name in known if name not in columns)
    return Picked(_limited(found, settings.limit, counts), wanted or list(columns), others, counts)


@attrs.frozen
class _Names:
    known: Sequence[str]
    aliases: Mapping[str, str]
    is_empty: bool

    def find(self, name: str) -> str:
        """Returns the column of a name, whatever its case; of no rows, any name is a column."""
        name = self.aliases.get(name, name)
        if name in self.known:
            return name
        found = next((known for known in self.known if known.casefold() == name.casefold()), None)
        if found is None and not self.is_empty:
            msg = f"there is no column {name!r}{near(name, self.known)}. There are {', '.join(self.known)}"
            raise InvalidValueError(msg)
        return found or name


def _filtered(rows: Iterator[Row], settings: Settings, names: _Names) -> Iterator[Row]:
    for condition in conditions_of(settings.filters or ()):
        column, test = names.find(condition.column), condition.test()
        rows = _where(rows, column, test)
    return rows


def _where(rows: Iterator[Row], column: str, test: Callable[[object], bool]) -> Iterator[Row]:
    return (row for row in rows if test(row.get(column)))


def _sorted(rows: Iterator[Row], settings: Settings, names: _Names) -> Iterator[Row]:
    for name, descending in reversed(_sortings(settings)):
        column = names.find(name)
        ranked = [(rank(row.get(column)), row) for row in rows]
        # Rows without a value stand last both ways.
        empty = [row for place, row in ranked if place == EMPTY]
        full = [pair for pair in ranked if pair[0] != EMPTY]
        full.sort(key=lambda pair: pair[0], reverse=descending)
        rows = iter([*(row for _, row in full), *empty])
    return rows


def _limited(rows: Iterator[Row], limit: int | None, counts: Counts) -> Iterator[Row]:
    for row in islice(rows, limit):
        counts.shown += 1
        yield row
    counts.total = counts.shown + sum(1 for _ in rows)
