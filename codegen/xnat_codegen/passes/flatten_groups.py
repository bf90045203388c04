"""Pass: a reference to a named group becomes the members of the group."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from ..errors import CodegenError
from ..ir import Class, Ir, Member


def flatten_groups(ir: Ir) -> None:
    """Replaces references to groups of elements and attributes, at any depth.

    Raises:
        CodegenError: A group is unknown or holds itself.
    """
    for cls in ir.classes.values():
        _flatten(cls, ir)


def _flatten(cls: Class, ir: Ir) -> None:
    cls.members = list(_expanded(cls.members, ir, ()))
    for member in cls.members:
        if member.structure is not None:
            _flatten(member.structure, ir)


def _expanded(members: list[Member], ir: Ir, inside: tuple[object, ...]) -> Iterator[Member]:
    for member in members:
        if member.form not in ("group", "attribute_group"):
            yield member
            continue
        key = (member.form, member.ref)
        if key in inside:
            raise CodegenError("the group holds itself", member.source, _label(member, ir))
        for found in _expanded(_lookup(member, ir), ir, (*inside, key)):
            found.repeats = found.repeats or member.repeats
            found.is_choice = found.is_choice or member.is_choice
            found.is_required = found.is_required and member.is_required
            yield found


def _lookup(reference: Member, ir: Ir) -> list[Member]:
    groups = ir.groups if reference.form == "group" else ir.attribute_groups
    if reference.ref is None or reference.ref not in groups:
        kind = "group" if reference.form == "group" else "attributeGroup"
        raise CodegenError(f"there is no such {kind}: is its schema missing?", reference.source, _label(reference, ir))
    return copy.deepcopy(groups[reference.ref])


def _label(reference: Member, ir: Ir) -> str:
    return reference.name if reference.ref is None else ir.label_of(reference.ref)
