"""The schema documents of the server (schema-and-search 1.1 and 1.2)."""

from __future__ import annotations

import json
from pathlib import Path

from ..call import Call, Reply, json_reply
from ..datamodel import display
from ..errors import StatusError


def _documents(call: Call) -> dict[str, Path]:
    """Return name -> file of every schema: ``<dir>/<file>``, or ``<dir>`` when both are equal."""
    found: dict[str, Path] = {}
    for path in sorted(call.site.schemas.glob("*/*.xsd")):
        name = path.stem if path.stem == path.parent.name else f"{path.parent.name}/{path.stem}"
        found[name] = path
    return found


def list_schemas(call: Call) -> Reply:
    """``GET /xapi/schemas``: a JSON list of names."""
    return json_reply(json.dumps(list(_documents(call))))


def show_schema(call: Call) -> Reply:
    """``GET /xapi/schemas/{name}`` and ``/xapi/schemas/{dir}/{file}``, without ``.xsd``."""
    parts = [call.segments[name] for name in ("SCHEMA", "DIR", "FILE") if name in call.segments]
    name = "/".join(parts)
    same = f"{parts[0]}" if len(parts) == 2 and parts[0] == parts[1] else name
    return _document(_documents(call).get(same))


def show_schema_file(call: Call) -> Reply:
    """``GET /schemas/{file}.xsd`` and ``/schemas/{dir}/{file}.xsd``; without a folder the file name is looked up."""
    name = call.segments["FILE"]
    if not name.endswith(".xsd"):
        raise StatusError(404)
    folder = call.segments.get("DIR")
    fitting = [path for path in _documents(call).values() if path.name == name and folder in {None, path.parent.name}]
    return _document(fitting[0] if fitting else None)


def _document(path: Path | None) -> Reply:
    if path is None:
        raise StatusError(404)
    return Reply(200, path.read_bytes(), "application/xml")


def list_data_types(call: Call) -> Reply:
    """``GET /xapi/schemas/datatypes``: a sorted JSON list of every element, repeating anonymous ones included."""
    model = call.model
    names = set(model.names)
    for name in model.names:
        names |= {slot.target for slot in model.type(name).slots.values()}
    return json_reply(json.dumps(sorted(names)))


def list_searchable_types(call: Call) -> Reply:
    """``GET /xapi/schemas/datatypes/searchable``: the imaging sessions that searches know, as a JSON list."""
    known = display.listed_types(call.site.schemas, call.model)
    return json_reply(json.dumps([name for name in known if call.model.extends(name, "xnat:imageSessionData")]))
