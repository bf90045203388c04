"""Prints types of the REST API: as annotations, and as what decodes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..pytypes import Import
from ..wire_types import JSON, WireType
from .calls import literal

PLAIN_JSON: Final = JSON
DECODERS: Final = "_decoders"
RECORDS: Final = "_records"
JSON_VALUE: Final = Import("xnat_runtime.endpoints", "JsonValue", is_typing_only=True)
SEQUENCE: Final = Import("collections.abc", "Sequence", is_typing_only=True)
MAPPING: Final = Import("collections.abc", "Mapping", is_typing_only=True)
LITERAL: Final = Import("typing", "Literal", is_typing_only=True)
DATETIME: Final = Import("datetime", is_typing_only=True)

ANNOTATIONS: Final[Mapping[str, str]] = {
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "date": "datetime.date",
    "time": "datetime.time",
    "datetime": "datetime.datetime",
    "timestamp": "datetime.datetime",
    "json": "JsonValue",
}
CODECS: Final[Mapping[str, str]] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "datetime": "DATETIME",
    "timestamp": "TIMESTAMP",
    "json": "JSON",
}


def single(one: WireType, records: str = f"{RECORDS}.") -> str:
    """Returns the annotation of one value.

    Args:
        one: The type; its shape does not count.
        records: What stands before the names of records.
    """
    if one.words:
        return f"Literal[{', '.join(literal(word) for word in one.words)}]"
    return f"{records}{one.record}" if one.record else ANNOTATIONS[one.name]


def answered(one: WireType, records: str = f"{RECORDS}.") -> str:
    """Returns the annotation of a value that a server sends."""
    value = single(one, records)
    if one.shape == "map":
        return f"dict[str, {value}]"
    return value if one.shape == "one" else f"list[{value}]"


def asked(one: WireType) -> str:
    """Returns the annotation of a query parameter; None leaves it out."""
    value = single(one)
    return f"{value} | None" if one.shape == "one" else f"Sequence[{value}] | {value} | None"


def sent(one: WireType) -> str:
    """Returns the annotation of a body of JSON."""
    value = f"{single(one)} | Mapping[str, JsonValue]" if one.record else single(one)
    if one.shape == "map":
        return f"Mapping[str, {value}]"
    return value if one.shape == "one" else f"Sequence[{value}]"


def imports_of(one: WireType, *, is_body: bool = False, is_query: bool = False) -> Iterator[Import]:
    """Yields what the annotation needs."""
    if one.words:
        yield LITERAL
    if one.name in {"date", "time", "datetime", "timestamp"}:
        yield DATETIME
    if one.name == "json" or (is_body and one.record):
        yield JSON_VALUE
    if is_body and (one.record or one.shape == "map"):
        yield MAPPING
    if (is_body or is_query) and one.shape in {"list", "joined"}:
        yield SEQUENCE


def decoder(one: WireType, records: str = f"{RECORDS}.") -> str:
    """Returns the expression that decodes a value that a server sends."""
    if one.words:
        plain = f"{DECODERS}.CHOICE"
    elif one.record:
        plain = f"{DECODERS}.RecordOf(lambda: {records}{one.record})"
    else:
        plain = f"{DECODERS}.{CODECS[one.name]}"
    wrapper = {"one": "", "list": "ListOf", "joined": "ListOf", "map": "MapOf"}[one.shape]
    return f"{DECODERS}.{wrapper}({plain})" if wrapper else plain
