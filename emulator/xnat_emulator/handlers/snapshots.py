"""Snapshots of scans, made when somebody first asks for one (dicom-import 95 and 96)."""

from __future__ import annotations

import io

from ..address import find_scan, session
from ..call import Call, Reply
from ..datamodel.values import Value
from ..errors import StatusError, not_found
from ..store.blobs import Blob
from ..store.files import FileFacts, FileRow
from ..store.items import Item
from ..store.patch import Patch
from ..web.snapshots import render
from .download import send
from .selection import Place, held

_LABEL = "SNAPSHOTS"
_SMALL = 128
"""Rows or columns of a thumbnail at most; the facts know no number."""


def show_snapshot(call: Call) -> Reply:
    """``GET /xapi/.../experiments/E/scan/S/snapshot``: a GIF."""
    return _show(call, "ORIGINAL")


def show_thumbnail(call: Call) -> Reply:
    """``GET /xapi/.../experiments/E/scan/S/thumbnail``: a small GIF."""
    return _show(call, "THUMBNAIL")


def _show(call: Call, content: str) -> Reply:
    owner = session(call)
    scan = find_scan(call, owner)
    if scan is None:
        raise not_found("scan")
    found = _find(call, scan, content)
    if found is None:
        _make(call, owner, scan)
        found = _find(call, scan, content)
    if found is None:
        raise StatusError(404, "The scan has no snapshot.")
    return send(call, found)


def _resource(call: Call, scan: Item) -> Item | None:
    place = Place(scan, "file", None, "")
    return next((one.resource for one in held(call, place) if one.resource.label == _LABEL), None)


def _find(call: Call, scan: Item, content: str) -> FileRow | None:
    resource = _resource(call, scan)
    files = [] if resource is None else call.archive.files.of(resource.row)
    return next((file for file in files if file.facts.content == content), None)


def _make(call: Call, owner: Item, scan: Item) -> None:
    """Render both images and enter them; nothing happens when the scan has none to show."""
    images = render(call, scan, _SMALL)
    if images is None:
        return
    name = f"{owner.id}_{scan.id}_qc"
    blobs = [call.archive.files.blobs.add(io.BytesIO(image)) for image in images]
    names = ((f"{name}.gif", "ORIGINAL"), (f"{name}_t.gif", "THUMBNAIL"))
    try:
        with call.archive.transaction():
            _enter(call, owner, scan, list(zip(names, blobs, strict=True)))
    except BaseException:
        for blob in blobs:
            call.archive.files.blobs.remove(blob.name)
        raise


def _enter(call: Call, owner: Item, scan: Item, images: list[tuple[tuple[str, str], Blob]]) -> None:
    change = call.change()
    resource = _resource(call, scan)
    if resource is None:
        values: dict[str, Value | None] = {
            "label": _LABEL,
            "file_count": 0,
            "file_size": 0,
            "format": "GIF",
            "content": _LABEL,
        }
        values["description"] = f"Snapshots for session {owner.id} scan {scan.id}"
        resource = Item("resource", call.archive.new_node("xnat:resourceCatalog"))
        call.archive.attach(resource, scan, "file")
        resource = call.archive.update(resource, Patch(values=values), change)
    for (path, content), blob in images:
        call.archive.files.put(resource.row, path, blob, FileFacts("GIF", content), change)
    call.archive.count_files(resource, change)
