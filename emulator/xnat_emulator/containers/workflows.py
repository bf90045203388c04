"""The workflow that tells of a launch: it is there before the container, and the launch is answered with its number."""

from __future__ import annotations

from datetime import UTC, datetime

from ..populate import patch_of
from ..store.archive import Archive
from ..store.items import Item
from ..store.node import JsonValue
from ..store.patch import merge
from ..store.workflows import TYPE

QUEUED = "_Queued"


def create(archive: Archive, login: str, wrapper: str, item: Item) -> int:
    """Return the number of a new workflow, queued, on the object that a container is launched on."""
    # A scan has no page of its own: its session is named in its place.
    shown = archive.items.get(item.owner) or item if item.kind == "scan" and item.owner is not None else item
    facts = {
        "ID": shown.id,
        "data_type": shown.xsi_type,
        "ExternalID": item.project or item.id,
        "pipeline_name": wrapper,
        "launch_time": datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(),
        "justification": "Container launch",
        "category": "DATA",
        "type": "PROCESS",
        "status": QUEUED,
    }
    node = archive.new_node(TYPE)
    merge(
        archive.model, node, patch_of(archive.model, TYPE, [(f"{TYPE}/{name}", text) for name, text in facts.items()])
    )
    archive.workflows.save(node, archive.change(login))
    return node.number


def set_status(archive: Archive, number: JsonValue, status: str, *, details: str = "", comments: str = "") -> None:
    """Write into a workflow how far it is; without a number there is none."""
    node = archive.workflows.get(int(str(number))) if number else None
    if node is None:
        return
    said = {"status": status, "details": details, **({"comments": comments} if comments else {})}
    merge(archive.model, node, patch_of(archive.model, TYPE, [(f"{TYPE}/{name}", text) for name, text in said.items()]))
    archive.workflows.save(node, archive.change(archive.workflows.owner(node)))
