"""Pass: every enumerated text gets a type alias."""

from __future__ import annotations

from ..ir import Class, Ir, Member
from ..naming import ClassName, nested_name
from .name_classes import clash


def name_enumerations(ir: Ir) -> None:
    """Names the aliases after class and member; numbers keep their number type.

    Raises:
        CodegenError: An alias gets the name of a class or of another alias.
    """
    taken = {cls.python_name: cls.label for cls in ir.all_classes()}
    for cls in ir.all_classes():
        for member in cls.members:
            if not _is_enumerated(member) or cls.python_name is None:
                continue
            member.alias = nested_name(cls.python_name, member.name, member.source)
            _check(member.alias, cls, member, taken)


def _is_enumerated(member: Member) -> bool:
    is_scalar = member.kind is not None and member.kind.is_scalar
    return bool(is_scalar and member.codec == "TEXT" and member.facets.enumeration)


def _check(alias: ClassName, cls: Class, member: Member, taken: dict[ClassName | None, str]) -> None:
    label = f"{cls.label}/{member.path}"
    if alias in taken:
        raise clash(alias, taken[alias], label, member.source)
    taken[alias] = label
