"""Data types and fields of the search engine (schema-and-search 3.2)."""

from __future__ import annotations

from ..call import Call, Reply
from ..display import DisplayElement, element, listed_types
from ..errors import StatusError
from ..tables import Cell, Table
from .replies import table_reply

_ELEMENT_COLUMNS = ("ELEMENT_NAME", "SINGULAR", "PLURAL", "SECURED", "COUNT")
_FIELD_COLUMNS = ("FIELD_ID", "HEADER", "SUMMARY", "TYPE", "REQUIRES_VALUE", "DESC", "ELEMENT_NAME", "SRC")
_NUMBERS = frozenset({"integer", "int", "long"})
_REALS = frozenset({"float", "double", "decimal"})
_MOMENTS = frozenset({"date", "dateTime"})


def list_elements(call: Call) -> Reply:
    """``GET /data/search/elements``: the data types with their number of objects."""
    rows = [_element_row(call, name) for name in listed_types(call.site.schemas, call.model)]
    if call.parameter("used") is not None:
        rows = [row for row in rows if row["COUNT"] != "0"]
    return table_reply(call, Table(_ELEMENT_COLUMNS, rows, {"title": "Data-Types"}, counted=False))


def _element_row(call: Call, name: str) -> dict[str, Cell]:
    known = element(call.site.schemas, call.model, name)
    return {
        "ELEMENT_NAME": name,
        "SINGULAR": known.singular,
        "PLURAL": known.plural,
        "SECURED": "true",
        "COUNT": str(_count(call, name)),
    }


def _count(call: Call, name: str) -> int:
    kind = call.model.kind_of(name)
    return 0 if kind is None else call.archive.items.count(kind, name)


def list_fields(call: Call) -> Reply:
    """``GET /data/search/elements/{type[,type]}``: display fields, custom variables and project labels.

    Raises:
        StatusError: 400, a type is unknown.
    """
    names = (call.segment("ELEMENT_NAME") or "").split(",")
    if any(name not in call.model for name in names):
        raise StatusError(400, "Unknown data type")
    rows = [row for name in names for row in _field_rows(call, name)]
    facts = {"element_name": ",".join(names), "versions": '{"versions":[]}'}
    return table_reply(call, Table(_FIELD_COLUMNS, rows, facts, counted=False))


def _field_rows(call: Call, name: str) -> list[dict[str, Cell]]:
    known = element(call.site.schemas, call.model, name)
    rows = [
        _row(name, field.id, _datatype(call, name, field.id), source="0", needs_value=field.needs_value)
        for field in known.fields
        if field.searchable
    ]
    return rows + _variable_rows(call, known) + _project_rows(call, known)


def _row(name: str, identifier: str, datatype: str, *, source: str, needs_value: bool = False) -> dict[str, Cell]:
    header = identifier.partition("=")[2] or identifier
    return {
        "FIELD_ID": identifier,
        "HEADER": header,
        "SUMMARY": header,
        "TYPE": datatype,
        "REQUIRES_VALUE": "true" if needs_value else "false",
        "DESC": header,
        "ELEMENT_NAME": name,
        "SRC": source,
    }


def _datatype(call: Call, name: str, identifier: str) -> str:
    """Return ``string``, ``integer``, ``float`` or ``date`` for a field that is named like a schema path."""
    paths = call.model.type(name).fields
    datatype = next((item.datatype for path, item in paths.items() if path.replace("/", "_").upper() == identifier), "")
    if datatype in _NUMBERS:
        return "integer"
    if datatype in _REALS:
        return "float"
    return "date" if datatype in _MOMENTS or identifier.endswith("_DATE") else "string"


def _variable_rows(call: Call, known: DisplayElement) -> list[dict[str, Cell]]:
    """Return a row for every custom variable in use; its id holds the name in lower case (D9)."""
    kind = call.model.kind_of(known.name)
    if kind is None or "fields/field" not in call.model.type(known.name).slots:
        return []
    items = call.archive.items.of_types(call.archive.items.all(kind), known.name)
    names = sorted({node.text("name") for item in items for node in item.node.children.get("fields/field", ())})
    rows = [_row(known.name, _map_id(known.name, "FIELD_MAP", name.lower()), "string", source="1") for name in names]
    for row, name in zip(rows, names, strict=True):
        row.update({"HEADER": name, "DESC": f"Custom Field: {name}", "SUMMARY": f"Custom Field: {name}"})
    return rows


def _map_id(name: str, suffix: str, value: str) -> str:
    return f"{name.replace(':', '_').upper()}_{suffix}={value}"


def _project_rows(call: Call, known: DisplayElement) -> list[dict[str, Cell]]:
    """Return a row for the label inside every project, for the types that have such a field."""
    identifiers = [field.id for field in known.fields if field.id.endswith("PROJECT_IDENTIFIER")]
    rows: list[dict[str, Cell]] = []
    for identifier in identifiers[:1]:
        for project in call.archive.items.all("project"):
            row = _row(known.name, f"{identifier}={project.id}", "string", source="2")
            text = f"Label within the {project.id} project."
            rows.append({**row, "DESC": text, "SUMMARY": text})
    return rows
