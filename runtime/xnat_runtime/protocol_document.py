"""The protocol of one data type in a project as an XML document: what defines its custom variables (rest-data 18.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast
from xml.etree import ElementTree

from .codec import BOOLEAN
from .documents import ItemNode
from .edits import XSI, xml_text
from .errors import KeyNotFoundError
from .variable_definitions import CustomVariableDef

# What the schema writes as attributes of a protocol, of a group of definitions, and of one definition.
_PROTOCOL: Final = ("ID", "name", "description", "data-type")
_GROUP: Final = ("ID", "data-type", "description", "shareable", "project-specific")
_FIELD: Final = ("name", "type", "datatype", "required", "sequence", "xmlPath", "group")


class ProtocolDocument:
    """The protocol of one data type as the XML document to send."""

    def __init__(self, node: ItemNode, namespace: str) -> None:
        self.root = _element(None, "xnat:datatypeProtocol", node, _PROTOCOL)
        self.root.attrib.update({"xmlns:xnat": namespace, "xmlns:xsi": XSI, "xsi:type": "xnat:datatypeProtocol"})
        for group in node.children("definitions/definition"):
            self._copy(group)

    @property
    def id(self) -> str:
        """The protocol's ID."""
        return self.root.get("ID", "")

    @property
    def data_type(self) -> str:
        """The data type whose variables it defines."""
        return self.root.get("data-type", "")

    def _copy(self, group: ItemNode) -> None:
        made = _element(_within(self.root, "xnat:definitions"), "xnat:definition", group, _GROUP)
        for field in group.children("fields/field"):
            variable = _element(_within(made, "xnat:fields"), "xnat:field", field, _FIELD)
            for value in field.children("possibleValues/possibleValue"):
                slot = _within(variable, "xnat:possibleValues")
                entry = _element(slot, "xnat:possibleValue", value, ("display",))
                entry.text = xml_text(str(value.fields.get("possibleValue", "")), "a possible value")

    def variables(self) -> list[ElementTree.Element]:
        """Returns the definitions of all groups."""
        return list(self.root.iter("xnat:field"))

    def _group(self, name: str) -> ElementTree.Element | None:
        return next((each for each in self.root.iter("xnat:definition") if each.get("ID") == name), None)

    def variable(self, name: str, group: str) -> ElementTree.Element:
        """Returns the definition of one variable.

        Raises:
            KeyNotFoundError: There is none.
        """
        owner = self._group(group)
        names: list[ElementTree.Element] = [] if owner is None else list(owner.iter("xnat:field"))
        found = next((each for each in names if each.get("name") == name), None)
        if found is None:
            known = ", ".join(each.get("name", "") for each in names) or "none"
            msg = f"group {group!r} defines no custom variable {name!r} for {self.data_type}: it has {known}"
            raise KeyNotFoundError(msg)
        return found

    def put(self, wanted: CustomVariableDef) -> None:
        """Writes a definition, in the place of the one of this name."""
        owner = self._group(wanted.group)
        if owner is None:
            own = {"ID": wanted.group, "data-type": self.data_type, "project-specific": "true"}
            owner = ElementTree.SubElement(_within(self.root, "xnat:definitions"), "xnat:definition", own)
        fields = _within(owner, "xnat:fields")
        found = next((each for each in fields if each.get("name") == wanted.name), None)
        if found is None:
            start = {"name": wanted.name, "type": "custom", "group": wanted.group}
            found = ElementTree.SubElement(fields, "xnat:field", start)
        found.set("datatype", wanted.datatype)
        found.set("required", BOOLEAN.encode(wanted.required))
        found.set("xmlPath", found.get("xmlPath") or f"{self.data_type}/fields/field[name={wanted.key}]/field")
        self._put_values(found, wanted.options)

    def _put_values(self, variable: ElementTree.Element, options: Sequence[str]) -> None:
        """Writes the possible values; those that stay keep what is shown in their place."""
        shown = {value.text: value.get("display") for value in variable.iter("xnat:possibleValue")}
        for slot in list(variable):
            variable.remove(slot)
        for option in options:
            slot = _within(variable, "xnat:possibleValues")
            display = shown.get(option)
            own = {} if display is None else {"display": display}
            ElementTree.SubElement(slot, "xnat:possibleValue", own).text = option

    def remove(self, name: str, group: str) -> None:
        """Takes a definition out, and its group when it was the last; XNAT's own group ``default`` stays."""
        variable, owner = self.variable(name, group), self._group(group)
        fields = _within(cast("ElementTree.Element", owner), "xnat:fields")
        fields.remove(variable)
        if owner is not None and len(fields) == 0 and group != "default":
            _within(self.root, "xnat:definitions").remove(owner)

    def document(self) -> bytes:
        """Returns the document to send."""
        return cast("bytes", ElementTree.tostring(self.root, encoding="utf-8", xml_declaration=True))


def _within(parent: ElementTree.Element, tag: str) -> ElementTree.Element:
    """Returns the child of an element that has a tag, made when there is none."""
    found = next((child for child in parent if child.tag == tag), None)
    return ElementTree.SubElement(parent, tag) if found is None else found


def _element(
    parent: ElementTree.Element | None, tag: str, node: ItemNode, names: tuple[str, ...]
) -> ElementTree.Element:
    """Returns an element with those fields of a node that the schema writes as attributes."""
    own = {name: xml_text(str(node.fields[name]), name) for name in names if node.fields.get(name) is not None}
    return ElementTree.Element(tag, own) if parent is None else ElementTree.SubElement(parent, tag, own)
