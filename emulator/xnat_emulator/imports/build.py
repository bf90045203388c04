"""Building received sessions: from DICOM files to a session with scans (dicom-import sections 2 to 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..datamodel.values import Value
from ..dicom.fields import ScanFold, SessionFold
from ..dicom.headers import instance_of, read_header, text_of
from ..dicom.routing import received_label
from ..dicom.series import SeriesFacts, resource_label, scan_ids
from ..dicom.sop import MR_CLASSES, PET_CLASSES, PRIMARY, session_type
from ..errors import StatusError
from ..store.archive import Archive
from ..store.files import FileFacts
from ..store.node import Node
from ..store.prearchive import PrearchiveFile, PrearchiveSession, folder_path, uploaded_at
from . import petmr

if TYPE_CHECKING:
    from pydicom import Dataset

_RESOURCES = "resources/resource"
UNKNOWN = "Unknown prearchive session."
LOCKED = "session document locked"
"""What is said of a session that other work goes on with (dicom-import 65)."""


class BuildFailed(ValueError):  # noqa: N818 - says what happened
    """No session can be made of the files."""


@dataclass(frozen=True)
class _Object:
    """One DICOM file: where it is stored, and what its header says about its place."""

    file: PrearchiveFile
    study: str
    series: str
    storage_class: str
    uid: str
    instance: int | None


@dataclass
class _Study:
    """Everything the files of a session say."""

    objects: list[_Object] = field(default_factory=list[_Object])
    series: dict[str, SeriesFacts] = field(default_factory=dict[str, SeriesFacts])
    session: SessionFold = field(default_factory=SessionFold)
    scans: dict[str, ScanFold] = field(default_factory=dict[str, ScanFold])

    @property
    def classes(self) -> set[str]:
        return {one.storage_class for one in self.objects}


def build(archive: Archive, session: PrearchiveSession, *, one_study: bool = True) -> list[PrearchiveSession]:
    """Make a session's document anew from its files; it ends as READY, or as ERROR with a line in its log.

    Returns the session, or the two that it was split into (dicom-import 16).

    Headers are read outside of any transaction; what they say is stored in one.

    Args:
        archive: The archive.
        session: Which; it is brought up to date.
        one_study: Files of two studies are an error (dicom-import 22).

    Raises:
        StatusError: 409, other work on the session goes on; 404, it is gone.
    """
    _claim(archive, session)
    try:
        study = _read(archive, session)
        document = _document(archive, session, study, one_study=one_study)
    except BuildFailed as failure:
        _fail(archive, session, str(failure))
        return [session]
    except BaseException:
        _fail(archive, session, "The session cannot be built")
        raise
    with archive.transaction():
        if _current(archive, session) is None:
            raise StatusError(404, UNKNOWN)
        _store(archive, session, study, document)
        return petmr.split(archive, session)


def _claim(archive: Archive, session: PrearchiveSession) -> None:
    with archive.transaction():
        current = _current(archive, session)
        if current is None:
            raise StatusError(404, UNKNOWN)
        if current.locked:
            raise StatusError(409, LOCKED)
        copy(current, session)
        session.status = "_BUILDING"
        archive.prearchive.save(session)


def _current(archive: Archive, session: PrearchiveSession) -> PrearchiveSession | None:
    return archive.prearchive.by_row(session.row)


def copy(source: PrearchiveSession, target: PrearchiveSession) -> None:
    """Give a session all attributes of another state of it."""
    for name in PrearchiveSession.__slots__:
        setattr(target, name, getattr(source, name))


def _fail(archive: Archive, session: PrearchiveSession, text: str) -> None:
    with archive.transaction():
        if _current(archive, session) is None:
            raise StatusError(404, UNKNOWN)
        session.status = "ERROR"
        archive.prearchive.save(session)
        archive.prearchive.log(session, text)


# --- reading ---


def _read(archive: Archive, session: PrearchiveSession) -> _Study:
    study = _Study()
    for file in archive.prearchive.files(session):
        header = read_header(archive.prearchive.blobs.path(file.blob.name)) if file.scan else None
        if header is not None and text_of(header, "SOPInstanceUID") is not None:
            _add(study, file, header)
    for uid, series in study.series.items():
        if study.scans[uid].xsi_type != series.xsi_type:
            study.scans[uid] = _again(archive, study, uid, series.xsi_type)
    return study


def _add(study: _Study, file: PrearchiveFile, header: Dataset) -> None:
    known = {key: text_of(header, key) or "" for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID")}
    uid, storage_class = known["SeriesInstanceUID"], known["SOPClassUID"]
    instance_uid = text_of(header, "SOPInstanceUID") or ""
    one = _Object(file, known["StudyInstanceUID"], uid, storage_class, instance_uid, instance_of(header))
    study.objects.append(one)
    series = study.series.setdefault(uid, SeriesFacts(uid, text_of(header, "SeriesNumber") or ""))
    series.classes.add(storage_class)
    series.modalities.add(text_of(header, "Modality") or "")
    study.session.add(header)
    fold = study.scans.setdefault(uid, ScanFold(series.xsi_type))
    fold.add(header, primary=storage_class in PRIMARY)


def _again(archive: Archive, study: _Study, uid: str, xsi_type: str) -> ScanFold:
    """Read the files of a series once more, whose type a later file decided."""
    fold = ScanFold(xsi_type)
    for one in study.objects:
        header = read_header(archive.prearchive.blobs.path(one.file.blob.name)) if one.series == uid else None
        if header is not None:
            fold.add(header, primary=one.storage_class in PRIMARY)
    return fold


# --- the document ---


def _document(archive: Archive, session: PrearchiveSession, study: _Study, *, one_study: bool) -> Node:
    if not study.objects:
        raise BuildFailed("The session has no DICOM files")
    if one_study and len({one.study for one in study.objects}) > 1:
        raise BuildFailed("The session has files of more than one study")
    modalities = {text for series in study.series.values() for text in series.modalities}
    wanted = petmr.setting(archive, session.project)
    xsi_type = session_type(study.classes, modalities, wanted)
    if xsi_type is None or xsi_type not in archive.model:
        raise BuildFailed("No type of session fits the files")
    node = archive.new_node(xsi_type)
    study.session.fill(archive.model, node)
    node.values.update(_constants(session))
    if wanted == "pet" and study.classes & MR_CLASSES and study.classes & PET_CLASSES:
        node.values["label"] = petmr.pet_label(session.name)
    node.children["scans/scan"] = _scans(archive, study)
    if session.document is not None and (kept := session.document.children.get("resources/resource")):
        node.children["resources/resource"] = kept
    return node


def _constants(session: PrearchiveSession) -> dict[str, Value]:
    """Return what the row says and no header can change (dicom-import section 4)."""
    said = {
        "project": session.project,
        "label": session.name,
        "subject_ID": session.subject,
        "visit": session.visit,
        "protocol": session.protocol,
        "prearchivePath": folder_path(session),
    }
    return {name: text for name, text in said.items() if text}


def _scans(archive: Archive, study: _Study) -> list[Node]:
    ids = scan_ids(list(study.series.values()))
    nodes: list[Node] = []
    for uid in sorted(study.series, key=lambda uid: _order(ids[uid])):
        node = archive.new_node(study.scans[uid].xsi_type)
        study.scans[uid].fill(archive.model, node)
        node.values["ID"] = ids[uid]
        node.children["file"] = _resources(archive, study, uid, ids[uid])
        nodes.append(node)
    return nodes


def _order(identifier: str) -> tuple[int, str]:
    start = identifier.partition("-")[0]
    return (
        (int(start), identifier) if start.isascii() and start.isdigit() and len(start) < 19 else (1 << 62, identifier)
    )


def _resources(archive: Archive, study: _Study, uid: str, scan: str) -> list[Node]:
    separate = archive.settings.flag("separateSecondaryDicomOnArchive")
    sizes: dict[str, list[int]] = {}
    for one in study.objects:
        if one.series == uid:
            sizes.setdefault(resource_label(one.storage_class, separate=separate), []).append(one.file.blob.size)
    return [_resource(label, scan, sizes[label]) for label in sorted(sizes)]


def _resource(label: str, scan: str, sizes: list[int]) -> Node:
    name = f"scan_{scan}_catalog.xml" if label == "DICOM" else f"scan_{scan}_{label}_catalog.xml"
    values: dict[str, Value] = {
        "label": label,
        "format": "DICOM",
        "content": "RAW" if label == "DICOM" else "secondary",
        "file_count": len(sizes),
        "file_size": sum(sizes),
        "URI": f"SCANS/{scan}/{label}/{name}",
    }
    return Node("xnat:resourceCatalog", values)


# --- storing ---


def _store(archive: Archive, session: PrearchiveSession, study: _Study, document: Node) -> None:
    current = _current(archive, session)
    interrupted = current is not None and current.status == "RECEIVING_INTERRUPT"
    _place(archive, session, study)
    session.document = document
    session.subject = document.text("subject_ID") or received_label(document.text("dcmPatientName"))
    session.name = document.text("label") or document.text("dcmPatientId") or session.folder
    day = document.text("date")
    session.scan_date, session.scan_time = f"{day} 00:00:00.0" if day else "", document.text("time")
    session.tag = document.text("UID") or session.tag
    session.uploaded = uploaded_at(session.timestamp)
    session.status = "RECEIVING" if interrupted else "READY"
    archive.prearchive.save(session)
    _report(archive, session, study)


def _report(archive: Archive, session: PrearchiveSession, study: _Study) -> None:
    """Name the fields that have several values and therefore none (dicom-import 23); never the values."""
    ids = scan_ids(list(study.series.values()))
    folds = [("session", study.session.many()), *((f"scan {ids[uid]}", f.many()) for uid, f in study.scans.items())]
    for name, paths in folds:
        if paths:
            archive.prearchive.log(session, f"{name}: no single value for {', '.join(paths)}")


def _place(archive: Archive, session: PrearchiveSession, study: _Study) -> None:
    """Move every file where its scan and its class want it, and store what its header says."""
    separate = archive.settings.flag("separateSecondaryDicomOnArchive")
    ids = scan_ids(list(study.series.values()))
    for one in study.objects:
        file, label = one.file, resource_label(one.storage_class, separate=separate)
        scan = ids[one.series]
        # Secondary catalogs carry no instance numbers (dicom-import 55).
        instance = None if label == "secondary" else (1 if one.instance is None else one.instance)
        archive.prearchive.note_file(file, FileFacts("DICOM", uid=one.uid, instance=instance))
        if (file.scan, file.resource) != (scan, label):
            archive.prearchive.move_file(file, scan, label, _free(archive, session, scan, label, file.path))


def _free(archive: Archive, session: PrearchiveSession, scan: str, label: str, path: str) -> str:
    name, number = path, 0
    while archive.prearchive.file(session, scan, label, name) is not None:
        number += 1
        name = f"{path}_{number}"
    return name
