"""Custom fields, and the definitions of custom variables, on another server: added to what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Protocol
from xml.etree import ElementTree

import attrs

from ..documents import ItemNode
from ..errors import UsageError
from ..paths import segment
from ..protocol_document import ProtocolDocument
from .copy_plan import LeftOut
from .copy_state import CopyState

if TYPE_CHECKING:
    from ..session import BaseSession

_XML = {"Content-Type": "text/xml"}


class Tried(Protocol):
    """Does one step of a copy; what the server refuses does not stop the others."""

    def __call__(self, name: str, step: Callable[[], object], /) -> None:
        """Do it."""


@attrs.define
class FieldCopy:
    """Copies what items have beside the fields of their documents; nothing is written over.

    Attributes:
        source: The connection that is read.
        target: The connection that is written.
        project: ID of the project there.
        state: What earlier runs did.
        left: Takes what is not carried.
        tried: Does the steps.
        has_fields: Whether the source knows custom fields, as far as is known.
    """

    source: BaseSession
    target: BaseSession
    project: str
    state: CopyState
    left: list[LeftOut]
    tried: Tried
    has_fields: bool = True

    def fields(self, key: str, uri: str, there: str) -> None:
        """Copy the JSON object of custom fields, where servers have such: a request, three where an item has some.

        Args:
            key: Kind and old ID of the item.
            uri: Its path on the source.
            there: Its path on the target.

        Raises:
            XnatError: They could not be read or written.
        """
        if not self.has_fields or self.state.is_done(f"fields {key}"):
            return
        from ..custom_fields import CustomFields  # noqa: PLC0415 - it imports what imports transfers

        try:
            values = dict(CustomFields(self.source, _fields_of(uri)))
        except UsageError:
            self.has_fields = False
            return
        if values:
            kept = CustomFields(self.target, _fields_of(there))
            self._told(key, [name for name in values if name in kept and kept[name] != values[name]])
            kept.update({name: value for name, value in values.items() if name not in kept})
        self.state.done(f"fields {key}")

    def _told(self, key: str, names: list[str]) -> None:
        told = "the target has another value, which is not written over"
        self.left += [LeftOut(f"custom field {name} of {key}", told) for name in names]

    def variables(self, project: str) -> None:
        """Copy the definitions of custom variables: one request for each data type that the target lacks some of.

        Args:
            project: ID of the project on the source.
        """
        self.source.variable_definitions.forget(project)
        nodes = self.source.variable_definitions.protocols(project)
        if not nodes:
            return
        definitions = self.target.variable_definitions
        definitions.forget(self.project)
        known = {str(node.fields.get("data-type")): node for node in definitions.protocols(self.project)}
        for node in nodes:
            kind = str(node.fields.get("data-type", ""))
            self.tried(f"custom variables of {kind}", partial(self._protocol, node, known.get(kind), kind))
        definitions.forget(self.project)

    def _protocol(self, node: ItemNode, kept: ItemNode | None, kind: str) -> None:
        wanted = self._document(node)
        if kept is None:
            wanted.root.set("ID", f"{self.project}_{kind.replace(':', '_')}")
            self._send(wanted, kind)
            return
        there = self._document(kept)
        added, other = _merged(wanted.root, there.root)
        told = "the target defines it otherwise"
        self.left += [LeftOut(f"custom variable {name} of {kind}", told) for name in other]
        if added:
            self._send(there, kind)

    def _document(self, node: ItemNode) -> ProtocolDocument:
        return ProtocolDocument(node, self.target.registry.namespaces["xnat"])

    def _send(self, document: ProtocolDocument, kind: str) -> None:
        """Send a protocol; one that is there is replaced by it, so that to send it once more changes nothing."""
        uri = f"/data/projects/{segment(self.project)}/protocols/{segment(document.id)}"
        body = document.document()

        def send() -> None:
            self.target.put(uri, body, query={"dataType": kind}, headers=_XML)

        self.state.repeated(f"custom variables of {kind}", send)


def _fields_of(uri: str) -> str:
    return f"/xapi/custom-fields{uri.removeprefix('/data')}/fields"


def _merged(wanted: ElementTree.Element, kept: ElementTree.Element) -> tuple[bool, list[str]]:
    """Add the definitions that are missing; return whether there were some, and the names of those that differ."""
    added, other = False, list[str]()
    groups = {group.get("ID"): group for group in kept.iter("xnat:definition")}
    for group in wanted.iter("xnat:definition"):
        there = groups.get(group.get("ID"))
        if there is None:
            _within(kept, "xnat:definitions").append(deepcopy(group))
            added = True
            continue
        fields = {field.get("name"): field for field in there.iter("xnat:field")}
        for field in group.iter("xnat:field"):
            found = fields.get(field.get("name"))
            if found is None:
                _within(there, "xnat:fields").append(deepcopy(field))
                added = True
            elif _meaning(found) != _meaning(field):
                other.append(str(field.get("name")))
    return added, other


def _within(parent: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = parent.find(tag)
    return ElementTree.SubElement(parent, tag) if found is None else found


def _meaning(field: ElementTree.Element) -> Mapping[str, object]:
    """Return what a definition says, whatever its place among the others."""
    names = ("datatype", "required", "type")
    return {
        **{name: field.get(name) for name in names},
        "values": sorted(v.text or "" for v in field.iter("xnat:possibleValue")),
    }
