"""Reads ``routes.toml``, the catalogue of REST routes and collections."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from ..errors import CodegenError, Source
from ..model.route import CollectionEntry, ParameterEntry, RecordEntry, RouteEntry, RouteFile

FORMAT = 1
TEXT_KEYS = (
    "name",
    "property",
    "owner",
    "path",
    "item",
    "xsi_type",
    "key",
    "second_key",
    "item_uri",
    "aliases",
    "title",
)
REQUIRED_KEYS = frozenset({"name", "property", "owner", "path", "item", "key", "item_uri"})
ROUTE_KEYS = frozenset({
    "path", "methods", "area", "returns", "archive_alias", "query", "types", "records", "body", "tail", "source",
})  # fmt: skip
Table = Mapping[str, object]


def read_routes(path: Path, name: str) -> RouteFile:
    """Returns the route catalogue of a file.

    Raises:
        CodegenError: The file cannot be read, is no TOML, or lacks a key.
    """
    text = _text(path, name)
    try:
        document: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CodegenError(f"not valid TOML: {error}", Source(name)) from None
    if document.get("format") != FORMAT:
        raise CodegenError(f"format must be {FORMAT}", Source(name, 1))
    lines = _Lines(text)
    return RouteFile(
        collections=tuple(
            _collection(table, lines.source(name, "collection", number))
            for number, table in enumerate(_tables(document, "collection"))
        ),
        routes=tuple(
            _route(table, lines.source(name, "route", number))
            for number, table in enumerate(_tables(document, "route"))
        ),
        aliases={key: _string_table(value) for key, value in _string_keys(document.get("aliases")).items()},
        parameters={
            key: _parameter(value, Source(name), f"parameters.{key}")
            for key, value in _string_keys(document.get("parameters")).items()
        },
        records=tuple(
            _record(key, _string_keys(value), lines.record(name, key))
            for key, value in _string_keys(document.get("records")).items()
        ),
        areas=_string_table(document.get("areas")),
    )


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CodegenError(f"cannot be read: {error}", Source(name)) from None


class _Lines:
    """Finds the line of the nth table of a kind, which the TOML reader does not keep."""

    def __init__(self, text: str) -> None:
        self._numbers: dict[str, list[int]] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            match = re.match(r"\s*\[\[(\w+)\]\]|\s*\[(records\.\w+)\]", line)
            if match:
                self._numbers.setdefault(match[1] or match[2], []).append(number)

    def source(self, file: str, kind: str, index: int) -> Source:
        numbers = self._numbers.get(kind, [])
        return Source(file, numbers[index] if index < len(numbers) else 0)

    def record(self, file: str, name: str) -> Source:
        return self.source(file, f"records.{name}", 0)


def _string_keys(value: object) -> Table:
    if not isinstance(value, dict):
        return {}
    return {str(key): item for key, item in cast("dict[object, object]", value).items()}


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _string_table(value: object) -> dict[str, str]:
    return {key: str(item) for key, item in _string_keys(value).items()}


def _tables(document: Table, key: str) -> Iterator[Table]:
    for table in _items(document.get(key)):
        yield _string_keys(table)


def _collection(table: Table, source: Source) -> CollectionEntry:
    missing = sorted(REQUIRED_KEYS - table.keys())
    if missing:
        raise CodegenError(f"collection without {', '.join(missing)}", source, str(table.get("name", "")))
    texts = {key: str(table.get(key, "")) for key in TEXT_KEYS}
    return CollectionEntry(
        **texts,
        columns=tuple(str(column) for column in _items(table.get("columns"))),
        source=source,
    )


def _route(table: Table, source: Source) -> RouteEntry:
    path, methods = table.get("path"), _string_table(table.get("methods"))
    if not isinstance(path, str) or not methods:
        raise CodegenError("route without path or methods", source)
    _refuse_unknown(table, ROUTE_KEYS, source, path)
    return RouteEntry(
        path,
        methods,
        source,
        area=str(table.get("area", "")),
        returns=str(table.get("returns", "")),
        query=tuple(str(name) for name in _items(table.get("query"))),
        types={
            key: _parameter(value, source, f"{path} types.{key}")
            for key, value in _string_keys(table.get("types")).items()
        },
        records=_string_table(table.get("records")),
        body=_string_table(table.get("body")),
        tail=str(table.get("tail", "")),
    )


def _refuse_unknown(table: Table, known: frozenset[str], source: Source, where: str) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise CodegenError(f"unknown key {', '.join(unknown)}; there are {', '.join(sorted(known))}", source, where)


def _parameter(value: object, source: Source, name: str) -> ParameterEntry:
    if isinstance(value, str):
        return ParameterEntry(value)
    table = _string_keys(value)
    _refuse_unknown(table, frozenset({"type", "title", "on", "reshapes"}), source, name)
    methods = tuple(str(method) for method in _items(table.get("on")))
    return ParameterEntry(
        str(table.get("type", "text")), str(table.get("title", "")), methods, table.get("reshapes") is True
    )


def _record(name: str, table: Table, source: Source) -> RecordEntry:
    _refuse_unknown(table, frozenset({"title", "fields", "source"}), source, f"records.{name}")
    return RecordEntry(name, str(table.get("title", "")), _string_table(table.get("fields")), source)
