"""Protocols of projects: the definitions of their custom variables (rest-data 18.2)."""

from __future__ import annotations

from ..address import project
from ..call import Call, Reply, text_reply
from ..datamodel import display
from ..errors import StatusError
from ..permissions import may, require
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch, merge
from .bodies import patch, read
from .nodes import node_reply

TYPE = "xnat:datatypeProtocol"
SLOT = "studyProtocol"


def show_protocol(call: Call) -> Reply:
    """``GET /data/projects/P/protocols/{ID}?dataType=``: the protocol, made when the project has none for the type."""
    owner = project(call)
    found = _find(call, owner)
    if found is None and may(call, "edit", owner):
        found = _create(call, owner)
    if found is None:
        raise StatusError(404, "Unable to find the specified protocol by data type or protocol ID")
    return node_reply(call, found)


def _find(call: Call, owner: Item) -> Node | None:
    """Return the protocol of the URL: by its ID, else by the data type of the request."""
    protocols = owner.node.children.get(SLOT, [])
    wanted = call.segment("PROTOCOL_ID") or ""
    data_type = call.parameter("dataType") or ""
    by_id = next((node for node in protocols if node.text("ID") == wanted), None)
    return by_id or next((node for node in protocols if data_type and node.text("data-type") == data_type), None)


def _create(call: Call, owner: Item) -> Node | None:
    """Make the protocol of a data type with its group of definitions ``default``, None for what is no data type."""
    name = call.parameter("dataType") or ""
    data_type = call.model.elements.get(name, name)
    if data_type not in call.model or call.model.kind_of(data_type) in {None, "resource", "reconstruction"}:
        return None
    group = Node("xnat:fieldDefinitionGroup", {"ID": "default", "data-type": data_type, "project-specific": False})
    values = {
        "ID": f"{owner.id}_{data_type.replace(':', '_')}",
        "name": display.element(call.site.schemas, call.model, data_type).plural,
        "data-type": data_type,
    }
    made = Node(TYPE, dict(values), {"definitions/definition": [group]})
    _save(call, owner, made)
    return made


def _save(call: Call, owner: Item, protocol: Node) -> None:
    protocols = owner.node.children.setdefault(SLOT, [])
    if protocol not in protocols:
        protocols.append(protocol)
    call.archive.items.save(owner, call.change(owner.xsi_type))


def put_protocol(call: Call) -> Reply:
    """``PUT`` of the same with an XML document: what it defines replaces what was defined; it comes back as XML.

    Raises:
        StatusError: 403 for who may not edit the project, 406 for a document of another type.
    """
    owner = project(call)
    require(call, "edit", owner, "Specified user account has insufficient edit privileges for this project.")
    wanted = read(call)
    if wanted.xsi_type is not None and not call.model.fits(wanted.xsi_type, TYPE):
        raise StatusError(406, f"The submitted object is a {wanted.xsi_type}, not a {TYPE}")
    asked = patch(call, wanted, wanted.xsi_type or TYPE)
    found = _find(call, owner) or _by_document(owner, asked) or Node(TYPE)
    if wanted.document is not None:
        found.children.clear()
    merge(call.model, found, Patch(None, asked.values, asked.children))
    found.values.setdefault("ID", call.segment("PROTOCOL_ID") or found.text("data-type"))
    _save(call, owner, found)
    return node_reply(call, found, xml_only=True)


def _by_document(owner: Item, asked: Patch) -> Node | None:
    """Return the protocol that a document means by its ID or its data type."""
    for name in ("ID", "data-type"):
        wanted = asked.text(name)
        for node in owner.node.children.get(SLOT, []):
            if wanted and node.text(name) == wanted:
                return node
    return None


def delete_protocol(call: Call) -> Reply:
    """``DELETE`` of the same: 404 when there is none."""
    owner = project(call)
    require(call, "edit", owner, "Specified user account has insufficient edit privileges for this project.")
    found = _find(call, owner)
    if found is None:
        raise StatusError(404)
    owner.node.children[SLOT].remove(found)
    if not owner.node.children[SLOT]:
        del owner.node.children[SLOT]
    call.archive.items.save(owner, call.change(owner.xsi_type))
    return text_reply("")
