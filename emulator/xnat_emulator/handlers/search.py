"""Data types and fields of the search engine (schema-and-search 3.1 and 3.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ..call import Call, Reply, json_reply, text_reply
from ..datamodel.display import DisplayElement, DisplayField, element, listed_types, sql_name
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..search.corpus import Corpus
from ..search.defaults import listing
from ..search.document import SearchDocumentError, parse
from ..search.variables import variables
from ..store.node import JsonValue
from .replies import table_reply

_ELEMENT_COLUMNS = ("ELEMENT_NAME", "SINGULAR", "PLURAL", "SECURED", "COUNT")
_FIELD_COLUMNS = ("FIELD_ID", "HEADER", "SUMMARY", "TYPE", "REQUIRES_VALUE", "DESC", "ELEMENT_NAME", "SRC")


def list_elements(call: Call) -> Reply:
    """``GET /data/search/elements``: the data types with their number of objects."""
    corpus = Corpus(call)
    rows = [_element_row(corpus, name) for name in listed_types(call.site.schemas, call.model)]
    if call.parameter("secured") is not None:
        rows = [row for row in rows if row["SECURED"] == "true"]
    if call.parameter("used") is not None:
        rows = [row for row in rows if row["COUNT"] != "0"]
    return table_reply(call, Table(_ELEMENT_COLUMNS, rows, {"title": "Data-Types"}, counted=False))


def _element_row(corpus: Corpus, name: str) -> dict[str, Cell]:
    known = _display(corpus.call, name)
    return {
        "ELEMENT_NAME": name,
        "SINGULAR": known.singular,
        "PLURAL": known.plural,
        "SECURED": "true" if known.secured else "false",
        "COUNT": str(_count(corpus, name)),
    }


def _count(corpus: Corpus, name: str) -> int:
    """Return how many objects of a type there are, or how many of them the caller may read."""
    kind = corpus.call.model.kind_of(name)
    if kind is None or corpus.call.parameter("readable") is not None:
        return len(corpus.of_type(name))
    return corpus.call.archive.items.count(kind, name)


def list_fields(call: Call) -> Reply:
    """``GET /data/search/elements/{type[,type]}``: display fields, custom variables and project labels.

    Raises:
        StatusError: 400, a type is unknown.
    """
    names = _named_types(call)
    corpus = Corpus(call)
    rows = [row for name in names for row in _field_rows(corpus, name)]
    versions = [version for name in names for version in _versions(call, name)]
    facts = {"element_name": ",".join(names), "versions": _compact({"versions": versions})}
    return table_reply(call, Table(_FIELD_COLUMNS, rows, facts, counted=False))


def put_fields(call: Call) -> Reply:
    """``PUT /data/search/elements/{type}``: reads the document and saves nothing.

    Raises:
        StatusError: 400 for an unknown type, 422 for a body that is no XML.
    """
    _named_types(call)
    body = call.body.read()
    if body.strip():
        try:
            parse(body)
        except SearchDocumentError as error:
            raise StatusError(422, str(error)) from None
    return text_reply("")


def list_versions(call: Call) -> Reply:
    """``GET /data/search/elements/{type}/versions``: the display versions, as JSON or XML text."""
    names = _named_types(call)
    versions = [version for name in names for version in _versions(call, name)]
    if call.parameter("format") == "xml":
        return text_reply(_versions_xml(",".join(names), versions), media_type="text/xml")
    return json_reply(_compact({"DisplayVersions": {"element_name": ",".join(names), "versions": versions}}))


def _named_types(call: Call) -> list[str]:
    names = (call.segment("ELEMENT_NAME") or "").split(",")
    if any(name not in call.model.bases for name in names):
        raise StatusError(400, "Unknown data type")
    return names


def _display(call: Call, name: str) -> DisplayElement:
    return element(call.site.schemas, call.model, name)


def _compact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _versions(call: Call, name: str) -> list[JsonValue]:
    known = _display(call, name)
    names = tuple(known.versions) or ("listing",)
    return [{"name": version, "fields": _version_fields(call, name, version)} for version in names]


def _version_fields(call: Call, name: str, version: str) -> list[JsonValue]:
    return [
        {
            "id": field.id,
            "element_name": field.element,
            "header": field.header,
            "type": field.type,
            "value": field.value or "",
            "visible": "true" if field.visible else "false",
        }
        for field in listing(call, name, version)
    ]


def _versions_xml(name: str, versions: list[JsonValue]) -> str:
    inner = "".join(_version_xml(version) for version in versions if isinstance(version, dict))
    document = f"<DisplayVersions element_name={quoteattr(name)}>{inner}</DisplayVersions>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}'


def _version_xml(version: dict[str, JsonValue]) -> str:
    fields = version["fields"]
    inner = "".join(
        _field_xml(field) for field in (fields if isinstance(fields, list) else []) if isinstance(field, dict)
    )
    return f"<version name={quoteattr(str(version['name']))}>{inner}</version>"


def _field_xml(field: dict[str, JsonValue]) -> str:
    attributes = "".join(f" {name}={quoteattr(escape(str(value)))}" for name, value in field.items())
    return f"<field{attributes}/>"


def _field_rows(corpus: Corpus, name: str) -> list[dict[str, Cell]]:
    known = _display(corpus.call, name)
    fields = [_field_row(name, field) for field in known.fields if field.searchable]
    return [*fields, *_variable_rows(corpus, name), *_project_rows(corpus, known)]


def _field_row(name: str, field: DisplayField) -> dict[str, Cell]:
    """Return the row of a display field; its summary is the path or the SQL behind it (D9)."""
    path = field.path if ":" in field.path.partition("/")[0].partition("[")[0] else f"{name}/{field.path}"
    row = _row(name, field.id, field.title, field.datatype, source="0")
    summary = field.summary or (path if field.path and not field.content else field.title)
    needs_value = "true" if field.needs_value else "false"
    return {**row, "SUMMARY": summary, "DESC": field.description or field.title, "REQUIRES_VALUE": needs_value}


def _row(name: str, identifier: str, header: str, datatype: str, *, source: str, text: str = "") -> dict[str, Cell]:
    return {
        "FIELD_ID": identifier,
        "HEADER": header,
        "SUMMARY": text or header,
        "TYPE": datatype,
        "REQUIRES_VALUE": "false",
        "DESC": text or header,
        "ELEMENT_NAME": name,
        "SRC": source,
    }


def _variable_rows(corpus: Corpus, name: str) -> Iterator[dict[str, Cell]]:
    """Yield a row for every custom variable; its id holds the name in lower case (D9)."""
    if corpus.call.model.kind_of(name) is None or "fields/field" not in corpus.call.model.type(name).slots:
        return
    for key, variable in variables(corpus, name).items():
        identifier = f"{sql_name(name).upper()}_FIELD_MAP={key}"
        text = f"Custom Field: {variable.name}"
        yield _row(name, identifier, variable.name, variable.datatype, source="1", text=text)


def _project_rows(corpus: Corpus, known: DisplayElement) -> Iterator[dict[str, Cell]]:
    """Yield a row for the label inside every project, for the types that have such a field."""
    if known.identifier is None:
        return
    for project in corpus.all("project"):
        text = f"Label within the {project.id} project."
        yield _row(known.name, f"{known.identifier.id}={project.id}", project.id, "string", source="2", text=text)
