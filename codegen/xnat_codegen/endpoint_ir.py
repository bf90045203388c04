"""The neutral model of the low-level API: areas of endpoints, and records."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from .errors import Source
from .naming import ClassName, FieldName, ModuleName
from .wire_types import WireType

AnswerKind: TypeAlias = Literal["rows", "item", "json", "text", "file", "none", "response"]
BodyKind: TypeAlias = Literal["any", "form", "text", "json", "none"]


@attrs.frozen
class Answer:
    """What an endpoint gives.

    Attributes:
        kind: How the answer is read.
        type: The type of the value, or of each row; None where the kind says all.
    """

    kind: AnswerKind
    type: WireType | None = None


@attrs.frozen
class BodyType:
    """What an endpoint takes as body; `type` is that of JSON."""

    kind: BodyKind
    type: WireType | None = None


@attrs.frozen
class Parameter:
    """One query parameter."""

    name: FieldName
    wire_name: str
    type: WireType
    title: str


@attrs.frozen
class Endpoint:
    """One method on one path.

    Attributes:
        name: Name of the Python method.
        constant: The constant of ``routes``.
        arguments: Names for the placeholders of the path, in their order.
        parameters: The query parameters.
        answer: What it gives.
        body: What it takes.
        tail: Name for the text behind the path, "" when there is none.
        repeated: Placeholders whose values are sent as query parameters too.
    """

    name: FieldName
    constant: FieldName
    method: str
    path: str
    arguments: tuple[FieldName, ...]
    parameters: tuple[Parameter, ...]
    answer: Answer
    body: BodyType
    tail: str
    repeated: tuple[str, ...]
    source: Source


@attrs.frozen
class RecordField:
    """One field of a record."""

    name: FieldName
    wire_name: str
    type: WireType


@attrs.frozen
class Record:
    """A JSON object, or a row of a listing."""

    name: ClassName
    title: str
    fields: tuple[RecordField, ...]
    source: Source


@attrs.frozen
class Area:
    """The endpoints of one subject, which become one module and one class."""

    name: ModuleName
    class_name: ClassName
    title: str
    endpoints: tuple[Endpoint, ...]
