"""Writes the two snapshots that the tests compare with, from the fact files they were made of.

``datamodel.json`` and ``routes.json`` are not part of the project. They are looked for in ``$XNAT_SHARED/facts``
or in ``../shared/facts`` beside the checkout. The snapshots say the same in a compact form, so that the tests run
without them. After a change of the facts, from the root of the checkout: ``python -m tests.schemas.snapshot``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .lines import line, occurrence, pairs, text

HERE = Path(__file__).parent
DATA_MODEL = HERE / "datamodel.txt"
ROUTES = HERE / "routes.txt"

FACETS = ("maxLength", "minInclusive", "maxInclusive")
ELEMENT_NOTES = ("displayIdentifiers", "ignoreWarnings", "matchByValues")
FIELD_NOTES = (
    "uniqueComposite",
    "unique",
    "baseElement",
    "baseCol",
    "displayName",
    "filter",
    "size",
    "xmlDisplay",
    "local_map",
)

Node = Mapping[str, Any]  # a JSON object of the fact files, whose shape their legend describes


def facts(name: str) -> Path:
    """Returns where a fact file would be; it need not exist."""
    root = os.environ.get("XNAT_SHARED") or HERE.parents[1].parent / "shared"
    return Path(root) / "facts" / name


def data_model_lines(document: Node) -> list[str]:
    """Returns the data model of ``datamodel.json``: namespaces, global elements, attribute groups, types, fields."""
    return [found for namespace in document["namespaces"].values() for found in _namespace(namespace)]


def route_lines(routes: list[Node]) -> list[str]:
    """Returns one line per path of ``routes.json``: path, methods, answer, archive alias, handler, parameters."""
    return sorted(_route(route) for route in routes)


def _namespace(namespace: Node) -> Iterator[str]:
    prefix = namespace["prefix"]
    yield "\t".join(("namespace", prefix, namespace["namespace"], namespace["schema"]))
    for one in namespace["imports"]:
        yield "\t".join(("import", prefix, one["namespace"], one["schemaLocation"]))
    for name, element in namespace["elements"].items():
        if isinstance(element, str):
            yield line(f"element {prefix}:{name}", ".", "element", element, "", "", "", "")
        else:
            yield from _owner(f"element {prefix}:{name}", "element", element)
    for name, group in namespace.get("attributeGroups", {}).items():
        yield from _owner(f"group {prefix}:{name}", "attributeGroup", group)
    for definition in namespace["types"].values():
        yield from _owner(definition["name"], "type", definition)


def _owner(owner: str, kind: str, node: Node) -> Iterator[str]:
    yield line(owner, ".", kind, _type(node), "", "", "", _notes(node))
    yield from _fields(owner, "", node["fields"])


def _fields(owner: str, prefix: str, fields: list[Node]) -> Iterator[str]:
    for field in fields:
        attribute = field["kind"] == "attribute"
        path = f"{prefix}{'@' if attribute else ''}{field['name']}"
        default = f'"{field["default"]}"' if "default" in field else ""
        yield line(owner, path, field["kind"], _type(field), _occurrence(field), _facets(field), default, _notes(field))
        yield from _fields(owner, f"{path}/", field.get("fields", []))


def _type(node: Node) -> str:
    if "ref" in node:
        return f"ref {node['ref']}"
    if node.get("untyped"):
        return "untyped"
    if "type" in node:
        return str(node["type"])
    if "simpleContent" in node:
        return f"text {node['simpleContent']}"
    return f"structure extends {node['base']}" if node.get("base") else "structure"


def _occurrence(field: Node) -> str:
    if field["kind"] == "attribute":
        return "required" if field["required"] else "optional"
    return occurrence(field["min"], field["max"], required=field["required"], choice=field.get("choice"))


def _facets(field: Node) -> str:
    found = {name: field[name] for name in FACETS if name in field}
    if "enumeration" in field:
        found["enumeration"] = "|".join(field["enumeration"])
    return pairs(found)


def _notes(node: Node) -> str:
    found = {f"element.{name}": node[name] for name in ELEMENT_NOTES if name in node}
    found |= {f"element.{name}": value for name, value in node.get("element", {}).items()}
    found |= {f"field.{name}": node[name] for name in FIELD_NOTES if name in node}
    found |= {
        f"{part}.{name}": value for part in ("sqlField", "relation") for name, value in node.get(part, {}).items()
    }
    if node.get("abstract") is True:
        found["element.abstract"] = True
    if node.get("primaryKey"):
        found["sqlField.primaryKey"] = True
    return pairs(found)


def _route(route: Node) -> str:
    archive = any("/data/archive" in alias for alias in route["aliases"])
    query = dict.fromkeys(parameter["name"] for parameter in route["query"])
    columns = (route["path"], text(sorted(route["methods"])), route["returns"], text(archive), route["handler"])
    return "\t".join((*columns, text(query) or "-"))


def main() -> None:
    """Writes both snapshots anew."""
    document = json.loads(facts("datamodel.json").read_text(encoding="utf-8"))
    routes = json.loads(facts("routes.json").read_text(encoding="utf-8"))
    DATA_MODEL.write_text("\n".join(data_model_lines(document)) + "\n", encoding="utf-8")
    ROUTES.write_text("\n".join(route_lines(routes)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
