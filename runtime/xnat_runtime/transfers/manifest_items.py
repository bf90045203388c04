"""What a manifest tells of the items that files belong to, as far as it is known without asking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..documents import read_table
from ..hierarchy import ExperimentObject
from ..imaging import ScanObject
from ..objects import XnatObject
from ..paths import child, join
from ..trees import SessionTree
from .carried import known_row
from .manifest import Json, Manifest, ManifestItem, read_manifest

_OWN: Final = frozenset({"URI", "xsiType", "element_name"})


def items_of(experiment: ExperimentObject, scans: Iterable[XnatObject] = ()) -> tuple[ManifestItem, ...]:
    """Return the entries of an experiment, of what it lies in and of its scans; nothing is asked.

    Args:
        experiment: The experiment.
        scans: Its scans, those of a listing that was read anyway.

    They hold what listings told; of a document that was loaded only names and IDs, since it may describe a patient.
    """
    above = list(_above(experiment))
    entries = [_entry(item, above[at + 1].uri if at + 1 < len(above) else "") for at, item in enumerate(above)]
    return (*entries, *(_entry(scan, experiment.uri) for scan in scans))


def _above(item: object) -> Iterator[XnatObject]:
    """Yield an item and those that it was reached through, as long as they are known."""
    while isinstance(item, XnatObject):
        yield item
        listing = item.__xnat_listing__
        item = item.__xnat_parent__ or (None if listing is None else listing.owner)


def _entry(item: XnatObject, parent: str) -> ManifestItem:
    return ManifestItem(item.uri, item.xsi_type, parent, _told(known_row(item)))


def describe(folder: Path, item: XnatObject) -> None:
    """Add to the manifest of a folder what the items are that its files belong to, so that it can be read offline.

    One request for the subject, and one for the scans of each imaging session, where they are not known yet.

    Args:
        folder: A folder with a manifest.
        item: What was downloaded into it.
    """
    manifest = read_manifest(folder)
    newer = Manifest(manifest.server, manifest.date, manifest.layout, items=tuple(_entries_of(item)))
    manifest.joined(newer).write(folder)


def _entries_of(item: XnatObject) -> Iterator[ManifestItem]:
    if isinstance(item, SessionTree):
        yield from _of_tree(item)
        return
    above = item if isinstance(item, ExperimentObject) else _parent(item)
    if isinstance(above, ExperimentObject):
        _parent(above)  # takes note of the subject
        yield from items_of(above, _scans(above, item))


def _of_tree(owner: SessionTree) -> Iterator[ManifestItem]:
    uri = f"{owner.__xnat_base__()}/experiments"
    columns = "ID,label,project,date,xsiType,subject_ID,subject_label"
    query = {"format": "json", "xsiType": "xnat:imageSessionData", "columns": columns}
    for row in read_table(owner.session.get_json(uri, query), uri):
        project, subject = (str(row.get(name) or "") for name in ("project", "subject_ID"))
        above = join("data", "projects", project, "subjects", subject) if project and subject else ""
        if above:
            told: dict[str, Json] = {"ID": subject, "label": str(row.get("subject_label") or ""), "project": project}
            yield ManifestItem(above, "xnat:subjectData", join("data", "projects", project), told)
        session = child("/data/experiments", str(row["ID"]))
        yield ManifestItem(session, str(row.get("xsiType") or ""), above, _told(row))
        scans = f"{session}/scans"
        for scan in read_table(owner.session.get_json(scans), scans):
            address = child(scans, str(scan["ID"]))
            yield ManifestItem(address, str(scan.get("xsiType") or ""), session, _told(scan))


def _scans(session: ExperimentObject, item: XnatObject) -> Iterable[XnatObject]:
    if item is not session:
        return [item] if isinstance(item, ScanObject) else []
    # Generated classes declare it; experiments that are no imaging sessions have none.
    found: Iterable[XnatObject] = getattr(session, "scans", ())
    return found


def _parent(item: XnatObject) -> object:
    # Generated classes declare what it is.
    found: object = getattr(item, "parent", None)
    return found


def _told(row: Mapping[str, object]) -> dict[str, Json]:
    return {
        path: value
        for path, value in row.items()
        if isinstance(value, str | int | float | bool) and value != "" and path not in _OWN
    }
