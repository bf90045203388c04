"""Schema paths as clients write them, ``xnat:subjectData/fields/field[name=x]/field`` (rest-data 7.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .schema import DataModel, Field, Slot


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a name and what its brackets select."""

    name: str
    xsi_type: str | None = None
    index: int | None = None
    key: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class XmlPath:
    """A parsed path: the type it starts at, its steps, and their names without brackets as one text."""

    root: str
    steps: tuple[Step, ...]
    names: str

    @property
    def plain(self) -> str:
        """The path without brackets, as it names a table column."""
        return f"{self.root}/{self.names}"


_BRACKET = re.compile(r"\[([^\]]*)\]")


class PathError(ValueError):
    """A path is malformed or names something the type does not have."""


def is_path(text: str) -> bool:
    """Tell whether a parameter name is a schema path: it holds both ``:`` and ``/`` (rest-data 7.1)."""
    return ":" in text and "/" in text


@lru_cache(maxsize=2048)
def parse(text: str) -> XmlPath:
    """Return a parsed path.

    Raises:
        PathError: There is no step below the type, or a bracket is malformed.
    """
    parts = _split(text)
    if len(parts) < 2:
        raise PathError(f"No field below the type in {text}")
    steps = tuple(_step(part) for part in parts[1:])
    return XmlPath(parts[0], steps, "/".join(step.name for step in steps))


def _split(text: str) -> list[str]:
    """Split at slashes outside brackets."""
    parts, depth, start = list[str](), 0, 0
    for position, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "/" and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [part for part in [*parts, text[start:]] if part]


def _step(part: str) -> Step:
    name = part.partition("[")[0].removeprefix("@")
    if part.count("[") != part.count("]"):
        raise PathError(f"A bracket of {part} is open")
    step = Step(name)
    for bracket in _BRACKET.findall(part):
        step = _select(step, bracket.strip())
    return step


def _select(step: Step, bracket: str) -> Step:
    if bracket.isascii() and bracket.isdigit() and len(bracket) < 10:
        return Step(step.name, step.xsi_type, int(bracket), step.key)
    name, equals, value = bracket.partition("=")
    if not equals:
        raise PathError(f"Cannot read [{bracket}] in a path")
    value = value.strip().strip("'\"")
    if name.strip().removeprefix("@") == "xsi:type":
        return Step(step.name, value, step.index, step.key)
    return Step(step.name, step.xsi_type, step.index, (name.strip().removeprefix("@"), value))


@dataclass(frozen=True, slots=True)
class Located:
    """Where the first steps of a path lead: a field of the type, or a child slot and the steps left."""

    field: Field | None
    slot: Slot | None
    step: Step
    rest: tuple[Step, ...]


def locate(model: DataModel, type_name: str, steps: tuple[Step, ...]) -> Located:
    """Return the field or the child slot that a path reaches first, whatever its case: xnatpy writes ``scan/id``.

    Raises:
        PathError: The type has neither.
    """
    data_type = model.type(type_name)
    path = ""
    for position, step in enumerate(steps):
        path = f"{path}/{step.name}" if path else step.name
        if (slot := data_type.slots.get(data_type.spelled(path))) is not None:
            return Located(None, slot, step, steps[position + 1 :])
    if (field := data_type.fields.get(data_type.spelled(path))) is not None:
        return Located(field, None, steps[-1], ())
    raise PathError(f"{type_name} has no field {path}")
