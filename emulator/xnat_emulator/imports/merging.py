"""Writing a session into the archive, as a new one or into one that exists (dicom-import sections 6, 9 and 11)."""

from __future__ import annotations

from collections.abc import Sequence

from ..datamodel.values import Value
from ..store.archive import Archive
from ..store.change import Change
from ..store.files import FileRow
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch
from ..store.prearchive import PrearchiveFile
from .checks import Candidate, resource_of, scan_of

_OF_THE_ROW = frozenset({"ID", "label", "project", "subject_ID"})


def store_session(archive: Archive, one: Candidate, change: Change) -> Item:
    """Return the archived session: a new one, or the one that exists with what it did not have yet."""
    scans, resources = one.scans, one.node.children.pop("resources/resource", [])
    one.node.children.pop("scans/scan", None)
    session = _session(archive, one, change)
    places: dict[str, Item] = {}
    for node in scans:
        files = node.children.pop("file", [])
        incoming = node.text("ID")
        places[incoming] = _scan(archive, session, node, change)
        for resource in files:
            _resource(archive, places[incoming], resource, change)
    for resource in resources:
        _resource(archive, session, resource, change)
    _store_files(archive, session, places, one.files, change)
    return session


def _session(archive: Archive, one: Candidate, change: Change) -> Item:
    existing, node = one.existing, one.node
    if existing is not None:
        _complete(existing.node, node)
        return archive.update(existing, Patch(), change)
    identity = {"ID": archive.items.new_id("experiment"), "project": one.project, "label": one.label}
    node.values.update({**identity, "subject_ID": "" if one.subject is None else one.subject.id})
    return archive.update(Item("experiment", node), Patch(), change)


def _complete(stored: Node, incoming: Node) -> None:
    """Add what a node does not have; what is set stays (dicom-import 81)."""
    for path, value in incoming.values.items():
        if path not in _OF_THE_ROW:
            stored.values.setdefault(path, value)
    for slot, children in incoming.children.items():
        stored.children.setdefault(slot, children)


def _scan(archive: Archive, session: Item, node: Node, change: Change) -> Item:
    found = scan_of(archive, session, node.text("UID"))
    if found is not None:
        children, node.children = node.children, {}
        _complete(found.node, Node(node.xsi_type, node.values, children))
        return archive.update(found, Patch(), change)
    node.values["ID"] = _free_id(archive, session, node)
    item = Item("scan", node)
    archive.attach(item, session, "scans/scan")
    return archive.update(item, Patch(), change)


def _free_id(archive: Archive, session: Item, node: Node) -> str:
    """Return the scan's number; one that is taken by another series gets ``-MR1`` or the like (dicom-import 79)."""
    taken = {scan.id for scan in archive.items.owned(session, "scan")}
    wanted, number = node.text("ID"), 1
    if wanted not in taken:
        return wanted
    kind = node.xsi_type.partition(":")[2][:2].upper()
    kind = "PT" if kind == "PE" else kind
    while f"{wanted}-{kind}{number}" in taken:
        number += 1
    return f"{wanted}-{kind}{number}"


def _resource(archive: Archive, owner: Item, node: Node, change: Change) -> Item:
    """Return a resource of the node's label, a new one when there is none."""
    found = resource_of(archive, owner, node.text("label"))
    if found is not None:
        return found
    kept: dict[str, Value] = {key: value for key, value in node.values.items() if key != "URI"}
    item = Item("resource", Node("xnat:resourceCatalog", {"content": "RAW", **kept, "file_count": 0, "file_size": 0}))
    archive.attach(item, owner, "file" if owner.kind == "scan" else "resources/resource")
    return archive.update(item, Patch(), change)


# --- files ---


def _store_files(
    archive: Archive, session: Item, scans: dict[str, Item], files: Sequence[PrearchiveFile], change: Change
) -> None:
    """Hand every file over: its contents stay where they are, only the rows change."""
    groups: dict[tuple[str, str], list[PrearchiveFile]] = {}
    for file in files:
        groups.setdefault((file.scan, file.resource), []).append(file)
    for (scan, label), group in groups.items():
        owner = scans.get(scan, session) if scan else session
        resource = _resource(archive, owner, Node("xnat:resourceCatalog", {"label": label}), change)
        _fill(archive, resource, sorted(group, key=_order), change)
        archive.count_files(resource, change)


def _order(file: PrearchiveFile) -> tuple[bool, int, str]:
    """Order files by instance number, those without one last (dicom-import 57)."""
    return file.facts.instance is None, file.facts.instance or 0, file.path


def _fill(archive: Archive, resource: Item, files: Sequence[PrearchiveFile], change: Change) -> None:
    stored = {row.facts.uid: row for row in archive.files.of(resource.row) if row.facts.uid}
    by_uid = stored if archive.settings.flag("useSopInstanceUidToUniquelyIdentifyDicom") else dict[str, FileRow]()
    for file in files:
        twin = by_uid.get(file.facts.uid)
        if twin is not None and twin.path != file.path:
            _forget(archive, resource, twin)
        archive.files.put(resource.row, file.path, file.blob, file.facts, change)


def _forget(archive: Archive, resource: Item, twin: FileRow) -> None:
    """Remove the file that holds an object under another name, unless a new one took its place meanwhile."""
    current = archive.files.get(resource.row, twin.path)
    if current is not None and current.facts.uid == twin.facts.uid:
        archive.files.remove(current)
