"""Adds what a server says of its own API to the route catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs

from .model.route import RecordEntry, RouteEntry, RouteFile
from .read.swagger import SwaggerFile


def join_swagger(routes: RouteFile, found: SwaggerFile) -> RouteFile:
    """Returns a catalogue with the endpoints of a document beside its own.

    A method on a path that the catalogue has stays as it is. Names that are taken get a number.
    """
    renamed = _free_names(found.records, {one.name for one in routes.records})
    own = [attrs.evolve(one, name=renamed[one.name], fields=_respelled(one.fields, renamed)) for one in found.records]
    return attrs.evolve(
        routes,
        routes=(*routes.routes, *_new_routes(routes, found, renamed)),
        records=(*routes.records, *own),
        areas={**found.areas, **routes.areas},
    )


def _new_routes(routes: RouteFile, found: SwaggerFile, renamed: Mapping[str, str]) -> Iterator[RouteEntry]:
    known = {(method, _shape(one.path)) for one in routes.routes for method in one.methods}
    taken = {name for one in routes.routes for name in one.methods.values()}
    for one in found.routes:
        if not any((method, _shape(one.path)) in known for method in one.methods):
            methods = {method: _free(name, taken) for method, name in one.methods.items()}
            taken.update(methods.values())
            records, body = _respelled(one.records, renamed), _respelled(one.body, renamed)
            yield attrs.evolve(one, methods=methods, records=records, body=body)


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _free_names(records: tuple[RecordEntry, ...], taken: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in records:
        found[one.name] = _free(one.name, taken).replace("_", "")
        taken.add(found[one.name])
    return found


def _respelled(types: Mapping[str, str], renamed: Mapping[str, str]) -> dict[str, str]:
    """Return types whose records have their new names; what surrounds a name stays."""
    return {key: re.sub(r"^\w+", lambda match: renamed.get(match[0], match[0]), one) for key, one in types.items()}
