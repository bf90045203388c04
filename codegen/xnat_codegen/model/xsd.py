"""A schema document as it is written, with names resolved by the prefixes of its own document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from ..errors import Source

XSD_NAMESPACE = "http://www.w3.org/2001/XMLSchema"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


@attrs.frozen(order=True)
class QName:
    """A namespace and a local name."""

    namespace: str
    local: str

    def __str__(self) -> str:
        return f"{{{self.namespace}}}{self.local}"

    @property
    def is_builtin(self) -> bool:
        """Whether XML Schema itself defines the name."""
        return self.namespace == XSD_NAMESPACE


@attrs.frozen
class Facets:
    """The limits of a simple type; None and empty mean no limit."""

    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    enumeration: tuple[str, ...] = ()

    def narrowed_by(self, other: Facets) -> Facets:
        """Returns these facets with those that a derived type states itself."""
        return Facets(
            max_length=self.max_length if other.max_length is None else other.max_length,
            minimum=self.minimum if other.minimum is None else other.minimum,
            maximum=self.maximum if other.maximum is None else other.maximum,
            enumeration=other.enumeration or self.enumeration,
        )


@attrs.frozen
class Annotation:
    """Documentation and the ``xdat:`` marks that say how a server stores and identifies something.

    Attributes:
        documentation: The text of all ``xs:documentation`` elements.
        display_identifiers: Fields that stand for an item when it is shown.
        unique: Names of the uniqueness constraints that this field is part of.
        relation_unique: Names of the constraints that hold among the items of one owner.
        base_element: The data type that this field refers to by ID, as written.
        is_abstract: Whether the server creates no items of this very type.
        marks: Every attribute of the marks by the mark's path, such as ``relation.onDelete``, for comparisons.
    """

    documentation: str = ""
    display_identifiers: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    relation_unique: tuple[str, ...] = ()
    base_element: str = ""
    is_abstract: bool = False
    marks: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class SimpleType:
    """A named or inline ``xs:simpleType``; ``variety`` tells restrictions from lists and unions."""

    name: str
    base: QName | None
    facets: Facets
    variety: Literal["restriction", "list", "union"]
    annotation: Annotation
    source: Source


@attrs.frozen
class Attribute:
    """An ``xs:attribute``, local or global."""

    name: str
    ref: QName | None
    type: QName | None
    inline: SimpleType | None
    required: bool
    default: str | None
    annotation: Annotation
    source: Source


@attrs.frozen
class Element:
    """An ``xs:element``, local or global; ``max_occurs`` None means unbounded."""

    name: str
    ref: QName | None
    type: QName | None
    inline: SimpleType | ComplexType | None
    is_optional: bool
    max_occurs: int | None
    annotation: Annotation
    source: Source


@attrs.frozen
class GroupRef:
    """A reference to a named group of elements or attributes."""

    ref: QName
    max_occurs: int | None
    source: Source
    is_optional: bool = False


@attrs.frozen
class Wildcard:
    """An ``xs:any`` or ``xs:anyAttribute``: content that no field can stand for."""

    source: Source


@attrs.frozen
class Particle:
    """An ``xs:sequence``, ``xs:choice`` or ``xs:all`` and what is inside."""

    kind: Literal["sequence", "choice", "all"]
    items: tuple[ParticleItem, ...]
    max_occurs: int | None
    is_optional: bool = False


ParticleItem: TypeAlias = Element | GroupRef | Wildcard | Particle


@attrs.frozen
class ComplexType:
    """A named or inline ``xs:complexType``."""

    name: str
    base: QName | None
    derivation: Literal["extension", "restriction", ""]
    is_simple_content: bool
    facets: Facets
    particle: Particle | None
    attributes: tuple[Attribute | GroupRef | Wildcard, ...]
    annotation: Annotation
    source: Source


@attrs.frozen
class Group:
    """A named ``xs:group``."""

    name: str
    particle: Particle
    source: Source


@attrs.frozen
class AttributeGroup:
    """A named ``xs:attributeGroup``."""

    name: str
    attributes: tuple[Attribute | GroupRef | Wildcard, ...]
    source: Source


@attrs.frozen
class Import:
    """An ``xs:import``, ``xs:include`` or ``xs:redefine`` as written; ``kind`` tells which."""

    kind: Literal["import", "include", "redefine"]
    namespace: str
    location: str
    source: Source


@attrs.frozen
class Schema:
    """One schema document.

    Attributes:
        prefix: The prefix that the document itself gives its target namespace; empty when it gives none.
        text: The document as read, for tools that want to parse it themselves.
    """

    source: Source
    namespace: str
    prefix: str
    prefixes: Mapping[str, str]
    imports: tuple[Import, ...]
    elements: tuple[Element, ...]
    attributes: tuple[Attribute, ...]
    complex_types: tuple[ComplexType, ...]
    simple_types: tuple[SimpleType, ...]
    groups: tuple[Group, ...]
    attribute_groups: tuple[AttributeGroup, ...]
    text: bytes = attrs.field(repr=False)
