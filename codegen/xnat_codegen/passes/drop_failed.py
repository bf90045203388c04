"""Pass: types that cannot be generated are left out, with all that is built on them."""

from __future__ import annotations

from ..ir import Class, Ir
from .report import fail, warn


def drop_failed(ir: Ir) -> None:
    """Removes failed types and those derived from them; members of such types are left out with a warning."""
    for cls in ir.classes.values():
        _fail_heir(cls, cls, ir)
    for qname in ir.failed:
        ir.classes.pop(qname, None)
    for cls in ir.classes.values():
        _drop_members(cls, cls, ir)


def _fail_heir(cls: Class, root: Class, ir: Ir) -> None:
    for ancestor in list(cls.lineage()):
        if ancestor is not root and ancestor.qname in ir.failed:
            fail(ir, root, f"it is derived from {ancestor.label}, which is left out", root.source)
    for member in cls.members:
        if member.structure is not None:
            _fail_heir(member.structure, root, ir)


def _drop_members(cls: Class, root: Class, ir: Ir) -> None:
    for member in list(cls.members):
        if member.target is not None and member.target.qname in ir.failed:
            cls.members.remove(member)
            warn(
                ir, f"member {member.name!r} is left out with its type {member.target.label}", member.source, root.label
            )
        if member.structure is not None:
            _drop_members(member.structure, root, ir)
