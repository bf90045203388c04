"""Item documents in XML (rest-data 6.1, recorded answers D25 and D26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ..datamodel.schema import DataModel, Field, Particle, Slot
from ..datamodel.values import to_text
from ..store.node import Node
from .documents import DECLARED_KEYS, hidden_key, hidden_keys
from .javahash import hashtable_order

XSI_URI = "http://www.w3.org/2001/XMLSchema-instance"
_LONGEST = 31


@dataclass(frozen=True)
class _Writing:
    model: DataModel
    hidden: bool


def item_xml(model: DataModel, node: Node, server: str, *, hidden: bool = True) -> str:
    """Return the XML document of an expanded node.

    Args:
        model: The data model.
        node: The item with everything that belongs to it.
        server: Base URL of the server, for ``xsi:schemaLocation``.
        hidden: Write database fields as comments; ``concealHiddenFields=true`` turns them off.
    """
    element = model.element_of(node.xsi_type) or node.xsi_type
    head = namespace_attributes(model, server)
    writing = _Writing(model, hidden)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_item(writing, node, element, head, {})}\n'


def namespace_attributes(model: DataModel, server: str) -> str:
    """Return the namespaces of a document and where their schemas are (recorded answers of three servers, D25).

    Both stand in the order of a hash table, by prefix and by bare file name; what shares a bucket stands as if it had
    been put in from the end of the alphabet on.
    """
    prefixes = hashtable_order(sorted(set(model.namespaces) - {"xsi"}, reverse=True))
    names = {path.rpartition("/")[2]: uri for uri, path in model.documents.items()}
    places = " ".join(f"{names[name]} {server}/schemas/{name}" for name in hashtable_order(sorted(names, reverse=True)))
    declared = "".join(f' xmlns:{prefix}="{model.namespaces[prefix]}"' for prefix in prefixes)
    return f'{declared} xmlns:xsi="{XSI_URI}" xsi:schemaLocation="{places}"'


def namespace_declarations(model: DataModel) -> dict[str, str]:
    """Return prefix -> URI of every schema, alphabetical, ``xsi`` last."""
    return {prefix: model.namespaces[prefix] for prefix in sorted(model.namespaces)} | {"xsi": XSI_URI}


def _item(writing: _Writing, node: Node, element: str, head: str, above: Mapping[str, str]) -> str:
    data_type = writing.model.type(node.xsi_type)
    attributes = "".join(_attributes(node, data_type.root.attributes)) + head
    comment = _hidden_fields(writing, node, above) if writing.hidden else ""
    text = "" if data_type.root.text is None else _text(node, data_type.root.text)
    inner = "".join(_particle(writing, node, particle) for particle in data_type.root.content)
    return f"<{element}{attributes}>{comment}{text}{inner}</{element}>"


def _attributes(node: Node, fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        if field.path in node.values:
            yield f" {field.path.rpartition('/')[2]}={quoteattr(to_text(node.values[field.path]))}"


def _text(node: Node, field: Field) -> str:
    return escape(to_text(node.values[field.path])) if field.path in node.values else ""


def _hidden_fields(writing: _Writing, node: Node, above: Mapping[str, str]) -> str:
    """Return the comment with the database fields of an item: its own key, then the key of the item above it."""
    keys = {name: str(value) for name, value in hidden_keys(writing.model, node).items() if not name.islower()}
    fields = ",".join(f'{name}="{value}"' for name, value in {**keys, **above}.items())
    return f"<!--hidden_fields[{fields}]-->" if fields else ""


def _key_above(writing: _Writing, node: Node, slot: Slot) -> dict[str, str]:
    """Return the database column of a child item that holds the key of the item above it (D26).

    Lists keep it in their members, under the path and the type that declares the list, cut to 31 signs. Every
    resource names the scan it lies below, or null. What stands once is found the other way round.
    """
    model = writing.model
    kind = model.kind_of(slot.target)
    if kind == "resource":
        scan = model.kind_of(node.xsi_type) == "scan"
        return {"xnat_imageScanData_xnat_imagescandata_id": str(node.number) if scan else "null"}
    if kind is not None or not slot.repeating:
        return {}
    declaring = next(name for name in reversed(model.lineage(node.xsi_type)) if slot.path in model.type(name).slots)
    root = model.root_of(node.xsi_type)
    key, value = ("id", node.text("ID")) if root in DECLARED_KEYS else (hidden_key(root), str(node.number))
    name = f"{slot.path}_{declaring}".replace("/", "_").replace(":", "_")
    return {f"{name[:_LONGEST]}_{key}": value}


def _particle(writing: _Writing, node: Node, particle: Particle) -> str:
    """Return one element of an item, nothing when it holds no value."""
    element = f"{particle.prefix}:{particle.name}"
    if particle.slot is not None:
        return "".join(
            _child(writing, node, child, element, particle.slot) for child in node.children.get(particle.path, ())
        )
    attributes = "".join(_attributes(node, particle.attributes))
    text = "" if particle.text is None else _text(node, particle.text)
    inner = "".join(_particle(writing, node, part) for part in particle.content)
    if not (attributes or text or inner):
        return ""
    return f"<{element}{attributes}>{text}{inner}</{element}>"


def _child(writing: _Writing, node: Node, child: Node, element: str, slot: Slot) -> str:
    head = "" if child.xsi_type == slot.target else f' xsi:type="{child.xsi_type}"'
    return _item(writing, child, element, head, _key_above(writing, node, slot))
