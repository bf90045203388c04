"""The route catalogue as it is written in ``routes.toml``."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..errors import Source


@attrs.frozen
class CollectionEntry:
    """One ``[[collection]]`` table; the attributes are its keys."""

    name: str
    property: str
    owner: str
    path: str
    item: str
    xsi_type: str
    key: str
    second_key: str
    columns: tuple[str, ...]
    item_uri: str
    aliases: str
    title: str
    source: Source


@attrs.frozen
class RouteEntry:
    """One ``[[route]]`` table: a path and the name of each method on it; the attributes are its keys.

    Attributes:
        types: Query parameter -> its type on this path, where it is not the one that the catalogue has for its name.
        records: Method -> type of what it answers.
        body: Method -> what it takes as its body.
        tail: What text behind the path names, "" where there is none.
    """

    path: str
    methods: Mapping[str, str]
    source: Source
    area: str = ""
    returns: str = ""
    query: tuple[str, ...] = ()
    types: Mapping[str, ParameterEntry] = attrs.Factory(dict[str, "ParameterEntry"])
    records: Mapping[str, str] = attrs.Factory(dict[str, str])
    body: Mapping[str, str] = attrs.Factory(dict[str, str])
    tail: str = ""


@attrs.frozen
class ParameterEntry:
    """One entry of ``[parameters]``: what is known of the query parameters of a name.

    Attributes:
        on: The methods that read it; empty for all.
        reshapes: Whether it gives the answer another form than its route returns.
    """

    type: str
    title: str = ""
    on: tuple[str, ...] = ()
    reshapes: bool = False


@attrs.frozen
class RecordEntry:
    """One ``[records.NAME]`` table: a JSON object, or a row of a listing.

    Attributes:
        fields: Name as the server spells it -> type.
    """

    name: str
    title: str
    fields: Mapping[str, str]
    source: Source


@attrs.frozen
class RouteFile:
    """A whole route catalogue."""

    collections: tuple[CollectionEntry, ...]
    routes: tuple[RouteEntry, ...]
    aliases: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, ParameterEntry] = attrs.Factory(dict[str, ParameterEntry])
    records: tuple[RecordEntry, ...] = ()
    areas: Mapping[str, str] = attrs.Factory(dict[str, str])
