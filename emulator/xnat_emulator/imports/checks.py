"""What stands against archiving a session (dicom-import 78, 79, 82 and 85)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..store.archive import Archive
from ..store.files import FileRow
from ..store.items import Item
from ..store.node import Node
from ..store.prearchive import PrearchiveFile

Kind: TypeAlias = Literal["FAIL", "CONFLICT", "WARN"]

_NO_WAY = "There is no way to override this conflict, you will need to fix your data."


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is noticed.

    Attributes:
        code: Number of the check.
        kind: ``FAIL`` cannot be overridden, ``CONFLICT`` can, ``WARN`` stops nothing.
        text: What the server says.
        status: HTTP status of a refusal.
    """

    code: int
    kind: Kind
    text: str
    status: int = 409


@dataclass(frozen=True)
class Candidate:
    """A session about to be archived.

    Attributes:
        project: Destination project.
        label: Wanted label.
        subject: The subject, None when it will be made.
        node: The session with its scans.
        files: Its files.
        existing: The archived session of that label.
    """

    project: str
    label: str
    subject: Item | None
    node: Node
    files: Sequence[PrearchiveFile]
    existing: Item | None

    @property
    def scans(self) -> list[Node]:
        """The scans."""
        return self.node.children.get("scans/scan", [])


def notices(archive: Archive, one: Candidate, *, merge: bool, overwrite_files: bool) -> Iterator[Notice]:
    """Yield everything that is noticed, in the order of the checks."""
    yield from _file_checks(one)
    if one.existing is None:
        return
    if not merge:
        yield Notice(1, "FAIL", "Session already exists, retry with overwrite enabled")
    else:
        yield Notice(1, "WARN", "Session already exists")
    yield from _identity_checks(archive, one, one.existing)
    yield from _scan_checks(archive, one, one.existing)
    yield from _overlaps(archive, one, one.existing, overwrite_files=overwrite_files)


def _file_checks(one: Candidate) -> Iterator[Notice]:
    for scan in one.scans:
        identifier = scan.text("ID")
        for label in sorted({file.resource for file in one.files if file.scan == identifier}):
            files = [file for file in one.files if (file.scan, file.resource) == (identifier, label)]
            unknown = sum(not file.facts.uid for file in files)
            if unknown and label in {"DICOM", "secondary"}:
                text = f"Scan {identifier} has {unknown} non-DICOM (or non-parsable DICOM) files"
                yield Notice(20, "CONFLICT", text, 400)
            counted = Counter(file.facts.uid for file in files if file.facts.uid)
            twice = sorted(uid for uid, number in counted.items() if number > 1)
            if twice:
                text = f"Scan {identifier} {label} catalog contains duplicated SOP instance UIDs: {', '.join(twice)}"
                yield Notice(20, "CONFLICT", text, 400)


def _identity_checks(archive: Archive, one: Candidate, existing: Item) -> Iterator[Notice]:
    modification = "Invalid modification of session {} via archive process."
    if existing.project != one.project:
        yield Notice(3, "FAIL", modification.format("project"))
    if one.subject is None or existing.subject != one.subject.id:
        text = f"{modification.format('subject')}: {one.label} Already Exists for another Subject"
        yield Notice(4, "FAIL", text)
    if existing.xsi_type != one.node.xsi_type and _no_mixing(archive):
        yield Notice(19, "FAIL", f"{modification.format('modality')}  Data may require a manual merge.")
    uid = existing.node.text("UID")
    if uid and one.node.text("UID") and uid != one.node.text("UID"):
        yield Notice(5, "CONFLICT", modification.format("UID"))


def _no_mixing(archive: Archive) -> bool:
    return str(archive.settings.get("preventCrossModalityMerge", default=True)).lower() == "true"


def _scan_checks(archive: Archive, one: Candidate, existing: Item) -> Iterator[Notice]:
    archived = archive.items.owned(existing, "scan")
    by_uid = {scan.node.text("UID"): scan for scan in archived if scan.node.text("UID")}
    by_id = {scan.id: scan for scan in archived}
    for scan in one.scans:
        same = by_uid.get(scan.text("UID"))
        if same is not None and same.id != scan.text("ID") and same.id.partition("-")[0] != scan.text("ID"):
            text = f"Session already contains a scan with the same UID, but a different number ({same.id})."
            yield Notice(18, "CONFLICT", text)
        elif same is not None:
            yield Notice(16, "WARN", f"Session already contains a scan {same.id} with the same UID and number.")
        elif scan.text("ID") in by_id:
            yield Notice(17, "WARN", f"Session already contains a scan {scan.text('ID')} with a different UID.")


def _overlaps(archive: Archive, one: Candidate, existing: Item, *, overwrite_files: bool) -> Iterator[Notice]:
    """Compare incoming files with those of the scans and resources they would join (dicom-import 78, 80)."""
    tells_uids = archive.settings.flag("useSopInstanceUidToUniquelyIdentifyDicom")
    for (scan, label), incoming in _by_place(one).items():
        stored = _stored(archive, one, existing, scan, label)
        uids = {file.facts.uid for file in stored if file.facts.uid and tells_uids}
        by_path = {file.path: file for file in stored}
        named = [file for file in incoming if file.path in by_path and not (tells_uids and file.facts.uid)]
        same = named + [file for file in incoming if file.facts.uid in uids]
        clash = [file for file in incoming if file not in same and file.path in by_path]
        if clash:
            text = f"Session already contains a different file named {clash[0].path}. {_NO_WAY}"
            yield Notice(16, "FAIL", text)
        if same and not overwrite_files:
            whole = len(same) == len(incoming) == len(stored)
            text = "Session already exists with " + ("the same resources." if whole else "matching files.")
            yield Notice(16, "CONFLICT", text)


def _by_place(one: Candidate) -> dict[tuple[str, str], list[PrearchiveFile]]:
    places: dict[tuple[str, str], list[PrearchiveFile]] = {}
    for file in one.files:
        places.setdefault((file.scan, file.resource), []).append(file)
    return places


def _stored(archive: Archive, one: Candidate, existing: Item, scan: str, label: str) -> list[FileRow]:
    owner: Item | None = existing
    if scan:
        uid = next((node.text("UID") for node in one.scans if node.text("ID") == scan), "")
        owner = scan_of(archive, existing, uid)
    resource = None if owner is None else resource_of(archive, owner, label)
    return [] if resource is None else archive.files.of(resource.row)


def scan_of(archive: Archive, session: Item, uid: str) -> Item | None:
    """Return the archived scan of a series."""
    found = archive.items.owned(session, "scan")
    return next((scan for scan in found if uid and scan.node.text("UID") == uid), None)


def resource_of(archive: Archive, owner: Item, label: str) -> Item | None:
    """Return a resource of a scan or a session by its label."""
    slot = "file" if owner.kind == "scan" else "resources/resource"
    return next((one for one in archive.items.owned(owner, "resource", slot) if one.label == label), None)
