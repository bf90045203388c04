"""Studies with both PET and MR: what they become, and how they are split (dicom-import 16 and 67)."""

from __future__ import annotations

import re

from ..store.archive import Archive
from ..store.config import Place
from ..store.node import Node
from ..store.prearchive import PrearchiveFile, PrearchiveSession

_PETMR = "xnat:petmrSessionData"


def setting(archive: Archive, project: str) -> str:
    """Return ``petmr``, ``pet``, ``separate`` or nothing: the project's setting, else the site's."""
    said = (archive.config.contents(Place("separatePETMR", "config", project)) or "") if project else ""
    return (said.strip() or archive.settings.text("sitewidePetMr").strip()).lower()


def split(archive: Archive, session: PrearchiveSession) -> list[PrearchiveSession]:
    """Split a built session in two when its study has PET and MR and the setting says so; return what there is then."""
    document, wanted = session.document, setting(archive, session.project)
    if document is None or document.xsi_type != _PETMR or session.status != "READY" or wanted != "separate":
        return [session]
    scans = document.children.get("scans/scan", [])
    mr = [scan for scan in scans if scan.xsi_type == "xnat:mrScanData"]
    if all("MRAC" in scan.text("series_description") for scan in mr):
        _retype(session, "xnat:petSessionData", scans)
        archive.prearchive.save(session)
        return [session]
    rest = [scan for scan in scans if scan not in mr]
    made = [_part(archive, session, "MR", mr), _part(archive, session, "PET", rest)]
    archive.prearchive.remove(session, keep_contents=True)
    return made


def _retype(session: PrearchiveSession, xsi_type: str, scans: list[Node]) -> None:
    if session.document is not None:
        session.document.xsi_type = xsi_type
        session.document.children["scans/scan"] = scans


def _part(archive: Archive, session: PrearchiveSession, modality: str, scans: list[Node]) -> PrearchiveSession:
    label = _label(session.name, modality)
    part = archive.prearchive.add(session.project, label, timestamp="", **_columns(session), name=label)
    part.document = None if session.document is None else session.document.copy()
    _retype(part, f"xnat:{modality.lower()}SessionData", scans)
    if part.document is not None:
        part.document.values["label"] = part.name
    archive.prearchive.save(part)
    names = {scan.text("ID") for scan in scans}
    for file in archive.prearchive.files(session):
        if file.scan in names:
            _hand_over(archive, part, file)
    return part


def _hand_over(archive: Archive, part: PrearchiveSession, file: PrearchiveFile) -> None:
    archive.prearchive.put_file(part, file.scan, file.resource, file.path, file.blob, file.facts)


def _columns(session: PrearchiveSession) -> dict[str, str | bool]:
    kept = ("subject", "tag", "status", "scan_date", "scan_time", "uploaded", "autoarchive", "source", "visit")
    more = ("protocol", "timezone", "prevent_anon", "prevent_auto_commit")
    return {name: getattr(session, name) for name in (*kept, *more)}


def _label(label: str, modality: str) -> str:
    """Return the label of one half: ``PETMR`` in it is replaced, otherwise the modality is appended."""
    if re.search("petmr", label, re.IGNORECASE) is None:
        return f"{label}_{modality}"
    return re.sub("petmr", lambda found: modality if found[0].isupper() else modality.lower(), label, flags=re.I)


def pet_label(label: str) -> str:
    """Return the label of a study with PET and MR that counts as PET: its last ``petmr`` becomes ``PET``."""
    found = list(re.finditer("petmr", label, re.IGNORECASE))
    return label if not found else f"{label[: found[-1].start()]}PET{label[found[-1].end() :]}"
