"""What a change means for code that uses the package."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.xsd import Facets
from .change import Verdict
from .python_side import PythonField, PythonSide


def judge_removal(gone: PythonField | None, new: PythonSide) -> Verdict:
    """Returns the verdict on a field that went: another one may stand under its name in Python."""
    if gone is None or new.places.get(gone.place) == gone.annotation:
        return Verdict.COMPATIBLE
    return Verdict.BREAKING


def judge_addition(came: PythonField | None, old: PythonSide) -> Verdict:
    """Returns the verdict on a field that came: code may know it already, under another path."""
    is_known = came is not None and old.places.get(came.place) == came.annotation
    return Verdict.COMPATIBLE if is_known else Verdict.ADDITIVE


def judge_type(old: PythonField | None, new: PythonField | None) -> Verdict:
    """Returns the verdict on another type of a field: only one that Python sees matters."""
    return Verdict.COMPATIBLE if old == new else Verdict.BREAKING


def facet_changes(old: Facets, new: Facets) -> Iterator[tuple[str, str | None, str | None, Verdict]]:
    """Yields name, old and new text, and verdict of each limit that changed.

    A wider limit is compatible; a narrower one refuses values that code assigns. An enumeration is a type of its own
    in Python, so that one which comes or goes breaks type checks; a value that joins one is additive.
    """
    if old.max_length != new.max_length:
        verdict = _judge_limit(old.max_length, new.max_length, is_upper=True)
        yield "maxLength", _text(old.max_length), _text(new.max_length), verdict
    if old.minimum != new.minimum:
        verdict = _judge_limit(old.minimum, new.minimum, is_upper=False)
        yield "minInclusive", _text(old.minimum), _text(new.minimum), verdict
    if old.maximum != new.maximum:
        verdict = _judge_limit(old.maximum, new.maximum, is_upper=True)
        yield "maxInclusive", _text(old.maximum), _text(new.maximum), verdict
    if old.enumeration != new.enumeration:
        verdict = _judge_values(set(old.enumeration), set(new.enumeration))
        yield "enumeration", _words(old.enumeration), _words(new.enumeration), verdict


def _judge_limit(old: float | None, new: float | None, *, is_upper: bool) -> Verdict:
    if new is None:
        return Verdict.COMPATIBLE
    if old is None or (new < old if is_upper else new > old):
        return Verdict.BREAKING
    return Verdict.COMPATIBLE


def _judge_values(old: set[str], new: set[str]) -> Verdict:
    if old == new:
        return Verdict.COMPATIBLE
    return Verdict.ADDITIVE if old and old < new else Verdict.BREAKING


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:.15g}"


def _words(values: tuple[str, ...]) -> str | None:
    return " | ".join(values) if values else None
