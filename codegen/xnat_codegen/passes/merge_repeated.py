"""Pass: an element that is declared several times in one content model becomes one member."""

from __future__ import annotations

from ..ir import Class, Ir, Member


def merge_repeated(ir: Ir) -> None:
    """Keeps the first of several equal declarations; outside a choice the member then repeats."""
    for cls in ir.classes.values():
        _merge(cls)


def _merge(cls: Class) -> None:
    kept: dict[tuple[str, str], Member] = {}
    for member in cls.members:
        first = kept.setdefault((member.form, member.name), member)
        if first is not member:
            first.repeats = first.repeats or member.repeats or not member.is_choice
    cls.members = [member for member in cls.members if kept[member.form, member.name] is member]
    for member in cls.members:
        if member.structure is not None:
            _merge(member.structure)
