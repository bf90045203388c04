"""What the package makes of each field: the class and name that code uses, and the type that it sees."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import attrs

from ..explain import annotation, shown
from ..ir import Class, Ir, Member
from ..model.xsd import QName


@attrs.frozen
class PythonField:
    """A field of a class of the package.

    Attributes:
        place: Class and name, such as ``MrScanDataParameters.flip``.
        annotation: Its type, such as ``Attribute[float]``.
        is_uncertain: Whether the schema that declares its type is missing, so that the annotation is a stopgap.
    """

    place: str
    annotation: str
    is_uncertain: bool = attrs.field(default=False, eq=False)

    def __str__(self) -> str:
        return f"{self.place}: {self.annotation}"


@attrs.frozen
class PythonSide:
    """What code can use of a model after all passes.

    Attributes:
        classes: Type -> its class.
        fields: Type and path -> what stands for it; a path without an entry has no field of its own.
    """

    classes: Mapping[QName, str]
    fields: Mapping[tuple[QName, str], PythonField]

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The annotation of each field by its class and name."""
        return {one.place: one.annotation for one in self.fields.values()}


def python_side(ir: Ir) -> PythonSide:
    """Returns what code can use, from a model after all passes."""
    fields: dict[tuple[QName, str], PythonField] = {}
    for name, cls in ir.classes.items():
        for one in cls.tree():
            fields.update({(name, _path(one, member)): _field(one, member, ir) for member in shown(one)})
    return PythonSide({name: str(cls.python_name) for name, cls in ir.classes.items()}, fields)


def _path(cls: Class, member: Member) -> str:
    """The path below the type as `declared` writes it."""
    _, _, above = cls.label.partition("/")
    *steps, last = member.path.split("/")
    name = f"@{last}" if member.form == "attribute" else last
    return "/".join(step for step in (above, *steps, name) if step)


def _field(cls: Class, member: Member, ir: Ir) -> PythonField:
    is_uncertain = member.type is not None and member.type.namespace in ir.missing
    return PythonField(f"{cls.python_name}.{member.python_name}", annotation(member), is_uncertain)
