"""Item documents in JSON: an envelope of meta, data_fields and children (rest-data section 5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from ..datamodel.schema import DataModel
from ..datamodel.values import to_json
from ..store.node import JsonValue, Node
from .javahash import hash_ordered, hashtable_order

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DECLARED_KEYS = frozenset({"xnat:projectData", "xnat:subjectData", "xnat:experimentData"})
"""Types whose ``ID`` is the primary key; all others have a hidden numeric one (schema-and-search 2.4)."""


def java_date(moment: str) -> str:
    """Return an ISO moment in UTC as Java prints dates, ``Fri May 01 10:00:00 UTC 2020``."""
    when = datetime.fromisoformat(moment)
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when:%d %H:%M:%S} UTC {when:%Y}"


def compact_json(value: JsonValue) -> str:
    """Return JSON as the server writes it: no blanks, ``</`` escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def item_json(model: DataModel, node: Node, *, headers: bool = False) -> str:
    """Return the item document of an expanded node.

    Args:
        model: The data model.
        node: The item with everything that belongs to it.
        headers: Name the fields of each collection beside its items (rest-data 5.9).
    """
    return compact_json(_collection(model, [node], headers=headers))


def _collection(model: DataModel, nodes: Sequence[Node], *, headers: bool) -> dict[str, JsonValue]:
    fields = [_data_fields(model, node) for node in nodes]
    items: list[JsonValue] = [
        hash_ordered({"children": _children(model, node, headers=headers), "meta": _meta(node), "data_fields": values})
        for node, values in zip(nodes, fields, strict=True)
    ]
    found: dict[str, JsonValue] = {"items": items}
    if headers:
        found["headers"] = list(dict.fromkeys(name for values in fields for name in values))
    return found


def _children(model: DataModel, node: Node, *, headers: bool) -> list[JsonValue]:
    # Of the older hash table: three recorded sets of collections stand so, one of them in no hash map's order.
    paths = hashtable_order(node.children)
    return [hash_ordered({"field": path, **_collection(model, node.children[path], headers=headers)}) for path in paths]


def _meta(node: Node) -> dict[str, JsonValue]:
    meta: dict[str, JsonValue] = {
        "isHistory": bool(node.ended),
        "xsi:type": node.xsi_type,
        "create_event_id": node.event,
        "start_date": java_date(node.started),
    }
    if node.ended:
        meta |= {"modified_event_id": node.ended_by, "end_date": java_date(node.ended)}
    return hash_ordered(meta)


def _data_fields(model: DataModel, node: Node) -> dict[str, JsonValue]:
    fields = model.type(node.xsi_type).fields
    values: dict[str, JsonValue] = {path: to_json(value, fields.get(path)) for path, value in node.values.items()}
    values.update(hidden_keys(model, node))
    return hash_ordered(values)


def hidden_keys(model: DataModel, node: Node) -> dict[str, JsonValue]:
    """Return the key fields that documents show beside the declared ones.

    Experiments repeat their ID as ``id`` (D3); a type that extends another shows its hidden key in lower and in
    mixed case, others in mixed case only (D2).
    """
    root = model.root_of(node.xsi_type)
    if root == "xnat:experimentData":
        return {"id": node.text("ID")}
    if root in DECLARED_KEYS:
        return {}
    name = f"{root.replace(':', '_')}_id"
    if root == node.xsi_type:
        return {name: node.number}
    return {hidden_key(root): node.number, name: node.number}


def hidden_key(root: str) -> str:
    """Return the column of a type's hidden numeric key, ``xnat_imagescandata_id``."""
    return f"{root.replace(':', '_')}_id".lower()
