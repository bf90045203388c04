"""Pass: a member that refers to a global element or attribute takes over that declaration's type."""

from __future__ import annotations

from ..ir import Class, Ir, Member
from ..model.xsd import XML_NAMESPACE
from .report import fail


def resolve_references(ir: Ir) -> None:
    """Gives every ``ref=`` member its type; a reference to nothing makes its type fail."""
    for cls in list(ir.classes.values()):
        _resolve(cls, cls, ir)


def _resolve(cls: Class, root: Class, ir: Ir) -> None:
    for member in cls.members:
        if member.ref is not None:
            _resolve_one(member, root, ir)
        if member.structure is not None:
            _resolve(member.structure, root, ir)


def _resolve_one(member: Member, root: Class, ir: Ir) -> None:
    reference = member.ref
    if reference is None or reference.namespace in ir.missing:
        return
    if member.form == "attribute":
        declared = ir.attributes.get(reference)
        if declared is not None:
            member.type, member.facets = declared.type, declared.facets
        elif reference.namespace == XML_NAMESPACE:
            member.type = None
        else:
            fail(ir, root, f"unknown attribute {ir.label_of(reference)}", member.source)
    elif reference in ir.elements:
        member.type = ir.elements[reference]
    else:
        fail(ir, root, f"unknown element {ir.label_of(reference)}", member.source)
