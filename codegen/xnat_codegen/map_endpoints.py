"""The route catalogue to the neutral model of the low-level API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from . import overrides
from .endpoint_ir import Answer, AnswerKind, Area, BodyType, Endpoint, Parameter, Record, RecordField
from .errors import CodegenError, Source
from .model.route import ParameterEntry, RecordEntry, RouteEntry, RouteFile
from .naming import ClassName, FieldName, ModuleName, argument_name, constant_name, property_name
from .wire_types import JSON, WireType, wire_type

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
OTHER: Final = "other"
"""The area of routes that name none."""

KINDS: Final[Mapping[str, AnswerKind]] = {
    "listing": "rows",
    "item": "item",
    "json": "json",
    "text": "text",
    "file": "file",
    "none": "none",
    "response": "response",
}
WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
ALWAYS_JSON: Final[frozenset[AnswerKind]] = frozenset({"rows", "item", "json"})


def map_endpoints(routes: RouteFile) -> tuple[Area, ...]:
    """Returns the areas with their endpoints, in the order of their names.

    Raises:
        CodegenError: A type is none, a record is missing, or two names of one endpoint are the same in Python.
    """
    records = frozenset(one.name for one in routes.records)
    found: dict[str, list[Endpoint]] = {}
    for entry in routes.routes:
        mapper = _Mapper(entry, routes.parameters, records)
        found.setdefault(entry.area or OTHER, []).extend(mapper.endpoints())
    return tuple(_area(name, found[name], routes.areas.get(name, "")) for name in sorted(found))


def map_records(routes: RouteFile) -> tuple[Record, ...]:
    """Returns the records in the order of their names.

    Raises:
        CodegenError: A type is none, or two fields have one name in Python.
    """
    known = frozenset(one.name for one in routes.records)
    return tuple(_record(one, known) for one in sorted(routes.records, key=lambda one: one.name))


def _area(name: str, endpoints: list[Endpoint], title: str) -> Area:
    source = endpoints[0].source
    module = property_name(name, source)
    class_name = "".join(part.capitalize() for part in name.split("_")) + "Api"
    ordered = tuple(sorted(endpoints, key=lambda one: str(one.name)))
    return Area(ModuleName(module), ClassName(class_name), title, ordered)


def _record(entry: RecordEntry, known: frozenset[str]) -> Record:
    fields = tuple(_fields(entry, known))
    names = [one.name for one in fields]
    twice = sorted({name for name in names if names.count(name) > 1 or name in overrides.RESERVED_RECORD_NAMES})
    if twice:
        raise CodegenError(f"two fields, or a field and the record itself, are called {twice[0]}", entry.source)
    return Record(ClassName(entry.name), entry.title, fields, entry.source)


def _fields(entry: RecordEntry, known: frozenset[str]) -> Iterator[RecordField]:
    for wire_name, spelling in entry.fields.items():
        where = f"records.{entry.name}.{wire_name}"
        yield RecordField(
            argument_name(wire_name, entry.source, where),
            wire_name,
            _known_type(spelling, entry.source, where, known),
        )


def _known_type(spelling: str, source: Source, where: str, records: frozenset[str]) -> WireType:
    found = wire_type(spelling, source, where)
    if found.record and found.record not in records:
        raise CodegenError(f"there is no [records.{found.record}]", source, where)
    return found


class _Mapper:
    """Makes the endpoints of one path."""

    def __init__(self, entry: RouteEntry, parameters: Mapping[str, ParameterEntry], records: frozenset[str]) -> None:
        self.entry = entry
        self.parameters = parameters
        self.records = records
        self.placeholders = PLACEHOLDER.findall(entry.path)

    def endpoints(self) -> Iterator[Endpoint]:
        for method, name in self.entry.methods.items():
            endpoint = self.endpoint(method, name)
            _refuse_clashes(endpoint)
            yield endpoint

    def endpoint(self, method: str, name: str) -> Endpoint:
        entry = self.entry
        answer = self.answer(method)
        return Endpoint(
            name=property_name(name, entry.source),
            constant=constant_name(name, entry.source),
            method=method,
            path=entry.path,
            arguments=tuple(self.argument(one) for one in self.placeholders),
            repeated=tuple(one for one in entry.query if one in self.placeholders),
            parameters=tuple(self.query(method, answer)),
            answer=answer,
            body=self.body(method),
            # One file among those of a listing is no listing: to read it, there is session.get().
            tail="" if answer.kind == "rows" else entry.tail,
            source=entry.source,
        )

    def argument(self, placeholder: str) -> FieldName:
        name = overrides.ARGUMENT_NAMES.get(placeholder, placeholder)
        return argument_name(name, self.entry.source, placeholder)

    def answer(self, method: str) -> Answer:
        """What `returns` says is about GET, or about the only method; the other writes say it in `records`."""
        entry = self.entry
        told = entry.returns if method == "GET" or len(entry.methods) == 1 else "response"
        kind = KINDS.get(told or "response")
        if kind is None:
            raise CodegenError(f"returns is one of {', '.join(KINDS)}", entry.source, entry.path)
        spelling = entry.records.get(method, "")
        if spelling in KINDS and spelling != "json":
            return Answer(KINDS[spelling])
        if not spelling:
            return Answer(kind, JSON if kind == "json" else None)
        found = _known_type(spelling, entry.source, f"{entry.path} {method}", self.records)
        is_row = kind == "rows" and bool(found.record) and found.shape == "one"
        return Answer("rows" if is_row else "json", found)

    def query(self, method: str, answer: Answer) -> Iterator[Parameter]:
        for wire_name in self.entry.query:
            # Names in angle brackets stand for many, such as paths of fields: they go into query=.
            if wire_name not in self.placeholders and "<" not in wire_name:
                yield from self.parameter(wire_name, method, answer)

    def parameter(self, wire_name: str, method: str, answer: Answer) -> Iterator[Parameter]:
        entry = self.entry
        known = entry.types.get(wire_name) or self.parameters.get(wire_name, ParameterEntry("text"))
        if (known.on and method not in known.on) or (known.reshapes and answer.kind in ALWAYS_JSON):
            return
        where = f"{entry.path}?{wire_name}"
        found = _known_type(known.type, entry.source, where, frozenset())
        yield Parameter(self.parameter_name(wire_name, where), wire_name, found, known.title)

    def parameter_name(self, wire_name: str, where: str) -> FieldName:
        """Returns the name in Python; it differs from those of the arguments that endpoints have beside it."""
        given = overrides.PARAMETER_NAMES.get(wire_name, wire_name)
        name = argument_name(given, self.entry.source, where)
        return FieldName(f"{name}_") if name in overrides.RESERVED_PARAMETER_NAMES else name

    def body(self, method: str) -> BodyType:
        spelling = self.entry.body.get(method, "")
        if not spelling:
            return BodyType("any" if method in WRITES else "none")
        if spelling in {"form", "text", "none"}:
            return BodyType("form" if spelling == "form" else "text" if spelling == "text" else "none")
        where = f"{self.entry.path} {method} body"
        return BodyType("json", _known_type(spelling, self.entry.source, where, self.records))


def _refuse_clashes(endpoint: Endpoint) -> None:
    own = ["self", "query", *endpoint.arguments]
    own += ["data"] if endpoint.body.kind in {"any", "form", "text"} else []
    own += ["json"] if endpoint.body.kind in {"any", "json"} else []
    own += [endpoint.tail] if endpoint.tail else []
    names = [*own, *(one.name for one in endpoint.parameters)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"two things are called {twice[0]} in Python"
        raise CodegenError(message, endpoint.source, f"{endpoint.method} {endpoint.path}")
