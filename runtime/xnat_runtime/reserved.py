"""Names that generated classes cannot give to schema fields, since the runtime's own members have them."""

from __future__ import annotations

from typing import Final

from . import archive
from .objects import XnatObject
from .structures import XnatStructure


def _public(*classes: type) -> frozenset[str]:
    return frozenset(
        name
        for cls in classes
        for name in dir(cls)
        # Abstract members are those that generated classes must have.
        if not name.startswith("_") and name not in getattr(cls, "__abstractmethods__", ())
    )


EXPERIMENT_NAMES: Final = frozenset({"status"})
"""Taken on experiments only: scans have a field of this name."""

OBJECT_NAMES: Final = _public(
    *(found for found in vars(archive).values() if isinstance(found, type) and issubclass(found, XnatObject))
).difference(EXPERIMENT_NAMES)
"""Taken on every class with a REST path."""

STRUCTURE_NAMES: Final = _public(XnatStructure)
"""Taken on structures."""
