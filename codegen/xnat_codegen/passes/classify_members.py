"""Pass: every member gets its kind: a value, a structure, or one of the four kinds of lists."""

from __future__ import annotations

from .. import overrides
from ..ir import Class, Ir, Kind, Member
from .flatten_plain_text import is_plain_text


def classify_members(ir: Ir) -> None:
    """Sets ``kind``, and for structures of a declared empty base the type that servers put there."""
    for cls in ir.all_classes():
        for member in cls.members:
            _narrow(member, cls, ir)
            _take_named_text(member)
            member.kind = _kind(member, cls)


def _narrow(member: Member, cls: Class, ir: Ir) -> None:
    concrete = overrides.CONCRETE_TYPES.get((cls.label, member.path))
    if concrete is not None:
        member.target = ir.by_label(concrete) or member.target


def _take_named_text(member: Member) -> None:
    """A named type with text and nothing else is read as its text."""
    target = member.target
    if target is not None and is_plain_text(target):
        text = target.all_members()[0]
        member.target = None
        member.codec, member.facets = text.codec, text.facets


def _kind(member: Member, cls: Class) -> Kind:
    if member.target is None:
        return _scalar_kind(member, cls)
    if not member.repeats:
        return Kind.NESTED
    if member.item_key is None:
        return Kind.ITEMS
    return Kind.KEYED_VALUES if _is_map(member.target, member) else Kind.KEYED_ITEMS


def _scalar_kind(member: Member, cls: Class) -> Kind:
    if member.repeats:
        return Kind.VALUES
    is_key = member.name in overrides.KEYS.get(cls.label, frozenset())
    return Kind.KEY if is_key else Kind.ATTRIBUTE


def _is_map(item: Class, member: Member) -> bool:
    """Whether the items are a text and the attribute that is its key."""
    fields = item.all_members()
    key = member.item_key
    return len(fields) == 2 and key in fields and any(field.form == "text" for field in fields)
