"""What schemas declare, field by field, before the passes make it fit for Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from .. import overrides
from ..ir import Class, Ir, Member
from ..model.xsd import Facets, QName

XDAT = "http://nrg.wustl.edu/xdat"


@attrs.frozen
class DeclaredField:
    """A field as a schema declares it.

    Attributes:
        members: The member, and the text value inside its anonymous type when that holds one.
        types: What its type is, by the word for how it is given: ``type``, ``simpleContent`` or ``base``.
        marks: How servers store it.
    """

    members: tuple[Member, ...]
    types: Mapping[str, QName]
    marks: Mapping[str, str]
    repeats: bool

    @property
    def facets(self) -> Facets:
        """The limits of its values; those of named simple types only once types are resolved."""
        return self.members[-1].facets


@attrs.frozen
class DeclaredType:
    """A data type as a schema declares it: its fields by path, the base and text under ``types``."""

    types: Mapping[str, QName]
    marks: Mapping[str, str]
    fields: Mapping[str, DeclaredField]


@attrs.frozen
class Declared:
    """Types and global elements by name, and a prefix for each namespace."""

    types: Mapping[QName, DeclaredType]
    elements: Mapping[QName, QName]
    prefixes: Mapping[str, str]


def declared(ir: Ir) -> Declared:
    """Returns what a model declares; references must be resolved, and types not yet."""
    prefixes = {XDAT: "xdat", **overrides.PREFIXES, **ir.namespaces}
    return Declared({name: _type(cls) for name, cls in ir.classes.items()}, dict(ir.elements), prefixes)


def _type(cls: Class) -> DeclaredType:
    return DeclaredType(_types_of(cls), dict(cls.marks), dict(_fields(cls, "")))


def _fields(cls: Class, above: str) -> Iterator[tuple[str, DeclaredField]]:
    for member in cls.members:
        if member.form == "text":
            continue
        path = f"{above}@{member.name}" if member.form == "attribute" else f"{above}{member.name}"
        yield path, _field(member)
        if member.structure is not None:
            yield from _fields(member.structure, f"{path}/")


def _field(member: Member) -> DeclaredField:
    inside = member.structure
    if inside is None:
        types = {} if member.type is None else {"type": member.type}
        return DeclaredField((member,), types, dict(member.marks), member.repeats)
    texts = tuple(one for one in inside.members if one.form == "text")
    marks = dict(inside.marks) | dict(member.marks)
    return DeclaredField((member, *texts), _types_of(inside), marks, member.repeats)


def _types_of(cls: Class) -> dict[str, QName]:
    """The base of a type, and the type of its text."""
    text = next((one.type for one in cls.members if one.form == "text"), None)
    given = {"base": cls.base_name, "simpleContent": text}
    return {what: name for what, name in given.items() if name is not None}
