"""Pass: every member gets its codec or the class that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .. import overrides
from ..errors import CodegenError
from ..ir import Class, Ir, Member
from ..model.xsd import Facets, QName
from .report import fail

# Local name of a type of XML Schema -> codec; the rest of XML Schema's types are text in every XNAT answer.
BUILTIN_CODECS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("integer", "int", "long", "short", "byte"), "INTEGER"),
    **dict.fromkeys(("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"), "INTEGER"),
    **dict.fromkeys(("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"), "INTEGER"),
    **dict.fromkeys(("float", "double", "decimal"), "FLOAT"),
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "dateTime": "DATETIME",
    "duration": "DURATION",
    "anyURI": "URI",
}
BUILTIN_TEXT: Final = frozenset({
    "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "NMTOKENS", "ID", "IDREF",
    "IDREFS", "ENTITY", "ENTITIES", "QName", "NOTATION", "anyType", "anySimpleType", "anyAtomicType",
    "base64Binary", "hexBinary", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay",
})  # fmt: skip


def resolve_types(ir: Ir) -> None:
    """Resolves the type of every member; an unknown one makes its data type fail.

    Raises:
        CodegenError: A simple type is derived from itself.
    """
    for cls in ir.classes.values():
        if cls.unsupported:
            fail(ir, cls, cls.unsupported, cls.source)
        _resolve(cls, cls, ir)


def _resolve(cls: Class, root: Class, ir: Ir) -> None:
    for member in cls.members:
        if member.structure is None:
            _resolve_member(member, root, ir)
        else:
            if member.structure.unsupported:
                fail(ir, root, member.structure.unsupported, member.structure.source)
            _resolve(member.structure, root, ir)


def _resolve_member(member: Member, root: Class, ir: Ir) -> None:
    name = member.type
    if name is None or name.namespace in ir.missing:
        member.codec = "TEXT" if name is None else overrides.CODECS.get(name, "TEXT")
    elif name in ir.classes:
        member.target = ir.classes[name]
    else:
        simple = _simple(name, ir, member)
        if simple is None:
            fail(ir, root, f"member {member.name!r} has the unknown type {ir.label_of(name)}", member.source)
        else:
            member.codec, member.facets = simple


def _simple(name: QName, ir: Ir, member: Member) -> tuple[str, Facets] | None:
    """The codec and all facets of a simple type, by walking to the type of XML Schema that it comes from."""
    facets = member.facets
    seen: list[QName] = []
    current: QName | None = name
    while current is not None:
        if current in overrides.CODECS:
            return overrides.CODECS[current], facets
        if current.is_builtin:
            codec = "TEXT" if current.local in BUILTIN_TEXT else BUILTIN_CODECS.get(current.local)
            return None if codec is None else (codec, facets)
        if current in seen:
            raise CodegenError("the simple type is derived from itself", member.source, ir.label_of(current))
        seen.append(current)
        if current not in ir.simple_types:
            return ("TEXT", facets) if current.namespace in ir.missing else None
        current, own = ir.simple_types[current]
        facets = own.narrowed_by(facets)
    return "TEXT", facets
