"""Pass: every class learns what it is built on and what its parent is."""

from __future__ import annotations

from .. import overrides
from ..ir import Class, Ir

STRUCTURE_BASE = ("xnat_runtime.structures", "XnatStructure")
# What has no REST path and yet display fields is found by searches alone.
RECORD_BASE = ("xnat_runtime.searchable", "SearchRecord")


def classify_classes(ir: Ir) -> None:
    """Tells objects with a REST path from structures; sets runtime bases and parents."""
    searched = {entry.name for entry in ir.display_entries}
    for cls in ir.all_classes():
        cls.is_object = any(ancestor.label in overrides.OBJECT_BASES for ancestor in cls.lineage())
        cls.bases = _bases(cls, is_searched=cls.label in searched)
        cls.parent = _parent(cls, ir)


def _bases(cls: Class, *, is_searched: bool) -> tuple[tuple[str, str], ...]:
    if cls.label in overrides.OBJECT_BASES:
        return (overrides.OBJECT_BASES[cls.label],)
    if cls.label in overrides.MIXINS:
        return (overrides.MIXINS[cls.label],)
    if cls.base is not None:
        return ()
    return (RECORD_BASE if is_searched else STRUCTURE_BASE,)


def _parent(cls: Class, ir: Ir) -> Class | tuple[str, str] | None:
    declared = overrides.PARENTS.get(cls.label)
    return ir.by_label(declared) if isinstance(declared, str) else declared
