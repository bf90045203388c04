"""Conditions that people type: those of ``--filter``, which choose rows, and the words of others."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from ..errors import InvalidValueError
from .cells import Rank, compared, plain

# Two signs before one of them alone.
_WORDS: Final = re.compile(r"([^=<>!]+)(!=|>=|<=|=|>|<)(.*)", re.DOTALL)
_ORDER: Final[Mapping[str, Callable[[Rank, Rank], bool]]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@attrs.frozen
class Condition:
    """One condition.

    Attributes:
        column: Name of the column, or of the field that is searched.
        operator: One of ``= != > < >= <=``.
        pattern: What the cell is compared with; a shell pattern for ``=`` and ``!=``.
    """

    column: str
    operator: str
    pattern: str

    def test(self) -> Callable[[object], bool]:
        """Returns the test of a cell.

        ``=`` takes shell patterns and asks for no case. An empty cell equals nothing but the empty pattern, and is
        neither less nor more than anything.
        """
        compare = _ORDER.get(self.operator)
        if compare is not None:
            return lambda value: bool(plain(value)) and compare(*compared(value, self.pattern))
        matches = re.compile(fnmatch.translate(self.pattern), re.IGNORECASE).match
        wanted = self.operator == "="
        return lambda value: (matches(plain(value)) is not None) is wanted


def parted(text: str) -> Condition | None:
    """Returns a condition such as ``date>=2020``, None for what is none."""
    found = _WORDS.fullmatch(text)
    return Condition(*(part.strip() for part in found.groups())) if found is not None else None


def conditions_of(texts: Sequence[str]) -> list[Condition]:
    """Returns the conditions of all ``--filter`` options.

    Raises:
        InvalidValueError: One is none.
    """
    return [_condition(text) for text in texts]


def _condition(text: str) -> Condition:
    found = parted(text)
    if found is None:
        msg = f"--filter {text!r}: write COLUMN=PATTERN, such as type=T1*, or compare with != > < >= <="
        raise InvalidValueError(msg)
    return found
