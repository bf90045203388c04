"""``diff OLD NEW``: what a change of the schemas means for users of the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from .ir import Class, Ir
from .pytypes import Import
from .view.calls import Declaration

Surface: TypeAlias = Mapping[str, Mapping[str, str]]
"""Class -> its own fields and properties -> what stands behind each name."""


def surface(ir: Ir) -> dict[str, dict[str, str]]:
    """Returns what users can write, from a model after all passes."""
    return {str(cls.python_name): {"(bases)": _bases(cls)} | _members(cls) for cls in ir.all_classes()}


def _bases(cls: Class) -> str:
    names = [name for _, name in cls.bases]
    return ", ".join([*names, str(cls.base.python_name)] if cls.base is not None else names)


def _members(cls: Class) -> dict[str, str]:
    fields = {str(one.property): f"Listing {one.name}" for one in cls.collections}
    for member in cls.members:
        if member.kind is not None:
            declaration = Declaration(member, member.kind)
            annotation = declaration.annotation.render(_local_name)
            fields[str(member.python_name)] = f"{annotation} = {declaration.call(_local_name)}"
    return fields


def _local_name(one: Import) -> str:
    return one.local_name.removeprefix("_")


def schema_diff(old: Surface, new: Surface) -> Iterator[str]:
    """Yields lines: classes and fields that went (-), came (+) or changed (~)."""
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"- class {name}"
        elif name not in old:
            yield f"+ class {name}"
        else:
            yield from _class_diff(name, old[name], new[name])


def _class_diff(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for field in sorted({*old, *new}):
        if field not in new:
            yield f"- {name}.{field}"
        elif field not in old:
            yield f"+ {name}.{field}: {new[field]}"
        elif old[field] != new[field]:
            place = f"~ {name}.{field}:"
            yield f"{place} {old[field]}"
            yield f"{'now:':>{len(place)}} {new[field]}"
