"""Pass: lists of a text and its key need no class; they become maps from key to text."""

from __future__ import annotations

from ..ir import Class, Ir, Kind, Member


def shape_maps(ir: Ir) -> None:
    """Moves the text's codec to the member, and drops the anonymous class behind it."""
    for cls in list(ir.all_classes()):
        for member in cls.members:
            if member.kind is Kind.KEYED_VALUES and member.target is not None:
                _shape(member, member.target, cls)
            elif member.target is not None and member.repeats:
                member.text_name = _text_name(member, member.target)


def _shape(member: Member, item: Class, cls: Class) -> None:
    text = next(field for field in item.all_members() if field.form == "text")
    member.codec = text.codec
    member.facets = text.facets
    member.text_name = _text_name(member, item)
    if item in cls.nested:
        cls.nested.remove(item)


def _text_name(member: Member, item: Class) -> str:
    """What JSON calls the text of an item: the element for anonymous items, the type for named ones."""
    if not any(field.form == "text" for field in item.all_members()):
        return ""
    return item.qname.local if item.qname is not None else member.path.rpartition("/")[2]
