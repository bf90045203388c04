"""Item documents in JSON: an envelope of meta, data_fields and children (rest-data section 5)."""

from __future__ import annotations

import json
from datetime import datetime

from .javahash import hash_order, hash_ordered
from .schema import DataModel
from .store.node import JsonValue, Node
from .values import to_json

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DECLARED_KEYS = frozenset({"xnat:projectData", "xnat:subjectData", "xnat:experimentData"})
"""Types whose ``ID`` is the primary key; all others have a hidden numeric one (schema-and-search 2.4)."""


def java_date(moment: str) -> str:
    """Return an ISO moment in UTC as Java prints dates, ``Fri May 01 10:00:00 UTC 2020``."""
    when = datetime.fromisoformat(moment)
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when:%d %H:%M:%S} UTC {when:%Y}"


def compact_json(value: JsonValue) -> str:
    """Return JSON as the server writes it: no blanks, ``</`` escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def item_json(model: DataModel, node: Node) -> str:
    """Return the item document of an expanded node."""
    return compact_json({"items": [_item(model, node)]})


def _item(model: DataModel, node: Node) -> JsonValue:
    children: list[JsonValue] = [
        {"field": path, "items": [_item(model, child) for child in node.children[path]]}
        for path in hash_order(node.children)
    ]
    parts: dict[str, JsonValue] = {"children": children, "meta": _meta(node), "data_fields": _data_fields(model, node)}
    return hash_ordered(parts)


def _meta(node: Node) -> dict[str, JsonValue]:
    meta: dict[str, JsonValue] = {
        "isHistory": False,
        "xsi:type": node.xsi_type,
        "create_event_id": node.event,
        "start_date": java_date(node.started),
    }
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
    if root in _DECLARED_KEYS:
        return {}
    name = f"{root.replace(':', '_')}_id"
    if root == node.xsi_type:
        return {name: node.number}
    return {name.lower(): node.number, name: node.number}
