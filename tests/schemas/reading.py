"""Reads the XSDs through the component model of xmlschema and writes down what is in them.

Nothing of the generator is used here, so that a mistake in its reader cannot hide one in the schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import xmlschema
from xmlschema.names import XSD_ANY_SIMPLE_TYPE, XSD_ANY_TYPE, XSD_NAMESPACE
from xmlschema.validators import XsdComplexType, XsdGroup

from .lines import line, occurrence, pairs

FACETS = {f"{{{XSD_NAMESPACE}}}{name}": name for name in ("maxLength", "minInclusive", "maxInclusive")}

Component = Any  # xmlschema components share attributes, not one class that declares them


class SchemaReading:
    """One schema file as lines of the form that the snapshot has."""

    def __init__(self, path: Path, prefix: str, annotations: str, prefixes: dict[str, str]) -> None:
        self.schema = xmlschema.XMLSchema10(str(path), allow="local", validation="strict")
        self.path = path
        self.prefix = prefix
        self.annotations = f"{{{annotations}}}"
        self.prefixes = prefixes | {XSD_NAMESPACE: "xs"}

    def lines(self) -> Iterator[str]:
        """Yields namespace, global elements, attribute groups and types in the order of the file."""
        name = "/".join(self.path.parts[-2:])
        yield "\t".join(("namespace", self.prefix, self.schema.target_namespace, name))
        for one in self.schema.root.iterfind(f"{{{XSD_NAMESPACE}}}import"):
            yield "\t".join(("import", self.prefix, one.attrib["namespace"], one.attrib["schemaLocation"]))
        for element in self._globals(self.schema.elements):
            yield from self._element(element)
        for group in self._globals(self.schema.attribute_groups):
            owner = f"group {self._name(group.name)}"
            yield line(owner, ".", "attributeGroup", "structure", "", "", "", self._notes(group))
            yield from self._attributes(owner, "", group.values())
        for type_ in self._globals(self.schema.types):
            yield line(self._name(type_.name), ".", "type", self._type(type_), "", "", "", self._notes(type_))
            yield from self._members(self._name(type_.name), "", type_)

    def _globals(self, components: Any) -> list[Component]:
        own = [one for one in components.values() if one.target_namespace == self.schema.target_namespace]
        order = list(self.schema.root)
        return sorted(own, key=lambda one: order.index(one.elem))

    def _element(self, element: Component) -> Iterator[str]:
        owner = f"element {self._name(element.name)}"
        if element.type.name:
            yield line(owner, ".", "element", self._name(element.type.name), "", "", "", self._notes(element))
            return
        yield line(owner, ".", "element", self._type(element.type), "", "", "", self._notes(element))
        yield from self._members(owner, "", element.type)

    def _members(self, owner: str, prefix: str, type_: Component) -> Iterator[str]:
        inherited = type_.base_type if _extends(type_) else None
        yield from self._elements(owner, prefix, type_, inherited)
        before = inherited.attributes if inherited else {}
        own = (attribute for name, attribute in type_.attributes.items() if name not in before)
        yield from self._attributes(owner, prefix, own)

    def _elements(self, owner: str, prefix: str, type_: Component, inherited: Any) -> Iterator[str]:
        if not isinstance(type_.content, XsdGroup):
            return
        placed = list(_placed(type_.content))
        before = len(list(_placed(inherited.content))) if inherited else 0
        groups: list[int] = []
        for element, needed, choice in placed[before:]:
            if choice is not None and choice not in groups:
                groups.append(choice)
            number = None if choice is None else groups.index(choice) + 1
            yield from self._field(owner, prefix, element, occurs(element, needed, number))

    def _field(self, owner: str, prefix: str, element: Component, occurrence_: str) -> Iterator[str]:
        path = f"{prefix}{element.local_name}"
        default = f'"{element.default}"' if element.default is not None else ""
        type_ = f"ref {self._name(element.name)}" if element.ref is not None else self._type_of(element)
        yield line(owner, path, "element", type_, occurrence_, _facets(element.type), default, self._notes(element))
        if element.ref is None and element.type.name is None and isinstance(element.type, XsdComplexType):
            yield from self._members(owner, f"{path}/", element.type)

    def _attributes(self, owner: str, prefix: str, attributes: Iterable[Component]) -> Iterator[str]:
        for one in attributes:
            default = f'"{one.default}"' if one.default is not None else ""
            columns = (self._type_of(one), one.use, _facets(one.type), default, self._notes(one))
            yield line(owner, f"{prefix}@{one.local_name}", "attribute", *columns)

    def _type_of(self, component: Component) -> str:
        untyped = component.type.name in (XSD_ANY_TYPE, XSD_ANY_SIMPLE_TYPE) and "type" not in component.elem.attrib
        return "untyped" if untyped else self._type(component.type, named=True)

    def _type(self, type_: Any, *, named: bool = False) -> str:
        if named and type_.name:
            return self._name(type_.name)
        if not isinstance(type_, XsdComplexType):
            return self._name(type_.base_type.name)
        base: Component = type_.base_type
        if type_.has_simple_content():
            return f"text {self._name(base.name)}"
        return f"structure extends {self._name(base.name)}" if _extends(type_) else "structure"

    def _name(self, name: str) -> str:
        namespace, _, local = name[1:].partition("}")
        return f"{self.prefixes[namespace]}:{local}"

    def _notes(self, component: Component) -> str:
        found: dict[str, object] = {}
        for info in component.annotation.appinfo if component.annotation else ():
            for node in info.iter():
                if node.tag.startswith(self.annotations):
                    part = node.tag.removeprefix(self.annotations)
                    found |= {f"{part}.{name}": value for name, value in node.attrib.items()}
        return pairs(found)


def occurs(element: Component, needed: bool, choice: int | None) -> str:
    """Returns the occurrence of an element as declared at its place in the schema."""
    minimum = int(element.elem.attrib.get("minOccurs", "1"))
    maximum = element.elem.attrib.get("maxOccurs", "1")
    return occurrence(minimum, maximum, required=needed and minimum > 0, choice=choice)


Placed = tuple[Component, bool, int | None]  # element, whether its groups must occur, id of its choice group


def _placed(group: XsdGroup, needed: bool = True, choice: int | None = None) -> Iterator[Placed]:
    """Yields the elements of a group and of the groups in it, in document order."""
    inside = id(group) if group.model == "choice" else choice
    needed = needed and group.model != "choice" and group.min_occurs > 0
    for particle in group:
        if isinstance(particle, XsdGroup):
            yield from _placed(particle, needed, inside)
        else:
            yield particle, needed, inside


def _extends(type_: Component) -> bool:
    base = type_.base_type
    return type_.derivation == "extension" and isinstance(base, XsdComplexType) and base.name != XSD_ANY_TYPE


def _facets(type_: Any) -> str:
    if type_.name is not None or isinstance(type_, XsdComplexType):
        return ""
    present = {name: type_.facets[key] for key, name in FACETS.items() if key in type_.facets}
    found: dict[str, object] = {name: facet.elem.attrib["value"] for name, facet in present.items()}
    if type_.enumeration:
        found["enumeration"] = "|".join(type_.enumeration)
    return pairs(found)
