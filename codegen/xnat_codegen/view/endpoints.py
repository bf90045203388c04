"""Builds the render model of the low-level API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..docstrings import escaped
from ..endpoint_ir import Area, Endpoint, Parameter, Record, RecordField
from ..ir import Ir
from ..pytypes import Import
from . import wire_annotations as wire
from .calls import literal, values_tuple
from .endpoint_views import ApiView, AreaView, EndpointView, KeyView, QueryView, RecordView
from .imports import Scope
from .print_views import EntryView, ImportsView

ENDPOINTS: Final = "xnat_runtime.endpoints"
TYPING_ONLY: Final = {
    name: Import(ENDPOINTS, name, is_typing_only=True)
    for name in ("Data", "ItemNode", "JsonValue", "NoJson", "Query", "Response")
}
RUN_TIME: Final = {name: Import(ENDPOINTS, name) for name in ("Area", "NO_JSON", "Parameters")}
TYPE_CHECKING: Final = Import("typing", "TYPE_CHECKING")
DECODERS: Final = Import("xnat_runtime", "records", wire.DECODERS)
RECORDS: Final = Import(".", "records", wire.RECORDS)
ROUTES: Final = Import("..", "routes", "_routes")


def api_view(ir: Ir) -> ApiView:
    """Returns what the templates of the low-level API print."""
    records = tuple(_record(one) for one in ir.records)
    return ApiView(
        areas=tuple(_AreaBuilder(one).view() for one in ir.areas),
        records=records,
        imports=_record_imports(ir.records),
    )


def _imports(found: Iterable[Import]) -> Scope:
    scope = Scope(frozenset())
    scope.add(found)
    return scope


def _record(one: Record) -> RecordView:
    return RecordView(str(one.name), escaped(one.title or f"Record ``{one.name}``."), tuple(map(_field, one.fields)))


def _field(one: RecordField) -> KeyView:
    kind = "given" if one.type.always else "maybe"
    annotation = f"{wire.DECODERS}.{kind.capitalize()}[{wire.answered(one.type, '')}]"
    value = f"{wire.DECODERS}.{kind}({literal(one.wire_name)}, {wire.decoder(one.type, '')})"
    return KeyView(str(one.name), annotation, value, "")


def _record_imports(records: Iterable[Record]) -> ImportsView:
    found = [DECODERS]
    found += [each for record in records for one in record.fields for each in wire.imports_of(one.type)]
    typing_only = any(one.is_typing_only for one in found)
    return _imports([*found, *([TYPE_CHECKING] if typing_only else [])]).view()


class _AreaBuilder:
    """Builds one module."""

    def __init__(self, area: Area) -> None:
        self.area = area
        self.imports: list[Import] = [RUN_TIME["Area"], ROUTES, TYPE_CHECKING]
        self.queries: dict[tuple[Parameter, ...], str] = {}

    def view(self) -> AreaView:
        words = str(self.area.name).replace("_", " ")
        endpoints = tuple(self.endpoint(one) for one in self.area.endpoints)
        queries = tuple(self.query(parameters, name) for parameters, name in self.queries.items())
        return AreaView(
            name=str(self.area.name),
            class_name=str(self.area.class_name),
            docstring=escaped(self.area.title or f"Endpoints: {words}."),
            imports=_imports(self.imports).view(),
            queries=queries,
            endpoints=endpoints,
        )

    def need(self, *names: str) -> None:
        self.imports += [RUN_TIME[name] if name in RUN_TIME else TYPING_ONLY[name] for name in names]

    # Query parameters

    def query_name(self, endpoint: Endpoint) -> str:
        """Returns the name that the parameters of an endpoint share with those of others that take the same."""
        return self.queries.setdefault(endpoint.parameters, _camel(endpoint.name))

    def query(self, parameters: tuple[Parameter, ...], name: str) -> QueryView:
        self.need("Parameters")
        self.imports += [Import("typing", "Final"), Import("typing", "TypedDict")]
        for one in parameters:
            self.imports += wire.imports_of(one.type, is_query=True)
        return QueryView(
            class_name=f"{name}Query",
            constant=_constant(name),
            docstring=f"Query parameters of ``{_snake(name)}`` and of what takes the same.",
            keys=tuple(KeyView(one.name, wire.asked(one.type), "", escaped(one.title)) for one in parameters),
            names=tuple(EntryView(literal(one.name), literal(one.wire_name)) for one in parameters),
            joined=values_tuple(tuple(str(one.name) for one in parameters if one.type.shape == "joined")),
        )

    # Endpoints

    def endpoint(self, one: Endpoint) -> EndpointView:
        self.need("Query")
        title = str(one.name).replace("_", " ").capitalize()
        return EndpointView(
            name=str(one.name),
            arguments=tuple(self.arguments(one)),
            annotation=self.annotation(one),
            docstring=escaped(f"{title}."),
            details=(f"``{one.method} {one.path}``", *_advice(one)),
            statement=self.statement(one),
        )

    def arguments(self, one: Endpoint) -> Iterator[str]:
        yield from (f"{name}: str" for name in one.arguments)
        if one.tail:
            yield f'{one.tail}: str = ""'
        yield from self.body_arguments(one)
        yield "query: Query = ()"
        if one.parameters:
            self.imports.append(Import("typing", "Unpack", is_typing_only=True))
            yield f"**parameters: Unpack[{self.query_name(one)}Query]"

    def body_arguments(self, one: Endpoint) -> Iterator[str]:
        """Yields the arguments of the body, and the star in front of those that have names only."""
        body = one.body
        if body.kind == "json" and body.type is not None:
            self.imports += wire.imports_of(body.type, is_body=True)
            self.imports += [RECORDS] if body.type.record else []
            yield f"json: {wire.sent(body.type)}"
        elif body.kind == "form":
            self.imports.append(wire.MAPPING)
            yield "data: Mapping[str, str]"
        elif body.kind in {"any", "text"}:
            self.need("Data")
            yield "data: Data = None" if body.kind == "any" else "data: Data"
        yield "*"
        if body.kind == "any":
            self.need("JsonValue", "NoJson", "NO_JSON")
            yield "json: JsonValue | NoJson = NO_JSON"

    def annotation(self, one: Endpoint) -> str:
        kind, answered = one.answer.kind, one.answer.type
        if answered is not None:
            self.imports += wire.imports_of(answered)
            self.imports += [RECORDS] if answered.record else []
            return f"list[{wire.answered(answered)}]" if kind == "rows" else wire.answered(answered)
        if kind == "rows":
            self.imports.append(DECODERS)
            return f"list[{wire.DECODERS}.Record]"
        name = {"item": "ItemNode", "file": "Response", "response": "Response"}.get(kind, "")
        if name:
            self.need(name)
        return name or {"text": "str", "none": "None"}[kind]

    def statement(self, one: Endpoint) -> str:
        parts = [f"_routes.{one.constant}", _tuple(one.arguments), self.pairs(one)]
        kind, answered = one.answer.kind, one.answer.type
        method = f"_{kind}"
        if kind == "rows":
            record = f"{wire.RECORDS}.{answered.record}" if answered is not None else f"{wire.DECODERS}.Record"
            parts.append(record)
        elif answered is not None and answered != wire.PLAIN_JSON:
            self.imports.append(DECODERS)
            parts.append(wire.decoder(answered))
        elif kind == "json":
            method = "_value"
        parts += [*_body(one), *([f"tail={one.tail}"] if one.tail else [])]
        call = f"self.{'_response' if kind == 'none' else method}({', '.join(parts)})"
        return call if kind == "none" else f"return {call}"

    def pairs(self, one: Endpoint) -> str:
        query = "query"
        if one.repeated:
            again = dict(zip(_placeholders(one.path), one.arguments, strict=True))
            own = ", ".join(f"{literal(wire_name)}: {again[wire_name]}" for wire_name in one.repeated)
            query = f"self._with(query, {{{own}}})"
        return f"{_constant(self.query_name(one))}.pairs(parameters, {query})" if one.parameters else query


def _placeholders(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _body(one: Endpoint) -> list[str]:
    calls = {"any": "self._body(data, json)", "json": "self._json_body(json)", "none": ""}
    call = calls.get(one.body.kind, "self._body(data)")
    return [f"body={call}"] if call else []


def _advice(one: Endpoint) -> Iterator[str]:
    if one.answer.kind == "file":
        yield ""
        yield "The answer is still to be read: use it in a ``with`` block."


def _tuple(names: Iterable[str]) -> str:
    inside = "".join(f"{name}, " for name in names)
    return f"({inside.rstrip()})" if inside else "()"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _constant(name: str) -> str:
    return f"_{_snake(name).upper()}"
