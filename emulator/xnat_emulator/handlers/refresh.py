"""Bringing catalogs up to date with what lies in their folders (rest-data 10.7)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

from ..call import Call, Reply, first_values, is_off, text_reply
from ..errors import StatusError
from ..store.blobs import measure
from ..store.change import Change
from ..store.files import FileRow
from ..store.items import Item
from .selection import Held, chosen_resources, held, nested, places, require_unlocked
from .uris import resolve

_OPTIONS = ("append", "checksum", "delete", "populateStats")


def refresh_catalogs(call: Call) -> Reply:
    """``POST /data/services/refresh/catalog``: 200 without a body; ``resource`` and ``options`` may repeat."""
    pairs = [*call.escaped_query, *call.form]
    said = first_values(pairs)
    options = {part.strip() for name, text in pairs if name == "options" for part in text.split(",")}
    options |= {name for name in _OPTIONS if not is_off(said.get(name, "false"))}
    _refresh(call, [text for name, text in pairs if name == "resource"], options)
    return text_reply("")


def put_refresh(call: Call) -> Reply:
    """``PUT /xapi/archive/catalogs/refresh[/{OPERATIONS}]``: the same, with a JSON list of paths as body."""
    paths = _listed(call.body.read())
    wanted = {part.strip().lower() for part in (call.segment("OPERATIONS") or "All").split(",")}
    unknown = wanted - {"all", *(name.lower() for name in _OPTIONS)}
    if unknown:
        raise StatusError(400, f"Unknown operation {', '.join(sorted(unknown))}")
    _refresh(call, paths, {name for name in _OPTIONS if wanted & {"all", name.lower()}})
    return text_reply("")


def _listed(body: bytes) -> list[str]:
    try:
        found: object = json.loads(body or b"[]")
    except ValueError:
        raise StatusError(400, "The body is no JSON") from None
    # JSON has no other items than those a list of objects may hold.
    items = cast("list[object]", found) if isinstance(found, list) else [None]
    paths = [path for path in items if isinstance(path, str)]
    if len(paths) != len(items):
        raise StatusError(400, "The body is no list of resource paths")
    return paths


def _refresh(call: Call, paths: Iterable[str], options: set[str]) -> None:
    found = [one for path in paths for one in _resources(call, path)]
    for one in found:
        require_unlocked(call, "edit", one.place.owner)
    if not found:
        return
    change = call.change(found[0].place.owner.xsi_type)
    for one in found:
        _bring_up_to_date(call, one.resource, options, change)


def _resources(call: Call, path: str) -> list[Held]:
    """Return the resource a path names, or all of the object it names, nested ones too."""
    meant = resolve(call, path)
    if meant.segment("RESOURCE_ID") is not None:
        return chosen_resources(meant)
    return [one for place in places(meant) for one in (*held(meant, place), *nested(meant, place))]


def _bring_up_to_date(call: Call, resource: Item, options: set[str], change: Change) -> None:
    files = call.archive.files
    if "append" in options:
        files.relist(resource.row, change)
    if "delete" in options:
        for file in files.of(resource.row):
            if not files.blobs.path(file.blob.name).is_file():
                files.remove(file)
    if "checksum" in options:
        for file in files.of(resource.row):
            _add_digest(call, file)
    if "populateStats" in options:
        call.archive.count_files(resource, change)


def _add_digest(call: Call, file: FileRow) -> None:
    path = call.archive.files.blobs.path(file.blob.name)
    if not file.blob.digest and path.is_file():
        call.archive.files.digest(file, measure(path)[1])
