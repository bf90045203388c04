"""Pass: tells which fields are text only because the schema of their type is missing."""

from __future__ import annotations

from collections.abc import Iterator

from .. import overrides
from ..ir import Class, Ir, Member
from ..model.xsd import QName
from .report import warn


def report_missing_types(ir: Ir) -> None:
    """Adds one warning for each type of a missing schema, with the fields that use it."""
    uses: dict[QName, list[tuple[str, Member]]] = {}
    for cls in ir.all_classes():
        for name, member in _missing(cls, ir):
            uses.setdefault(name, []).append((f"{cls.label}/{member.path}", member))
    for name in sorted(uses):
        fields = ", ".join(sorted(label for label, _ in uses[name]))
        warn(ir, f"the type is missing; text instead of it in {fields}", uses[name][0][1].source, str(name))


def _missing(cls: Class, ir: Ir) -> Iterator[tuple[QName, Member]]:
    for member in cls.members:
        name = member.type
        if name is not None and name.namespace in ir.missing and name not in overrides.CODECS:
            yield name, member
