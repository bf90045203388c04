"""Reads a Swagger 2.0 document, in which a server describes its newer API, as entries of a route catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

import attrs

from ..errors import CodegenError, Source
from ..model.route import ParameterEntry, RecordEntry, RouteEntry
from ..naming import argument_name
from .swagger_types import RecordNames, Table, TypeReader, tables

API: Final = "/xapi"
"""Where the newer API lives; documents of XNAT describe nothing else (schema-and-search 5.10)."""
METHODS: Final = ("get", "post", "put", "patch", "delete")
SUCCESSES: Final = ("200", "201", "202", "default")
SPRING_SUFFIX: Final = re.compile(r"Using(?:GET|POST|PUT|PATCH|DELETE)(_\d+)?$")
API_SUFFIX: Final = re.compile(r"(_rest)?_(api|controller)$")


@attrs.frozen
class SwaggerFile:
    """What a document says.

    Attributes:
        routes: One entry for each method on each path.
        records: The objects that answers hold.
        areas: Area -> what the document calls it.
    """

    routes: tuple[RouteEntry, ...]
    records: tuple[RecordEntry, ...]
    areas: Mapping[str, str]


def read_swagger(path: Path, name: str) -> SwaggerFile:
    """Returns what a document says, in the order of its paths.

    Raises:
        CodegenError: The file cannot be read, or is no Swagger 2.0 document.
    """
    document = _document(path, name)
    return _Reader(document, Source(name)).read()


def _document(path: Path, name: str) -> Table:
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CodegenError(f"cannot be read as JSON: {error}", Source(name)) from None
    found = _table(document)
    version = found.get("swagger", found.get("openapi", "nothing of the kind"))
    if version != "2.0":
        raise CodegenError(f"is no Swagger 2.0 document: it says {version}", Source(name))
    return found


class _Reader:
    def __init__(self, document: Table, source: Source) -> None:
        self.document = document
        self.source = source
        definitions = tables(document.get("definitions"))
        self.types = TypeReader(definitions, RecordNames(definitions))
        self.names: set[str] = set()

    def read(self) -> SwaggerFile:
        routes = tuple(self.routes())
        records = tuple(self.types.records(self.source))
        titles = {
            area_name(str(tag.get("name", ""))): str(tag.get("description", ""))
            for tag in _list_of_tables(self.document.get("tags"))
        }
        used = sorted({route.area for route in routes})
        return SwaggerFile(routes, records, {area: titles.get(area) or f"Endpoints: {area}." for area in used})

    def routes(self) -> Iterator[RouteEntry]:
        for path, item in sorted(tables(self.document.get("paths")).items()):
            shared = _list_of_tables(item.get("parameters"))
            for method in METHODS:
                operation = item.get(method)
                if isinstance(operation, dict):
                    yield self.route(path, method.upper(), cast("Table", operation), shared)

    def route(self, path: str, method: str, operation: Table, shared: list[Table]) -> RouteEntry:
        parameters = [self.types.resolved(one) for one in (*shared, *_list_of_tables(operation.get("parameters")))]
        template = full_path(path)
        query = self.query(parameters, re.findall(r"\{(\w+)\}", template))
        record, returns = self.answer(operation)
        body = self.body(operation, parameters)
        tags = [str(tag) for tag in _list(operation.get("tags"))]
        return RouteEntry(
            template,
            {method: self.name(operation, method, template)},
            self.source,
            area=area_name(tags[0] if tags else ""),
            returns=returns,
            query=tuple(query),
            types=query,
            records={method: record} if record else {},
            body={method: body} if body else {},
        )

    def name(self, operation: Table, method: str, path: str) -> str:
        """Returns the name of an endpoint: the operation's id, else one made of the path; each only once."""
        plain = SPRING_SUFFIX.sub("", str(operation.get("operationId", "")))
        by_path = f"{method.lower()}_{path.removeprefix(API)}"
        wanted = [plain, by_path, *(f"{by_path}_{number}" for number in range(2, 1_000))]
        names = (self.snake(one) for one in wanted if one)
        found = next(one for one in names if one not in self.names)
        self.names.add(found)
        return found

    def snake(self, text: str) -> str:
        name = str(argument_name(re.sub(r"\W+", "_", text).strip("_"), self.source, text))
        # Names of routes speak: one word may be a word of Python, and says little.
        return name if "_" in name else f"{name}_call"

    def query(self, parameters: list[Table], placeholders: list[str]) -> dict[str, ParameterEntry]:
        """Returns the query parameters; of two that would have one name in Python, the first."""
        found: dict[str, ParameterEntry] = {}
        # Endpoints have an argument of this name; query= sends such a parameter all the same.
        taken = {"data", *(str(argument_name(one, self.source)) for one in placeholders)}
        for one in parameters:
            wire_name = str(one.get("name", ""))
            if one.get("in") == "query" and re.search(r"[A-Za-z]", wire_name):
                python_name = str(argument_name(wire_name, self.source))
                if python_name not in taken:
                    taken.add(python_name)
                    title = " ".join(str(one.get("description", "")).split())
                    found[wire_name] = ParameterEntry(self.types.of_parameter(one), title)
        return found

    def body(self, operation: Table, parameters: list[Table]) -> str:
        """Returns what is sent; "" leaves it open, as for forms with files."""
        places = {str(one.get("in")): one for one in parameters}
        if "body" in places:
            spelled = self.types.of_schema(_table(places["body"].get("schema")))
            media = [str(one) for one in _list(operation.get("consumes"))]
            return "text" if spelled == "text" and not any("json" in one for one in media) else spelled
        if "formData" in places:
            files = any(one.get("in") == "formData" and one.get("type") == "file" for one in parameters)
            return "" if files else "form"
        return "none"

    def answer(self, operation: Table) -> tuple[str, str]:
        """Returns the type of an answer and what kind it is."""
        responses = tables(operation.get("responses"))
        schemas = [_table(responses[code].get("schema")) for code in SUCCESSES if code in responses]
        schema = next((one for one in schemas if one), None)
        if schema is None:
            return "", "response"
        if schema.get("type") == "file":
            return "file", "file"
        spelled = self.types.of_schema(schema)
        # Spring writes a string as it stands, whatever type of media it says.
        return spelled, "text" if spelled == "text" else "json"


def full_path(path: str) -> str:
    """Returns a path on the server, with plain placeholders: ``/users/{id:.+}`` becomes ``/xapi/users/{id}``."""
    plain = re.sub(r"\{\s*(\w+)[^{}]*\}", r"{\1}", path).rstrip("/")
    return plain if plain.startswith(API) else f"{API}{plain}"


def area_name(tag: str) -> str:
    """Returns the area of a tag: ``users-api`` becomes ``users``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+", "_", tag).strip("_").lower()
    name = API_SUFFIX.sub("", words)
    return name if re.match(r"[a-z]", name) else "other"


def _table(value: object) -> Table:
    return cast("Table", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _list_of_tables(value: object) -> list[Table]:
    return [cast("Table", one) for one in _list(value) if isinstance(one, dict)]
