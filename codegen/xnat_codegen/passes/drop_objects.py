"""Pass: objects that a document holds but no collection lists are left out."""

from __future__ import annotations

from ..ir import Class, Ir


def drop_objects(ir: Ir) -> None:
    """Removes members whose type has a REST path of its own: such items are read there, not inside another one."""
    for cls in ir.all_classes():
        cls.members = [member for member in cls.members if member.target is None or not is_object(member.target)]


def is_object(cls: Class) -> bool:
    """Whether a class stands for items with a REST path of their own."""
    return any(ancestor.is_object for ancestor in cls.lineage())
