"""Names that generated classes cannot give to schema fields, since the runtime's own members have them."""

from __future__ import annotations

from typing import Final

from . import archive
from .structures import XnatStructure


def _public(*classes: type) -> frozenset[str]:
    return frozenset(
        name
        for cls in classes
        for name in dir(cls)
        # Abstract members are those that generated classes must have.
        if not name.startswith("_") and name not in getattr(cls, "__abstractmethods__", ())
    )


EXPERIMENT_NAMES: Final = frozenset({"status", "subject"})
"""Taken on experiments only: scans have a field of this name."""

RESOURCE_NAMES: Final = frozenset({"id"})
"""Taken on resources only: everything else has an ID among its fields."""

OBJECT_NAMES: Final = _public(*(getattr(archive, name) for name in archive.__all__)).difference(
    EXPERIMENT_NAMES, RESOURCE_NAMES
)
"""Taken on every class with a REST path."""

STRUCTURE_NAMES: Final = _public(XnatStructure)
"""Taken on structures."""
