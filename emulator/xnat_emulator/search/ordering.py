"""The order of rows: that of PostgreSQL, where nothing counts as the greatest value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..formats.tables import Cell, cell_text

T = TypeVar("T")


def ordered(items: Sequence[T], cell: Callable[[T], Cell], *, descending: bool) -> list[T]:
    """Return items by their cells, equal ones as they were; without a value they stand last, descending first."""
    keyed = [(cell(item), item) for item in items]
    empty = [item for value, item in keyed if value is None]
    full = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: _rank(pair[0]), reverse=descending)
    filled = [item for _, item in full]
    return [*empty, *filled] if descending else [*filled, *empty]


def _rank(cell: Cell) -> tuple[float, str, str]:
    """Return what orders numbers before texts, and texts whatever their case first."""
    if isinstance(cell, (int, float)):
        return (float(cell), "", "")
    text = cell_text(cell)
    return (float("inf"), text.casefold(), text)
