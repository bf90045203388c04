"""Pass: an element that only wraps a list disappears; the list takes its name."""

from __future__ import annotations

import attrs

from ..ir import Class, Ir, Member


def prune_wrappers(ir: Ir) -> None:
    """Turns ``fields`` around ``field*`` into one member ``fields`` with the path ``fields/field``."""
    for cls in ir.classes.values():
        _prune(cls)


def _prune(cls: Class) -> None:
    for position, member in enumerate(cls.members):
        structure = member.structure
        if structure is None:
            continue
        _prune(structure)
        if not member.repeats and _is_wrapper(structure):
            cls.members[position] = _merged(member, structure.members[0])


def _is_wrapper(structure: Class) -> bool:
    return structure.base_name is None and len(structure.members) == 1 and structure.members[0].repeats


def _merged(wrapper: Member, item: Member) -> Member:
    """The list, described as its wrapper is; what is said of one item stays with the items' own class."""
    if item.structure is not None:
        item.structure.documentation = item.structure.documentation or item.documentation
    return attrs.evolve(
        item,
        name=wrapper.name,
        path=f"{wrapper.path}/{item.path}",
        is_choice=wrapper.is_choice,
        is_required=wrapper.is_required and item.is_required,
        documentation=wrapper.documentation or item.documentation,
    )
