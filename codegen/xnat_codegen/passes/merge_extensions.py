"""Pass: every class finds the class that it is derived from."""

from __future__ import annotations

from ..errors import CodegenError
from ..ir import Class, Ir


def merge_extensions(ir: Ir) -> None:
    """Sets ``base``; the text of a type that extends another type with text comes from that type.

    Raises:
        CodegenError: A base type is unknown, or a type is derived from itself.
    """
    for cls in ir.classes.values():
        _merge(cls, cls, ir)
    for cls in ir.classes.values():
        _check_cycle(cls)


def _merge(cls: Class, root: Class, ir: Ir) -> None:
    _inherit_text(cls)
    if cls.base_name is not None and not cls.base_name.is_builtin:
        cls.base = ir.classes.get(cls.base_name)
        if cls.base is None:
            raise CodegenError(_unknown_base(cls, ir), cls.source, root.label)
    for member in cls.members:
        if member.structure is not None:
            _merge(member.structure, root, ir)


def _inherit_text(cls: Class) -> None:
    for member in cls.members:
        if member.form == "text" and member.target is not None:
            cls.base_name = member.target.qname
            cls.members.remove(member)
            return


def _unknown_base(cls: Class, ir: Ir) -> str:
    name = cls.base_name
    if name is None:
        return "unknown base type"
    if name.namespace in ir.missing or name.namespace not in ir.namespaces:
        return f"unknown base type {name}: its schema is missing, add it with --schemas or --with-stock"
    return f"unknown base type {ir.label_of(name)}"


def _check_cycle(cls: Class) -> None:
    seen: list[Class] = []
    current: Class | None = cls
    while current is not None:
        if current in seen:
            raise CodegenError("the type is derived from itself", cls.source, cls.label)
        seen.append(current)
        current = current.base
