"""Pass: every anonymous structure becomes a class of its own beside its owner."""

from __future__ import annotations

from ..ir import Class, Ir


def nest_anonymous(ir: Ir) -> None:
    """Gives anonymous structures an owner, a label with their path, and a place in the owner's tree."""
    for cls in ir.classes.values():
        _nest(cls)


def _nest(cls: Class) -> None:
    for member in cls.members:
        structure = member.structure
        if structure is None:
            continue
        structure.owner = cls
        structure.label = f"{cls.label}/{member.path}"
        structure.documentation = structure.documentation or member.documentation
        structure.display_identifiers = structure.display_identifiers or member.display_identifiers
        member.target = structure
        cls.nested.append(structure)
        _nest(structure)
