"""Reading the headers of archived files once more: ``pullDataFromHeaders``, ``fixScanTypes`` (rest-data 7.1.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..call import Call
from ..dicom.fields import ScanFold, SessionFold
from ..dicom.headers import read_header, text_of
from ..dicom.sop import PRIMARY, scan_type
from ..errors import StatusError
from ..store.archive import Archive
from ..store.change import Change
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch
from .scantypes import describe_scans

if TYPE_CHECKING:
    from pydicom import Dataset

_DICOM = frozenset({"DICOM", "secondary"})
_KEPT = frozenset({"ID", "label", "project", "subject_ID", "UID"})


def pull(call: Call, item: Item) -> None:
    """Fill an archived session with its scans, or one scan, from the headers of its files.

    What the headers say replaces what is stored; what they do not say stays.

    Args:
        call: The request, within its transaction.
        item: The session or the scan.

    Raises:
        StatusError: 409, the headers make another type of scan than is stored.
    """
    archive, change = call.archive, call.change(item.xsi_type)
    fold = SessionFold()
    for scan in _scans(archive, item):
        _pull_scan(archive, scan, fold, change)
    if item.kind == "experiment":
        node = Node(item.xsi_type)
        fold.fill(archive.model, node)
        _overlay(item.node, node)
        archive.update(item, Patch(), change)


def _scans(archive: Archive, item: Item) -> list[Item]:
    return [item] if item.kind == "scan" else archive.items.owned(item, "scan")


def _pull_scan(archive: Archive, scan: Item, session: SessionFold, change: Change) -> None:
    classes = {text_of(header, "SOPClassUID") or "" for header in _headers(archive, scan)}
    if not classes:
        return
    if scan_type(classes) != scan.xsi_type:
        raise StatusError(409, f"The headers of scan {scan.id} make a {scan_type(classes)}, not a {scan.xsi_type}")
    fold = ScanFold(scan.xsi_type)
    for header in _headers(archive, scan):
        fold.add(header, primary=text_of(header, "SOPClassUID") in PRIMARY)
        session.add(header)
    node = Node(scan.xsi_type)
    fold.fill(archive.model, node)
    _overlay(scan.node, node)
    describe_scans(archive, scan.project, [scan.node])
    archive.update(scan, Patch(), change)


def _headers(archive: Archive, scan: Item) -> Iterator[Dataset]:
    """Yield the headers of a scan's DICOM files, one at a time."""
    for resource in archive.items.owned(scan, "resource", "file"):
        if resource.label not in _DICOM and resource.node.text("format") != "DICOM":
            continue
        for file in archive.files.of(resource.row):
            header = read_header(archive.files.blobs.path(file.blob.name))
            if header is not None:
                yield header


def _overlay(stored: Node, found: Node) -> None:
    for path, value in found.values.items():
        if path not in _KEPT or path not in stored.values:
            stored.values[path] = value
    for slot, children in found.children.items():
        known = {child.text("name"): child for child in stored.children.get(slot, [])}
        named = {child.text("name"): child for child in children}
        stored.children[slot] = [*{**known, **named}.values()] if all(named) else children


def fix_scan_types(call: Call, session: Item) -> None:
    """Give the scans of an archived session the quality and the type that are missing (dicom-import 38, 39)."""
    change = call.change(session.xsi_type)
    for scan in call.archive.items.owned(session, "scan"):
        before = (scan.node.text("type"), scan.node.text("quality"))
        describe_scans(call.archive, session.project, [scan.node])
        if before != (scan.node.text("type"), scan.node.text("quality")):
            call.archive.update(scan, Patch(), change)
