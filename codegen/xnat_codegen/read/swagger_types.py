"""Spells the types of a Swagger 2.0 document as the route catalogue spells them (`xnat_codegen.wire_types`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

from .. import overrides
from ..errors import Source
from ..model.route import RecordEntry
from ..naming import argument_name

Table: TypeAlias = Mapping[str, object]
JSON: Final = "json"
SIMPLE: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
FORMATS: Final = {"date": "date", "date-time": "datetime"}
REFERENCE: Final = re.compile(r"#/(?:definitions|parameters)/(.+)")


def tables(value: object) -> dict[str, Table]:
    """Returns the entries of an object that are objects themselves."""
    if not isinstance(value, dict):
        return {}
    entries = cast("dict[str, object]", value)
    return {name: cast("Table", one) for name, one in entries.items() if isinstance(one, dict)}


class RecordNames:
    """Names of definitions as names of classes; each only once."""

    def __init__(self, definitions: Mapping[str, Table]) -> None:
        self._names: dict[str, str] = {}
        for one in sorted(definitions):
            plain = "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", one))
            name = plain if re.match(r"[A-Z]", plain) else f"Model{plain}"
            while name in self._names.values():
                name += "Model"
            self._names[one] = name

    def __getitem__(self, definition: str) -> str:
        return self._names[definition]


class TypeReader:
    """Reads the types of one document."""

    def __init__(self, definitions: Mapping[str, Table], names: RecordNames) -> None:
        self._definitions = definitions
        self._names = names

    def resolved(self, one: Table) -> Table:
        """Returns what a reference leads to, or the table itself."""
        target = REFERENCE.fullmatch(str(one.get("$ref", "")))
        return self._definitions.get(target[1], {}) if target else one

    def of_parameter(self, one: Table) -> str:
        """Returns the type of a query parameter."""
        if one.get("type") != "array":
            return self._plain(one)
        items = one.get("items")
        inner = self._plain(cast("Table", items)) if isinstance(items, dict) else "text"
        return f"{inner}[]" if one.get("collectionFormat") == "multi" else f"{inner}[,]"

    def of_schema(self, schema: Table) -> str:
        """Returns the type of a body or an answer; what goes deeper than lists of records is plain JSON."""
        target = REFERENCE.fullmatch(str(schema.get("$ref", "")))
        if target is not None:
            return self._of_definition(target[1])
        if schema.get("type") == "array":
            return self._around(schema.get("items"), "[]")
        if isinstance(schema.get("additionalProperties"), dict):
            return self._around(schema["additionalProperties"], "{}")
        if schema.get("type") == "object" or not schema:
            return JSON
        return self._plain(schema)

    def _around(self, inner: object, shape: str) -> str:
        spelled = self.of_schema(cast("Table", inner)) if isinstance(inner, dict) else JSON
        return JSON if re.search(r"[\[{]", spelled) else f"{spelled}{shape}"

    def _of_definition(self, name: str) -> str:
        definition = self._definitions.get(name, {})
        if tables(definition.get("properties")):
            return self._names[name]
        # A definition that leads to itself has nothing that could be typed.
        return JSON if "$ref" in definition else self.of_schema(definition)

    @staticmethod
    def _plain(one: Table) -> str:
        words = one.get("enum")
        if isinstance(words, list) and len(cast("list[object]", words)) > 1:
            texts = [str(word) for word in cast("list[object]", words)]
            if all(re.fullmatch(r"[^|\[\]{}!]+", text) for text in texts):
                return "|".join(texts)
        kind = SIMPLE.get(str(one.get("type")), JSON)
        return FORMATS.get(str(one.get("format")), kind) if kind == "text" else kind

    def records(self, source: Source) -> Iterator[RecordEntry]:
        """Yields the definitions that have fields."""
        for name, definition in sorted(self._definitions.items()):
            properties = tables(definition.get("properties"))
            if properties:
                title = " ".join(str(definition.get("description") or f"Object {name} of the server's API.").split())
                fields = dict(self._fields(properties, definition, source))
                yield RecordEntry(self._names[name], title, fields, source)

    def _fields(self, properties: Mapping[str, Table], definition: Table, source: Source) -> Iterator[tuple[str, str]]:
        """Yields the fields; of two that would have one name in Python, the first: ``record[...]`` has both."""
        needed = definition.get("required")
        always = cast("list[object]", needed) if isinstance(needed, list) else []
        taken: set[str] = set(overrides.RESERVED_RECORD_NAMES)
        for wire_name, schema in properties.items():
            python_name = str(argument_name(wire_name, source)) if re.search("[A-Za-z]", wire_name) else ""
            if python_name and python_name not in taken:
                taken.add(python_name)
                yield wire_name, self.of_schema(schema) + ("!" if wire_name in always else "")
