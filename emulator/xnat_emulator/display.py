"""Names and search fields of data types: from ``schemas/display.toml`` where it has them, else from the schemas."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .schema import DataModel

_SECURED_ROOTS = ("xnat:projectData", "xnat:subjectData", "xnat:experimentData", "xnat:imageScanData")


@dataclass(frozen=True, slots=True)
class DisplayField:
    """One field of the search engine."""

    id: str
    searchable: bool
    needs_value: bool


@dataclass(frozen=True, slots=True)
class DisplayElement:
    """One data type of the search engine."""

    name: str
    singular: str
    plural: str
    fields: tuple[DisplayField, ...]


@lru_cache(maxsize=4)
def _documents(schemas: Path) -> Mapping[str, DisplayElement]:
    path = schemas / "display.toml"
    if not path.is_file():
        return {}
    # tomllib gives untyped tables; only the keys of the file's format are read.
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("element", [])
    return {row["name"]: _element(row) for row in rows}


# The row is one untyped table of the file.
def _element(row: dict[str, Any]) -> DisplayElement:
    fields = tuple(
        DisplayField(str(field["id"]), bool(field.get("searchable")), bool(field.get("needs_value")))
        for field in row.get("fields", [])
    )
    singular = str(row.get("singular", "")) or plain_name(row["name"])
    return DisplayElement(row["name"], singular, str(row.get("plural", "")) or f"{singular}s", fields)


def plain_name(xsi_type: str) -> str:
    """Return a readable name made from a type's name: ``xnat:petmrSessionData`` gives ``PETMR Session``."""
    local = xsi_type.partition(":")[2].removesuffix("Data")
    words = re.findall(r"[a-z0-9]+|[A-Z][a-z0-9]*", local)
    head = words[0] if words else local
    first = head.upper() if words[1:] and words[-1] in {"Session", "Scan"} else head.capitalize()
    return " ".join([first, *words[1:]])


def element(schemas: Path, model: DataModel, xsi_type: str) -> DisplayElement:
    """Return the search names of a type; one without a display document has the paths of its schema as fields."""
    known = _documents(schemas).get(xsi_type)
    if known is not None:
        return known
    singular = plain_name(xsi_type)
    fields = tuple(
        DisplayField(path.replace("/", "_").upper(), searchable=True, needs_value=False)
        for path in model.type(xsi_type).fields
    )
    return DisplayElement(xsi_type, singular, f"{singular}s", fields)


def listed_types(schemas: Path, model: DataModel) -> tuple[str, ...]:
    """Return the types that are set up for search: those with a display document, without the ``xdat:`` ones."""
    known = [name for name in _documents(schemas) if not name.startswith("xdat:") and name in model]
    if known:
        return tuple(known)
    named = dict.fromkeys(model.elements.values())
    return tuple(name for name in named if model.root_of(name) in _SECURED_ROOTS)
