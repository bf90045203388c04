"""Custom fields: JSON objects beside the fields of the schema (schema-and-search 5.8)."""

from __future__ import annotations

import json
from typing import cast

from .. import address
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError, not_found
from ..formats.documents import compact_json
from ..permissions import require
from ..store.items import Item
from ..store.node import JsonValue
from .newer import require_line
from .texts import body_json, plain

_PATH = "custom_fields"


def _item(call: Call) -> Item:
    """Return the object of the URL: a project, a subject, an experiment, or a scan or an assessor of a session."""
    require_line(call, "1.7")
    if "SCAN_ID" in call.segments:
        found = address.find_scan(call, address.session(call))
    elif "ASSESSED_ID" in call.segments:
        found = address.find_assessor(call, address.session(call))
    elif "EXPT_ID" in call.segments:
        found = address.experiment(call)
    elif "SUBJECT_ID" in call.segments:
        found = address.subject(call)
    else:
        found = address.project(call)
    if found is None:
        raise not_found("item")
    return found


def _fields(item: Item) -> dict[str, JsonValue]:
    text = item.node.text(_PATH)
    return cast("dict[str, JsonValue]", json.loads(text)) if text else {}


def show_fields(call: Call) -> Reply:
    """``GET .../fields``: the object, or those of its members that ``fieldNames`` lists."""
    fields = _fields(_item(call))
    wanted = [name for text in call.parameters("fieldNames") for name in text.split(",") if name]
    chosen = {name: fields[name] for name in wanted if name in fields} if wanted else fields
    return json_reply(compact_json(chosen))


def put_fields(call: Call) -> Reply:
    """``PUT .../fields`` with a JSON object: its members replace those of the same name; the object as it is then."""
    item = _item(call)
    require(call, "edit", item)
    said = body_json(call)
    fields = _fields(item)
    fields.update(said if isinstance(said, dict) else {})
    return _store(call, item, fields)


def _store(call: Call, item: Item, fields: dict[str, JsonValue]) -> Reply:
    item.node.values[_PATH] = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    call.archive.items.save(item, call.change(item.xsi_type))
    return json_reply(compact_json(fields))


def show_field(call: Call) -> Reply:
    """``GET .../fields/{name}``: a value as text, anything that is no text as JSON; 404 for an unknown one."""
    fields, name = _fields(_item(call)), call.segments["FIELD_NAME"]
    if name not in fields:
        raise StatusError(404, f"Field {name} does not exist.")
    return text_reply(plain(fields[name]))


def delete_field(call: Call) -> Reply:
    """``DELETE .../fields/{name}``: what remains."""
    item = _item(call)
    require(call, "edit", item)
    fields = _fields(item)
    fields.pop(call.segments["FIELD_NAME"], None)
    return _store(call, item, fields)
