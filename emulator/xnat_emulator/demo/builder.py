"""Puts demo objects into an archive through its own rules."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..datamodel.values import Value
from ..dicom.fields import ScanFold, SessionFold
from ..dicom.names import file_name
from ..dicom.sop import scan_type, session_type
from ..imports.scantypes import describe_scans
from ..populate import patch_of
from ..store.archive import Archive
from ..store.change import Change
from ..store.files import FileFacts
from ..store.items import Item
from ..store.patch import Patch
from . import images

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class DicomFile:
    """One file of a demo scan."""

    name: str
    data: bytes
    header: Dataset


def from_dataset(dataset: Dataset) -> DicomFile:
    """Return the file of an image made here."""
    return DicomFile(file_name(dataset), images.encode(dataset), dataset)


def from_sample(name: str) -> DicomFile:
    """Return a sample that comes with pydicom, under its own name."""
    data, header = images.shipped(name)
    return DicomFile(name, data, header)


class Builder:
    """Makes objects; every method returns the new one."""

    def __init__(self, archive: Archive, login: str) -> None:
        self._archive = archive
        self._change: Change = archive.change(login)

    def project(self, identifier: str, paths: Mapping[str, str]) -> Item:
        """Make a project from schema paths below its type."""
        patch = self._patch("xnat:projectData", paths)
        patch.values["ID"] = identifier
        item = self._archive.create("project", "xnat:projectData", patch, self._change)
        self._archive.groups.join(identifier, "owner", self._change.login)
        return item

    def subject(self, project: Item, label: str, paths: Mapping[str, str]) -> Item:
        """Make a subject."""
        patch = self._patch("xnat:subjectData", paths)
        identity = {"ID": self._archive.items.new_id("subject"), "project": project.id, "label": label}
        patch.values.update(identity)
        return self._archive.create("subject", "xnat:subjectData", patch, self._change)

    def session(self, subject: Item, label: str, headers: Iterable[Dataset], paths: Mapping[str, str]) -> Item:
        """Make an imaging session with the fields its DICOM headers give."""
        datasets = list(headers)
        classes = [str(header.SOPClassUID) for header in datasets]
        xsi_type = session_type(classes, [str(header.Modality) for header in datasets]) or "xnat:otherDicomSessionData"
        node, fold = self._archive.new_node(xsi_type), SessionFold()
        for header in datasets:
            fold.add(header)
        fold.fill(self._archive.model, node)
        patch = self._patch(xsi_type, paths)
        identity = {"ID": self._archive.items.new_id("experiment"), "project": subject.project}
        patch.values.update({**identity, "label": label, "subject_ID": subject.id})
        return self._archive.update(Item("experiment", node), patch, self._change)

    def scan(self, session: Item, files: list[DicomFile], values: Mapping[str, Value]) -> Item:
        """Make a scan with its files in resource ``DICOM``; ``values`` come on top of what the headers say."""
        headers = [file.header for file in files]
        fold = ScanFold(scan_type(str(header.SOPClassUID) for header in headers))
        for header in headers:
            fold.add(header)
        item = Item("scan", self._archive.new_node(fold.xsi_type))
        fold.fill(self._archive.model, item.node)
        describe_scans(self._archive, session.project, [item.node])
        self._archive.attach(item, session, "scans/scan")
        self._archive.update(item, Patch(values={"ID": str(headers[0].SeriesNumber), **values}), self._change)
        resource = self.resource(item, "file", "DICOM", {"format": "DICOM", "content": "RAW"})
        for file in files:
            uid, instance = str(file.header.SOPInstanceUID), int(file.header.InstanceNumber)
            self.file(resource, file.name, file.data, FileFacts("DICOM", uid=uid, instance=instance))
        self._archive.count_files(resource, self._change)
        return item

    def scans(self, session: Item) -> list[Item]:
        """Return the scans of a session."""
        return self._archive.items.owned(session, "scan")

    def assessor(self, session: Item, xsi_type: str, label: str, paths: Mapping[str, str]) -> Item:
        """Make an image assessor."""
        item = Item("experiment", self._archive.new_node(xsi_type))
        self._archive.attach(item, session, "assessors/assessor")
        patch = self._patch(xsi_type, paths)
        patch.values.update({"ID": self._archive.items.new_id("experiment"), "label": label})
        return self._archive.update(item, patch, self._change)

    def reconstruction(self, session: Item, identifier: str, values: Mapping[str, Value]) -> Item:
        """Make a reconstruction."""
        item = Item("reconstruction", self._archive.new_node("xnat:reconstructedImageData"))
        self._archive.attach(item, session, "reconstructions/reconstructedImage")
        return self._archive.update(item, Patch(values={"ID": identifier, **values}), self._change)

    def resource(self, owner: Item, slot: str, label: str, values: Mapping[str, Value]) -> Item:
        """Make an empty resource."""
        item = Item("resource", self._archive.new_node("xnat:resourceCatalog"))
        self._archive.attach(item, owner, slot)
        patch = Patch(values={"label": label, "file_count": 0, "file_size": 0, **values})
        return self._archive.update(item, patch, self._change)

    def filled(
        self, owner: Item, slot: str, label: str, values: Mapping[str, Value], files: Mapping[str, bytes]
    ) -> Item:
        """Make a resource that holds files."""
        resource = self.resource(owner, slot, label, values)
        for name, data in files.items():
            self.file(resource, name, data, FileFacts())
        self._archive.count_files(resource, self._change)
        return resource

    def file(self, resource: Item, name: str, data: bytes, facts: FileFacts) -> None:
        """Put a file into a resource."""
        blob = self._archive.files.blobs.add(io.BytesIO(data))
        self._archive.files.put(resource.row, name, blob, facts, self._change)

    def _patch(self, xsi_type: str, paths: Mapping[str, str]) -> Patch:
        pairs = [(f"{xsi_type}/{path}", text) for path, text in paths.items()]
        return patch_of(self._archive.model, xsi_type, pairs)
