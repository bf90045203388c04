"""Reads a schema document: an lxml tree becomes the faithful model of ``model/xsd.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias, TypeVar

import attrs
from lxml import etree

from ..errors import CodegenError, Source
from ..model.xsd import (
    XML_NAMESPACE,
    XSD_NAMESPACE,
    Attribute,
    AttributeGroup,
    ComplexType,
    Element,
    Facets,
    Group,
    GroupRef,
    Import,
    Particle,
    ParticleItem,
    QName,
    Schema,
    SimpleType,
    Wildcard,
)
from .annotations import read_annotation
from .document import XmlNode, parse_document

XS = f"{{{XSD_NAMESPACE}}}"
Derivation: TypeAlias = Literal["extension", "restriction", ""]
XML_NAME: Final = re.compile(r"[^\W\d][\w.\-]*")
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,2})?")
T = TypeVar("T")


def read_schema(text: bytes, name: str) -> Schema:
    """Returns the schema document of a file's content.

    Raises:
        CodegenError: The file is no XML or no schema, or names something by a prefix that it does not bind.
    """
    root = parse_document(text, name)
    if root.tag != f"{XS}schema":
        raise CodegenError("not an XML schema: the root element is not xs:schema", Source(name, _line(root)))
    return _Reader(name, root).schema(text)


def _line(node: XmlNode) -> int:
    return node.sourceline or 0


@attrs.define
class _Reader:
    """Reads the nodes of one document."""

    name: str
    root: XmlNode

    def schema(self, text: bytes) -> Schema:
        namespace = self.root.get("targetNamespace", "")
        prefixes = {prefix: uri for prefix, uri in self.root.nsmap.items() if prefix}
        return Schema(
            source=self.source(self.root),
            namespace=namespace,
            prefix=next((prefix for prefix in sorted(prefixes) if prefixes[prefix] == namespace), ""),
            prefixes=prefixes,
            imports=tuple(self.imports()),
            elements=self.top("element", self.element),
            attributes=self.top("attribute", self.attribute),
            complex_types=self.top("complexType", self.complex_type),
            simple_types=self.top("simpleType", self.simple_type),
            groups=self.top("group", self.group),
            attribute_groups=self.top("attributeGroup", self.attribute_group),
            text=text,
        )

    def top(self, tag: str, read: Callable[[XmlNode], T]) -> tuple[T, ...]:
        return tuple(read(node) for node in self.root.iterchildren(f"{XS}{tag}"))

    def source(self, node: XmlNode) -> Source:
        return Source(self.name, _line(node))

    def imports(self) -> Iterator[Import]:
        own = self.root.get("targetNamespace", "")
        for node in self.root.iterchildren(f"{XS}import"):
            yield Import("import", node.get("namespace", ""), node.get("schemaLocation", ""), self.source(node))
        for node in self.root.iterchildren(f"{XS}include"):
            yield Import("include", own, node.get("schemaLocation", ""), self.source(node))
        for node in self.root.iterchildren(f"{XS}redefine"):
            yield Import("redefine", own, node.get("schemaLocation", ""), self.source(node))

    def qname(self, node: XmlNode, attribute: str) -> QName | None:
        """The name in an attribute, by the prefixes in force at that very node."""
        text = node.get(attribute)
        if text is None:
            return None
        prefix, _, local = text.strip().rpartition(":")
        namespace = XML_NAMESPACE if prefix == "xml" else node.nsmap.get(prefix or None)
        if namespace is None and prefix:
            message = f"the prefix of {text!r} is bound to no namespace in this document"
            raise CodegenError(message, self.source(node), node.get("name", ""))
        return QName(namespace or "", local)

    def required_qname(self, node: XmlNode, attribute: str) -> QName:
        name = self.qname(node, attribute)
        if name is None:
            raise CodegenError(f"{_tag(node)} without {attribute}=", self.source(node))
        return name

    def element(self, node: XmlNode) -> Element:
        return Element(
            name=self.name_of(node),
            ref=self.qname(node, "ref"),
            type=self.qname(node, "type"),
            inline=self.inline(node),
            is_optional=_is_optional(node),
            max_occurs=self.max_occurs(node),
            annotation=read_annotation(node),
            source=self.source(node),
        )

    def attribute(self, node: XmlNode) -> Attribute:
        inline = node.find(f"{XS}simpleType")
        return Attribute(
            name=self.name_of(node),
            ref=self.qname(node, "ref"),
            type=self.qname(node, "type"),
            inline=None if inline is None else self.simple_type(inline),
            required=node.get("use") == "required",
            default=node.get("default", node.get("fixed")),
            annotation=read_annotation(node),
            source=self.source(node),
        )

    def name_of(self, node: XmlNode) -> str:
        """The name in ``name=``, checked; empty where the node refers to a global declaration instead."""
        name = node.get("name", "")
        if not name and node.get("ref") is None:
            raise CodegenError(f"{_tag(node)} without name= and without ref=", self.source(node))
        if name and not XML_NAME.fullmatch(name):
            raise CodegenError(f"the name {name!r} is no XML name", self.source(node), name)
        return name

    def name_if_global(self, node: XmlNode) -> str:
        """The name of a type, which has one exactly when it is global."""
        return self.name_of(node) if node.getparent() is self.root else ""

    def max_occurs(self, node: XmlNode) -> int | None:
        text = node.get("maxOccurs", "1")
        if text == "unbounded":
            return None
        if not text.isdecimal():
            raise CodegenError(f"maxOccurs={text!r} is no number", self.source(node), node.get("name", ""))
        return int(text)

    def inline(self, node: XmlNode) -> SimpleType | ComplexType | None:
        for child in node.iterchildren(f"{XS}complexType"):
            return self.complex_type(child)
        for child in node.iterchildren(f"{XS}simpleType"):
            return self.simple_type(child)
        return None

    def simple_type(self, node: XmlNode) -> SimpleType:
        annotation = read_annotation(node)
        name = self.name_if_global(node)
        for child in node.iterchildren(f"{XS}restriction"):
            base, facets = self.restriction(child)
            return SimpleType(name, base, facets, "restriction", annotation, self.source(node))
        variety = "list" if node.find(f"{XS}list") is not None else "union"
        return SimpleType(name, None, Facets(), "list" if variety == "list" else "union", annotation, self.source(node))

    def restriction(self, node: XmlNode) -> tuple[QName | None, Facets]:
        """The base and the facets of a restriction; one around an inline type takes over that type's base."""
        facets = self.facets(node)
        inner = node.find(f"{XS}simpleType")
        if inner is None:
            return self.qname(node, "base"), facets
        inline = self.simple_type(inner)
        return inline.base, inline.facets.narrowed_by(facets)

    def facets(self, node: XmlNode) -> Facets:
        return Facets(
            max_length=self.length(node),
            minimum=self.limit(node, "minInclusive"),
            maximum=self.limit(node, "maxInclusive"),
            enumeration=tuple(dict.fromkeys(child.get("value", "") for child in node.iterchildren(f"{XS}enumeration"))),
        )

    def length(self, node: XmlNode) -> int | None:
        child = node.find(f"{XS}maxLength")
        if child is None:
            return None
        text = child.get("value", "")
        if not text.isdecimal():
            raise CodegenError(f"maxLength={text!r} is no number", self.source(child))
        return int(text)

    def limit(self, node: XmlNode, tag: str) -> float | None:
        """A limit of a number; limits of dates and the infinite ones are none that a client checks."""
        child = node.find(f"{XS}{tag}")
        text = "" if child is None else child.get("value", "")
        if INTEGER.fullmatch(text):
            return int(text)
        return float(text) if DECIMAL.fullmatch(text) else None

    def complex_type(self, node: XmlNode) -> ComplexType:
        body, base, derivation, is_simple = self.content(node)
        return ComplexType(
            name=self.name_if_global(node),
            base=base,
            derivation=derivation,
            is_simple_content=is_simple,
            facets=self.facets(body) if is_simple else Facets(),
            particle=next(self.particles(body), None),
            attributes=tuple(self.attributes(body)),
            annotation=read_annotation(node),
            source=self.source(node),
        )

    def content(self, node: XmlNode) -> tuple[XmlNode, QName | None, Derivation, bool]:
        """The node that holds the members, the base, how it is derived, and whether the content is text."""
        for outer in node.iterchildren(f"{XS}complexContent", f"{XS}simpleContent"):
            is_simple = _tag(outer) == "simpleContent"
            for body in outer.iterchildren(f"{XS}extension"):
                return body, self.required_qname(body, "base"), "extension", is_simple
            for body in outer.iterchildren(f"{XS}restriction"):
                return body, self.required_qname(body, "base"), "restriction", is_simple
        return node, None, "", False

    def particles(self, node: XmlNode) -> Iterator[Particle]:
        for child in node.iterchildren(f"{XS}sequence"):
            yield Particle("sequence", self.items(child), self.max_occurs(child), _is_optional(child))
        for child in node.iterchildren(f"{XS}choice"):
            yield Particle("choice", self.items(child), self.max_occurs(child), _is_optional(child))
        for child in node.iterchildren(f"{XS}all"):
            yield Particle("all", self.items(child), self.max_occurs(child), _is_optional(child))
        for child in node.iterchildren(f"{XS}group"):
            yield Particle("sequence", (self.group_ref(child),), 1)

    def items(self, node: XmlNode) -> tuple[ParticleItem, ...]:
        return tuple(item for child in node for item in self.item(child))

    def item(self, node: XmlNode) -> Iterator[ParticleItem]:
        tag = _tag(node)
        if tag == "element":
            yield self.element(node)
        elif tag == "group":
            yield self.group_ref(node)
        elif tag == "any":
            yield Wildcard(self.source(node))
        elif tag == "sequence":
            yield Particle("sequence", self.items(node), self.max_occurs(node), _is_optional(node))
        elif tag == "choice":
            yield Particle("choice", self.items(node), self.max_occurs(node), _is_optional(node))

    def group_ref(self, node: XmlNode) -> GroupRef:
        return GroupRef(self.required_qname(node, "ref"), self.max_occurs(node), self.source(node), _is_optional(node))

    def attributes(self, node: XmlNode) -> Iterator[Attribute | GroupRef | Wildcard]:
        for child in node.iterchildren(f"{XS}attribute", f"{XS}attributeGroup", f"{XS}anyAttribute"):
            tag = _tag(child)
            if tag == "attribute":
                yield self.attribute(child)
            elif tag == "attributeGroup":
                yield self.group_ref(child)
            else:
                yield Wildcard(self.source(child))

    def group(self, node: XmlNode) -> Group:
        particle = next(self.particles(node), Particle("sequence", (), 1))
        return Group(self.name_of(node), particle, self.source(node))

    def attribute_group(self, node: XmlNode) -> AttributeGroup:
        return AttributeGroup(self.name_of(node), tuple(self.attributes(node)), self.source(node))


def _is_optional(node: XmlNode) -> bool:
    return node.get("minOccurs") == "0"


def _tag(node: XmlNode) -> str:
    return etree.QName(node).localname
