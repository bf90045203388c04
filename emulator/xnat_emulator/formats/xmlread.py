"""Reading item documents that clients send (rest-data 6.2): from XML to a patch."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ..datamodel import values
from ..datamodel.schema import DataModel, DataType, Field, Particle, Slot
from ..datamodel.xsd import Element
from ..store.patch import Patch, concrete
from . import xmltree

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


class DocumentError(ValueError):
    """The text is no well-formed document, or no document of a known type."""


@dataclass
class _Reading:
    model: DataModel
    problems: list[str] = field(default_factory=list[str])


def read(model: DataModel, body: bytes) -> tuple[Patch, list[str]]:
    """Return the patch of an item document and the problems of its values.

    Values that do not fit their fields are listed, not raised: the server refuses the item after reading it whole.

    Raises:
        DocumentError: The text is not well-formed, has a document type declaration, or is of no known type.
    """
    root = _parse(body)
    reading = _Reading(model)
    name = _name(model, root)
    type_name = _type_of(model, root) or model.elements.get(name) or (name if name in model.bases else None)
    if type_name is None:
        raise DocumentError(f"Unknown document element {etree.QName(root).localname}")
    patch = Patch(xsi_type=type_name)
    _drop_unknown(root, model.type(type_name).root)
    _fill(reading, patch, root, model.type(type_name), model.type(type_name).root)
    return patch, reading.problems


def _parse(body: bytes) -> Element:
    try:
        return xmltree.parse(body)
    except xmltree.XmlError as error:
        raise DocumentError(str(error)) from None


def _name(model: DataModel, node: Element) -> str:
    """Return the element's name with the prefix its namespace has everywhere."""
    name = etree.QName(node)
    prefix = next((prefix for prefix, uri in model.namespaces.items() if uri == name.namespace), "")
    return f"{prefix}:{name.localname}"


def _type_of(model: DataModel, node: Element) -> str | None:
    """Return the type that ``xsi:type`` names.

    Raises:
        DocumentError: The schemas do not know it.
    """
    declared = node.get(XSI_TYPE)
    if declared is None:
        return None
    prefix, _, local = declared.rpartition(":")
    uri = node.nsmap.get(prefix or None, "")
    known = next((prefix for prefix, known in model.namespaces.items() if known == uri), prefix)
    name = f"{known}:{local}"
    if name not in model:
        raise DocumentError(f"Unknown type {declared}")
    return name


def _fill(reading: _Reading, patch: Patch, node: Element, data_type: DataType, particle: Particle) -> None:
    """Read one element's attributes, text and inner elements into a patch."""
    for name, text in node.attrib.items():
        if not str(name).startswith(XSI):
            _store(reading, patch, _attribute(data_type, particle, str(name)), str(text))
    if particle.text is not None:
        _store(reading, patch, particle.text, _text(node))
    for inner in node.iterchildren(tag=etree.Element):
        name = etree.QName(inner).localname
        found = next((part for part in particle.content if part.name == name), None)
        if found is None:
            _refuse(data_type, inner, f"{particle.path}/{name}" if particle.path else name)
        elif found.slot is None:
            _fill(reading, patch, inner, data_type, found)
        else:
            patch.children.setdefault(found.path, []).append(_child(reading, inner, found.slot))


def _drop_unknown(root: Element, particle: Particle) -> None:
    """Take attributes out of a document's root that its type does not have: the server passes over them."""
    known = {item.path for item in particle.attributes}
    for name in [str(name) for name in root.attrib]:
        if name not in known and not name.startswith(XSI):
            del root.attrib[name]


def _refuse(data_type: DataType, node: Element, path: str) -> None:
    """Refuse an element that the type does not have, when it or one inside it holds something.

    Raises:
        DocumentError: It has a value or an attribute.
    """
    for name, text in node.attrib.items():
        if text:
            raise DocumentError(f"Invalid attribute '{etree.QName(str(name)).localname}' of '{data_type.name}/{path}'")
    for inner in node.iterchildren(tag=etree.Element):
        _refuse(data_type, inner, f"{path}/{etree.QName(inner).localname}")
    if _text(node).strip():
        raise DocumentError(f"Invalid field '{path}'")


def _text(node: Element) -> str:
    """Return an element's own text, comments inside it left out: servers write hidden fields as such."""
    return "".join(part for part in (node.text, *(inner.tail for inner in node)) if part)


def _attribute(data_type: DataType, particle: Particle, name: str) -> Field:
    path = f"{particle.path}/{name}" if particle.path else name
    found = next((item for item in particle.attributes if item.path == path), None)
    if found is None:
        raise DocumentError(f"Invalid attribute '{name}' of '{data_type.name}/{particle.path}'")
    return found


def _store(reading: _Reading, patch: Patch, item: Field, text: str) -> None:
    if not text.strip():
        return
    if text == values.CLEAR and item.datatype == "string":
        patch.values[item.path] = None
        return
    try:
        patch.values[item.path] = values.convert(text, item)
    except values.ValueRefused as refused:
        reading.problems.append(str(refused))


def _child(reading: _Reading, node: Element, slot: Slot) -> Patch:
    child = Patch(xsi_type=_type_of(reading.model, node))
    if child.xsi_type is not None and not reading.model.fits(child.xsi_type, slot.target):
        raise DocumentError(f"{child.xsi_type} cannot stand at {slot.path}")
    data_type = reading.model.type(concrete(slot, child))
    _fill(reading, child, node, data_type, data_type.root)
    return child
