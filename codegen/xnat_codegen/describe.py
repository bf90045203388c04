"""Describes classes in a few lines of text, for ``explain``."""

from __future__ import annotations

from collections.abc import Iterator

from .ir import Class, Collection, Ir, Member


def describe(cls: Class, ir: Ir) -> list[str]:
    """Returns one line for each thing known about a data type and its anonymous structures."""
    return list(_class(cls, ir, ""))


def _class(cls: Class, ir: Ir, indent: str) -> Iterator[str]:
    facts = {
        "name": cls.python_name,
        "module": cls.module,
        "element": cls.element,
        "base": cls.base.label if cls.base is not None else cls.base_name and ir.label_of(cls.base_name),
        "runtime bases": ", ".join(name for _, name in cls.bases),
        "parent": cls.parent.label if isinstance(cls.parent, Class) else cls.parent and cls.parent[1],
    }
    yield f"{indent}class {cls.label}"
    yield from (f"{indent}  {name}: {value}" for name, value in facts.items() if value)
    for member in cls.members:
        yield from _member(member, ir, f"{indent}  ")
    yield from (_collection(one, f"{indent}  ") for one in cls.collections)
    for structure in cls.nested:
        yield from _class(structure, ir, f"{indent}  ")


def _member(member: Member, ir: Ir, indent: str) -> Iterator[str]:
    name = f" {member.python_name}" if member.python_name else ""
    yield f"{indent}{member.form}{name} {member.path or '(text)'}: {', '.join(_facts(member, ir))}"
    if member.structure is not None and member.structure.owner is None:
        yield from _class(member.structure, ir, f"{indent}  ")


def _facts(member: Member, ir: Ir) -> Iterator[str]:
    if member.kind is not None:
        yield member.kind.value
    if member.codec:
        yield member.codec
    elif member.target is not None:
        yield member.target.label
    elif member.structure is not None:
        yield "anonymous"
    else:
        name = member.type or member.ref
        yield ir.label_of(name) if name is not None else "untyped"
    if member.repeats:
        yield "repeats"
    if member.item_key is not None:
        yield f"by {member.item_key.name}"
    if member.alias:
        yield f"alias {member.alias}"


def _collection(one: Collection, indent: str) -> str:
    return f"{indent}collection {one.property}: {one.name}"
