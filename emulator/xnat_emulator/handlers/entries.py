"""Names of files inside archives (rest-data 10.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from ..call import Call
from ..formats.archives import Entry
from ..store.files import FileRow
from ..store.items import Item
from .resources import category
from .selection import Held, Place


def entries(call: Call, files: Sequence[tuple[Held, FileRow]], *, tar: bool) -> list[Entry]:
    """Return the members of an archive.

    Args:
        call: The request, whose ``structure`` decides the names.
        files: What goes in.
        tar: The archive is a tar, where descriptions are left out of names.
    """
    structure = call.parameter("structure") or ""
    return [_entry(call, file, _name(call, held, file, structure, tar=tar)) for held, file in files]


def _entry(call: Call, file: FileRow, name: str) -> Entry:
    path = call.archive.files.blobs.path(file.blob.name)
    return Entry(name, path, file.blob.size, file.blob.crc, datetime.fromisoformat(file.created))


def _name(call: Call, held: Held, file: FileRow, structure: str, *, tar: bool) -> str:
    label = held.resource.label or str(held.resource.node.number)
    if structure == "improved":
        return _improved(held.place, label, file.path, tar=tar)
    if structure == "legacy":
        folder = call.archive.catalog_path(held.resource).rpartition("/")[0]
        return f"{folder.lstrip('/')}/{file.path}"
    prefix = _prefix(call, held.place)
    if structure == "simplified":
        return f"{prefix}{_object_path(held.place, suffix=False)}/{label}/{file.path}"
    return f"{prefix}{_object_path(held.place, suffix=True)}/resources/{label}/files/{file.path}"


def _improved(place: Place, label: str, path: str, *, tar: bool) -> str:
    """Return ``<category>/<id>_<description>/<label>/<path>``, without a session folder."""
    kind = category(place)
    if kind == "resources":
        return f"resources/{label}/{path}"
    described = _clean(place.owner.node.text("type")) if place.owner.kind == "scan" else ""
    name = place.owner.id if tar or not described else f"{place.owner.id}_{described}"
    return f"{kind}/{name}/{label}/{path}"


def _prefix(call: Call, place: Place) -> str:
    """Return project and subject folders when the request asks for them and goes through a session."""
    if place.session is None:
        return ""
    parts: list[str] = []
    if call.flag("projectIncludedInPath"):
        parts.append(place.session.project)
    subject = call.archive.items.by_id("subject", place.session.subject)
    if call.flag("subjectIncludedInPath") and subject is not None:
        parts.append(subject.label)
    return "".join(f"{part}/" for part in parts)


def _object_path(place: Place, *, suffix: bool) -> str:
    owner = place.owner
    if owner.kind == "scan" and place.session is not None:
        described = _clean(owner.node.text("type")) if suffix else ""
        return f"{_folder(place.session)}/scans/{owner.id}{'-' + described if described else ''}"
    side = place.slot.partition("/")[0]
    if owner.kind == "reconstruction" and place.session is not None:
        return f"{_folder(place.session)}/reconstructions/{owner.id}/{side}"
    if category(place) == "assessors":
        return f"{_folder(owner)}/{side}"
    return _folder(owner)


def _folder(item: Item) -> str:
    return item.id if item.kind == "project" else item.label or item.id


def _clean(text: str) -> str:
    return re.sub(r"\W", "_", text)


def archive_name(files: Sequence[tuple[Held, FileRow]]) -> str:
    """Return the name of an archive without its extension; ``various`` when it spans several sessions."""
    owners = {(held.place.session or held.place.owner).row: held.place for held, _ in files}
    if len(owners) > 1:
        return "various"
    place = next(iter(owners.values()))
    return _folder(place.session or place.owner)
