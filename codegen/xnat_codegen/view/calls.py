"""Prints field declarations: annotation and specifier call of a member."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..ir import Class, Kind, Member
from ..pytypes import (
    MODELS,
    Annotation,
    Builtin,
    Import,
    Imported,
    Local,
    Names,
    Qualified,
    Subscript,
    typing_only,
)

CODEC_MODULE = "xnat_runtime.codec"
DECLARE_MODULE = "xnat_runtime.declare"
UNSET = Import("xnat_runtime.fields", "UNSET")
DATETIME = Import("datetime", is_typing_only=True)

VALUE_TYPES: dict[str, Annotation] = {
    "TEXT": Builtin("str"),
    "URI": Builtin("str"),
    "INTEGER": Builtin("int"),
    "FLOAT": Builtin("float"),
    "BOOLEAN": Builtin("bool"),
    "DATE": Qualified(DATETIME, "date"),
    "TIME": Qualified(DATETIME, "time"),
    "DATETIME": Qualified(DATETIME, "datetime"),
    "DURATION": Imported(Import(CODEC_MODULE, "Duration")),
    "JSON": Imported(Import(CODEC_MODULE, "JsonValue")),
}
GENERICS = {
    Kind.ATTRIBUTE: ("xnat_runtime.fields", "Attribute"),
    Kind.KEY: ("xnat_runtime.fields", "Key"),
    Kind.NESTED: ("xnat_runtime.fields", "Nested"),
    Kind.VALUES: ("xnat_runtime.lists", "Values"),
    Kind.KEYED_VALUES: ("xnat_runtime.lists", "KeyedValues"),
    Kind.ITEMS: ("xnat_runtime.lists", "Items"),
    Kind.KEYED_ITEMS: ("xnat_runtime.lists", "KeyedItems"),
}


class Declaration:
    """The declaration of one member."""

    def __init__(self, member: Member, kind: Kind) -> None:
        self.member = member
        self.kind = kind
        self.specifier = Imported(Import(DECLARE_MODULE, kind.value))
        self.codec = Imported(Import(CODEC_MODULE, member.codec)) if self.holds_values else None

    @property
    def holds_values(self) -> bool:
        """Whether the member holds simple values, one or many."""
        return self.kind not in (Kind.NESTED, Kind.ITEMS, Kind.KEYED_ITEMS)

    @property
    def annotation(self) -> Annotation:
        """The type, as the class body states it."""
        module, name = GENERICS[self.kind]
        return Subscript(Imported(Import(module, name)), self._argument())

    def _argument(self) -> Annotation:
        if self.member.alias is not None:
            return Local(self.member.alias)
        if self.holds_values:
            return VALUE_TYPES[self.member.codec]
        return Qualified(MODELS, self._target_name())

    def _target_name(self) -> str:
        return str(self.target.python_name)

    @property
    def target(self) -> Class:
        """The class of the structures.

        Raises:
            LookupError: The member holds simple values.
        """
        if self.member.target is None:
            raise LookupError(self.member.path)
        return self.member.target

    def imports(self) -> Iterator[Import]:
        """Yields what annotation and call need."""
        yield from typing_only(self.annotation)
        yield from self.specifier.imports()
        if self.codec is not None:
            yield from self.codec.imports()
        else:
            yield MODELS
        if self._takes_part_in_init:
            yield UNSET

    @property
    def _takes_part_in_init(self) -> bool:
        return self.kind.is_scalar or self.kind is Kind.NESTED

    def call(self, names: Names) -> str:
        """Returns the specifier call."""
        parts = [literal(self.member.path), self._value(names), *self._keywords()]
        parts.append(f"default={names(UNSET)}" if self._takes_part_in_init else "init=False")
        return f"{self.specifier.render(names)}({', '.join(parts)})"

    def _value(self, names: Names) -> str:
        if self.codec is not None:
            return self.codec.render(names)
        return f"lambda: {Qualified(MODELS, self._target_name()).render(names)}"

    def _keywords(self) -> Iterator[str]:
        if self.kind.is_scalar:
            yield from _scalar_keywords(self.member)
        elif self.kind is Kind.NESTED:
            yield from _nested_keywords(self.member, self.target)
        else:
            yield from _list_keywords(self.member, self.kind)


def _scalar_keywords(member: Member) -> Iterator[str]:
    facets = member.facets
    if member.form != "element":
        yield f"xml={literal(member.form)}"
    if facets.max_length is not None:
        yield f"max_length={facets.max_length}"
    if facets.minimum is not None:
        yield f"minimum={facets.minimum!r}"
    if facets.maximum is not None:
        yield f"maximum={facets.maximum!r}"
    if member.alias is not None:
        yield f"values={values_tuple(facets.enumeration)}"


def _nested_keywords(member: Member, target: Class) -> Iterator[str]:
    if target.qname is not None or target.base is not None:
        yield "child=True"
    if target.qname is not None and member.type is not None and target.qname != member.type:
        yield f"xsi_type={literal(target.label)}"


def _list_keywords(member: Member, kind: Kind) -> Iterator[str]:
    if member.item_key is not None and kind is not Kind.ITEMS:
        yield f"key={literal(member.item_key.name)}"
    if member.text_name:
        yield f"text={literal(member.text_name)}"


def literal(text: str) -> str:
    """Returns a text as a Python literal, in double quotes unless it holds control characters."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def values_tuple(values: tuple[str, ...]) -> str:
    """Returns texts as a Python tuple."""
    inside = ", ".join(literal(value) for value in values)
    return f"({inside},)" if len(values) == 1 else f"({inside})"
