"""Pass: every list finds the field that tells its items apart."""

from __future__ import annotations

from .. import overrides
from ..ir import Class, Ir, Member


def find_item_keys(ir: Ir) -> None:
    """Sets ``item_key`` where one field alone identifies an item among those of its owner."""
    for cls in ir.all_classes():
        for member in cls.members:
            if member.repeats and member.target is not None:
                member.item_key = _key(member, member.target, cls)


def _key(member: Member, item: Class, owner: Class) -> Member | None:
    if item.label in overrides.ITEM_KEYS:
        return _by_name(item, overrides.ITEM_KEYS[item.label])
    shown = _displayed(member, item, owner)
    return shown or _unique(member, item)


def _by_name(item: Class, name: str | None) -> Member | None:
    return next((field for field in item.all_members() if field.name == name), None)


def _displayed(member: Member, item: Class, owner: Class) -> Member | None:
    """The field that stands for the item when it is shown, if the schema does not say that it is not unique."""
    names = member.display_identifiers or next(
        (cls.display_identifiers for cls in item.lineage() if cls.display_identifiers), ()
    )
    if len(names) != 1:
        return None
    field = _by_name(item, names[0])
    if field is None or not field.codec or field.repeats or field.facets.enumeration:
        return None
    others = [other for other in item.all_members() if other is not field and set(other.unique) & set(field.unique)]
    is_composite = any(not _refers_to(other, owner) for other in others)
    return None if is_composite else field


def _refers_to(field: Member, owner: Class) -> bool:
    """Whether the field is the link back to the owner, which is equal for all items of a list."""
    return field.base_element in {cls.label for cls in owner.lineage()}


def _unique(member: Member, item: Class) -> Member | None:
    """The field that a uniqueness constraint of the list names alone."""
    for constraint in member.relation_unique:
        fields = [field for field in item.all_members() if constraint in field.unique]
        if len(fields) == 1 and constraint not in member.unique and fields[0].codec and fields[0].form != "text":
            return fields[0]
    return None
