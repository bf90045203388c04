"""Pass: an anonymous type that holds text and nothing else is a plain value."""

from __future__ import annotations

from ..ir import Class, Ir, Member


def flatten_plain_text(ir: Ir) -> None:
    """Turns members with ``simpleContent`` and no attributes into members of a simple type."""
    for cls in ir.classes.values():
        _flatten(cls)


def _flatten(cls: Class) -> None:
    for member in cls.members:
        structure = member.structure
        if structure is None:
            continue
        _flatten(structure)
        if is_plain_text(structure):
            _take_text(member, structure.members[0])


def is_plain_text(cls: Class) -> bool:
    """Whether a class holds a text value and nothing else."""
    members = cls.all_members()
    return len(members) == 1 and members[0].form == "text"


def _take_text(member: Member, text: Member) -> None:
    member.structure = None
    member.codec = text.codec
    member.facets = text.facets
