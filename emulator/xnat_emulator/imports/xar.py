"""Import handler ``XAR``: a zip of an item's document and its files, as ``GET .../XAR`` sends it (dicom-import 86)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..address import find_experiment, project_named
from ..call import Call
from ..datamodel.values import Value
from ..errors import StatusError
from ..formats import xmlread
from ..permissions import require_in
from ..store.blobs import Blob
from ..store.change import Change
from ..store.files import FileFacts
from ..store.items import Item
from ..store.patch import Patch
from .archiver import find_subject
from .destination import Destination
from .options import Parameters
from .upload import Upload, members

_LARGE = 64 << 20
_EXPERIMENT, _ASSESSOR, _SUBJECT_BOUND = "xnat:experimentData", "xnat:imageAssessorData", "xnat:subjectAssessorData"


@dataclass
class _Contents:
    """What a XAR holds: documents at its top, and files by path."""

    documents: list[Patch] = field(default_factory=list[Patch])
    files: dict[str, Blob] = field(default_factory=dict[str, Blob])


def run(call: Call, parameters: Parameters, dest: Destination, upload: Upload) -> list[str]:
    """Return the addresses of the experiments that the documents became.

    Raises:
        StatusError: 400, it is no zip, or holds no document of an experiment; 403; 409, an experiment exists already.
    """
    if upload.kind != "zip":
        raise StatusError(400, f"Unsupported format {upload.name}")
    contents = _Contents()
    try:
        _read(call, upload, contents)
        if not contents.documents:
            raise StatusError(400, "The archive holds no document of an experiment.")
        with call.archive.transaction():
            change = call.change()
            kept = _Kept(call, contents.files, change)
            found = [_enter(call, parameters, dest, document, kept) for document in contents.documents]
    except BaseException:
        _drop(call, contents.files.values())
        raise
    _drop(call, (blob for path, blob in contents.files.items() if path not in kept.used))
    return found


def _drop(call: Call, blobs: Iterable[Blob]) -> None:
    for blob in blobs:
        call.archive.files.blobs.remove(blob.name)


def _read(call: Call, upload: Upload, contents: _Contents) -> None:
    for name, stream in members(upload):
        path = "/".join(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})
        if "/" not in path and path.lower().endswith(".xml"):
            contents.documents.append(_document(call, stream.read(_LARGE)))
        elif path and ".." not in path.split("/") and path not in contents.files:
            contents.files[path] = call.archive.files.blobs.add(stream)


def _document(call: Call, body: bytes) -> Patch:
    try:
        patch, problems = xmlread.read(call.model, body)
    except xmlread.DocumentError as error:
        raise StatusError(400, str(error)) from None
    if problems or not call.model.extends(patch.xsi_type or "", _EXPERIMENT):
        raise StatusError(400, "; ".join(problems) or "Only documents of experiments can be imported.")
    return patch


class _Kept:
    """The files of a XAR, and which of them a resource took."""

    def __init__(self, call: Call, files: Mapping[str, Blob], change: Change) -> None:
        self._archive = call.archive
        self._files = files
        self.change = change
        self.used: set[str] = set()

    def fill(self, resource: Item) -> None:
        """Put the files that lie beside a resource's catalog into the resource."""
        catalog = resource.node.text("URI").lstrip("/")
        folder = catalog.rpartition("/")[0]
        inside = [path for path in self._files if folder and path.startswith(f"{folder}/") and path != catalog]
        facts = FileFacts(resource.node.text("format"), resource.node.text("content"))
        for path in inside:
            if path not in self.used and not path.endswith("_catalog.xml"):
                self.used.add(path)
                name = path.removeprefix(f"{folder}/")
                self._archive.files.put(resource.row, name, self._files[path], facts, self.change)
        resource.node.values.pop("URI", None)
        self._archive.count_files(resource, self.change)


def _enter(call: Call, parameters: Parameters, dest: Destination, document: Patch, kept: _Kept) -> str:
    project = _project(call, parameters, dest, document)
    xsi_type = document.xsi_type or _EXPERIMENT
    require_in(call, "create", project.id, xsi_type)
    label = document.text("label") or document.text("ID")
    if label and call.archive.items.by_label("experiment", project.id, label) is not None:
        raise StatusError(409, f"The experiment {label} exists in project {project.id} already.")
    _forget_ids(document)
    identity = {"ID": call.archive.items.new_id("experiment"), "project": project.id}
    document.values.update({**identity, "label": label or identity["ID"], **_parent(call, project, document, kept)})
    item = call.archive.create("experiment", xsi_type, document, kept.change)
    for resource in _resources(call, item):
        kept.fill(resource)
    session = item.node.text("imageSession_ID")
    below = f"{session}/assessors/" if session and call.model.extends(xsi_type, _ASSESSOR) else ""
    return f"/data/archive/experiments/{below}{item.id}"


def _project(call: Call, parameters: Parameters, dest: Destination, document: Patch) -> Item:
    name = parameters.get("project", "PROJECT_ID") or dest.project or document.text("project")
    found = project_named(call, name) if name else None
    if found is None:
        raise StatusError(400, "unable to identify destination project")
    return found


def _forget_ids(patch: Patch) -> None:
    """Take the ids of experiments out of a document: those of this server are given anew."""
    patch.values.pop("ID", None)
    for assessor in patch.children.get("assessors/assessor", []):
        assessor.values.pop("ID", None)


def _parent(call: Call, project: Item, document: Patch, kept: _Kept) -> dict[str, Value]:
    """Return what ties an experiment to its session or to its subject, who is made when there is none."""
    if call.model.extends(document.xsi_type or "", _ASSESSOR):
        session = find_experiment(call, document.text("imageSession_ID"), project)
        if session is None:
            raise StatusError(400, "The session of the assessor is not in the archive.")
        return {"imageSession_ID": session.id}
    if not call.model.extends(document.xsi_type or "", _SUBJECT_BOUND):
        return {}
    name = document.text("subject_ID") or document.text("dcmPatientName")
    if not name:
        raise StatusError(400, "unable to identify subject")
    found = find_subject(call.archive, project.id, name)
    if found is None:
        values: dict[str, Value | None] = {"ID": call.archive.items.new_id("subject"), "project": project.id}
        found = call.archive.create("subject", "xnat:subjectData", Patch(values={**values, "label": name}), kept.change)
    return {"subject_ID": found.id}


def _resources(call: Call, item: Item) -> Iterator[Item]:
    items = call.archive.items
    yield from items.owned(item, "resource")
    for kind in ("scan", "reconstruction"):
        for part in items.owned(item, kind):
            yield from items.owned(part, "resource")
    for assessor in items.assessors(item.id):
        yield from items.owned(assessor, "resource")
