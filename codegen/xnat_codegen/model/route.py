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
    """One ``[[route]]`` table: a path and the name of each method on it."""

    path: str
    methods: Mapping[str, str]
    source: Source


@attrs.frozen
class RouteFile:
    """A whole route catalogue."""

    collections: tuple[CollectionEntry, ...]
    routes: tuple[RouteEntry, ...]
    aliases: Mapping[str, Mapping[str, str]]
