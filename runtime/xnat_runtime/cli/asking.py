"""Conditions that people type, as search constraints: ``label=test*``, ``date>=2020-01-01``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from ..codec import TEXT
from ..errors import InvalidValueError
from ..hierarchy import ExperimentObject
from ..query import Constraint, QueryField, and_, or_
from .conditions import parted
from .near import near
from .terms import AnyField, field_named, field_names

if TYPE_CHECKING:
    from ..item import Item
    from ..registry import Registry

_SUBJECT: Final = "subject."


def constraint_of(
    kind: type[Item], registry: Registry, conditions: Sequence[str], *, any_of: bool
) -> Constraint | None:
    """Returns the constraint of all conditions, None when there are none.

    Args:
        kind: The class of what is searched.
        registry: The types of the package.
        conditions: Texts such as ``label=test*``.
        any_of: Whether one of them is enough.

    Raises:
        InvalidValueError: One is no condition, names no field, or has a value that is not of the field's type.
    """
    found = [_constraint(kind, registry, text) for text in conditions]
    if len(found) < 2:
        return found[0] if found else None
    return or_(*found) if any_of else and_(*found)


def _constraint(kind: type[Item], registry: Registry, text: str) -> Constraint:
    parts = parted(text)
    if parts is None:
        msg = f"{text!r} is no condition: write FIELD=VALUE, such as label=test*, or compare with != > < >= <="
        raise InvalidValueError(msg)
    field = term_named(kind, registry, parts.column)
    if parts.operator in {"=", "!="}:
        found = _same(field, parts.column, parts.pattern)
        return found if parts.operator == "=" else ~found
    value = _decoded(field, parts.column, parts.pattern)
    compare = {">": field.__gt__, "<": field.__lt__, ">=": field.__ge__, "<=": field.__le__}
    return compare[parts.operator](value)


def _same(field: AnyField, name: str, value: str) -> Constraint:
    if not value:
        return field.is_null()
    if "*" not in value or field.codec is not cast("Any", TEXT):  # Any: codecs of every type
        return field == _decoded(field, name, value)
    text = cast("QueryField[str]", field)
    before, _, behind = value.partition("*")
    if not behind and before:
        return text.startswith(before)
    if value.startswith("*") and value.endswith("*") and "*" not in value[1:-1] and value.strip("*"):
        return text.contains(value.strip("*"))
    return text.like(value)


def _decoded(field: AnyField, name: str, value: str) -> object:
    # The value stays out of the message: it may be a patient's.
    wrong = InvalidValueError(f"{name}: the value is no {field.codec.name}{_EXAMPLES.get(field.codec.name, '')}")
    try:
        found = field.codec.decode(value)
    except ValueError:
        raise wrong from None
    if found is None:
        raise wrong
    return found


_EXAMPLES: Final = {
    "date": ", such as 2020-01-31",
    "time": ", such as 09:30:00",
    "datetime": ", such as 2020-01-31T09:30",
}


def term_named(kind: type[Item], registry: Registry, name: str) -> AnyField:
    """Returns a field that a search of a class can name; ``subject.label`` is one of what sessions belong to.

    Raises:
        InvalidValueError: There is no such field; the message says which one is like it.
    """
    found = field_named(kind, name)
    if found is None and name.startswith(_SUBJECT) and issubclass(kind, ExperimentObject):
        subject = registry.load("xnat:subjectData")
        found = field_named(subject, name.removeprefix(_SUBJECT)) if subject is not None else None
    if found is None:
        msg = (
            f"{kind.__name__} has no field {name!r}{near(name, field_names(kind))}. Fields are named as in Python "
            "(label, demographics.gender, fields.weight), by XML path, or by the id of a search field (AGE)"
        )
        raise InvalidValueError(msg)
    return found
