"""What the templates of the low-level API see."""

from __future__ import annotations

import attrs

from .print_views import EntryView, ImportsView


@attrs.frozen
class KeyView:
    """One key of a typed dictionary, or one field of a record; `value` is what follows the equals sign."""

    name: str
    annotation: str
    value: str
    docstring: str


@attrs.frozen
class QueryView:
    """The query parameters that some endpoints share."""

    class_name: str
    constant: str
    docstring: str
    keys: tuple[KeyView, ...]
    names: tuple[EntryView, ...]
    joined: str


@attrs.frozen
class EndpointView:
    """One method; `arguments` and `statement` are ready to print, `details` follow the first line of the docstring."""

    name: str
    arguments: tuple[str, ...]
    annotation: str
    docstring: str
    details: tuple[str, ...]
    statement: str


@attrs.frozen
class AreaView:
    """One module of endpoints."""

    name: str
    class_name: str
    docstring: str
    imports: ImportsView
    queries: tuple[QueryView, ...]
    endpoints: tuple[EndpointView, ...]


@attrs.frozen
class RecordView:
    """One class of ``records``."""

    name: str
    docstring: str
    fields: tuple[KeyView, ...]


@attrs.frozen
class ApiView:
    """Everything below ``api``; the imports are those of ``records``."""

    areas: tuple[AreaView, ...]
    records: tuple[RecordView, ...]
    imports: ImportsView
