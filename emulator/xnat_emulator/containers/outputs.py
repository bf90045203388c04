"""What a job leaves in the archive."""

from __future__ import annotations

import io

from ..store.archive import Archive
from ..store.change import Change
from ..store.containers import Document
from ..store.files import FileFacts
from ..store.items import Item
from ..store.patch import Patch
from .definitions import objects, root_input

FILE_NAME = "result.txt"
"""The file in a resource that a job made; it holds the job's log."""


def store(archive: Archive, wrapper: Document, item: Item, text: str, change: Change) -> list[str]:
    """Make the resources that a wrapper's output handlers name on the object, and return their labels."""
    handlers = [
        one
        for one in objects(wrapper["output-handlers"])
        if one.get("type") == "Resource" and one.get("as-a-child-of") == root_input(wrapper)
    ]
    labels = [str(one.get("label") or one.get("name")) for one in handlers]
    for label in labels:
        resource = _resource(archive, item, label, change)
        archive.files.put(
            resource.row, FILE_NAME, archive.files.blobs.add(io.BytesIO(text.encode())), FileFacts(), change
        )
        archive.count_files(resource, change)
    return labels


def _resource(archive: Archive, item: Item, label: str, change: Change) -> Item:
    for one in archive.items.owned(item, "resource"):
        if one.label == label:
            return one
    made = Item("resource", archive.new_node("xnat:resourceCatalog"))
    archive.attach(made, item, "file" if item.kind == "scan" else "resources/resource")
    return archive.update(made, Patch(values={"label": label, "file_count": 0, "file_size": 0}), change)
