"""What there is to download of an object: the sources that `Download` takes, asked for no sooner than needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from ..archive_item import ArchiveObject
from ..bundles import scans_path
from ..documents import read_table
from ..errors import UnsafeNameError
from ..hierarchy import ExperimentObject, ProjectObject, SubjectObject
from ..imaging import ImageSessionObject, ReconstructionObject, ScanObject
from ..names import safe_parts
from ..objects import XnatObject
from ..paths import child
from ..resource_object import ResourceObject
from ..trees import SessionTree
from .layouts import Layout, Origin
from .plan import Source, scan_folder

_TREES: Final = {"project": Layout("{project}/{subject}/{tree}"), "subject": Layout("{subject}/{tree}")}
_EVERYTHING: Final = Layout("{project}/{subject}/{session}/{file}")
_EXPERIMENT: Final = re.compile(r"\A.*/experiments/[^/]+(?:/assessors/[^/]+)?")
_OF_SCANS: Final = frozenset({"scan", "type"})


def sources_of(item: XnatObject, scan_filter: str = "ALL", *, layout: Layout | None = None) -> tuple[Source, ...]:
    """Return the sources of an object's files; for a project or subject one for each imaging session, one request.

    Args:
        item: A project, subject, experiment, scan, assessor, reconstruction or resource.
        scan_filter: Which scans of an imaging session: ``ALL``, or IDs and types joined by commas.
        layout: How its files are arranged, None for the server's tree; below the folders of a project's or subject's
            sessions then.
    """
    if isinstance(item, SessionTree):
        return _of_tree(item, layout)
    path = scans_path(scan_filter) if isinstance(item, ImageSessionObject) else "/files"
    return (_of_item(item, path, layout),)


def source_at(item: XnatObject, files: str) -> Source:
    """Return the source of a collection of an item's files.

    Args:
        item: What its files belong to.
        files: Path of the collection, encoded.
    """
    return _of_item(item, files.removeprefix(item.__xnat_base__()), None)


def _of_item(item: XnatObject, path: str, layout: Layout | None) -> Source:
    base = item.__xnat_base__()
    types = cache(lambda: _types(item))
    experiment = _EXPERIMENT.match(base)
    return Source(
        base + path, "", experiment[0] if experiment else "", lambda: _folders(types()), _holder(item),
        label=cache(lambda: _top(item)), origin=lambda: _origin(item, _EVERYTHING),
        name_of=(lambda: layout.name_of(_origin(item, layout))) if layout and not layout.is_tree else None,
        types=types,
    )  # fmt: skip


def _of_tree(owner: SessionTree, layout: Layout | None) -> tuple[Source, ...]:
    kind = "project" if isinstance(owner, ProjectObject) else "subject"
    used = layout or _TREES[kind]
    uri = f"{owner.__xnat_base__()}/experiments"
    columns = "ID,label,project,subject_ID,subject_label"
    query = {"format": "json", "xsiType": "xnat:imageSessionData", "columns": columns}
    # With a layout of one's own, the field is the ID; the tree begins with the project's name, as xnatpy's does.
    top = _project_folder(owner) if kind == "project" and layout is None else ""
    return tuple(_of_row(owner, row, used, top) for row in read_table(owner.session.get_json(uri, query), uri))


def _of_row(owner: SessionTree, row: Mapping[str, object], layout: Layout, top: str) -> Source:
    uri = child("/data/experiments", str(row["ID"]))
    label = str(row.get("label") or row["ID"])
    subject = str(row.get("subject_label") or row.get("subject_ID") or "")
    types = cache(lambda: _table_of(owner, uri))

    def origin() -> Origin:
        found = types() if layout.fields & _OF_SCANS else dict[str, str]()
        return Origin(top or str(row.get("project") or ""), _folder(subject), label, found)

    return Source(
        f"{uri}/scans/ALL/files", label, uri, lambda: _folders(types()),
        name_of=None if layout.is_tree else lambda: layout.name_of(origin()),
        origin=lambda: Origin(str(row.get("project") or ""), subject, label), types=types,
    )  # fmt: skip


def _holder(item: XnatObject) -> str:
    """Return the data type of what holds the resources; that of scans is in the table of the scans alone."""
    if isinstance(item, ImageSessionObject):
        return ""
    if not isinstance(item, ResourceObject):
        return item.xsi_type
    # Nothing is asked for this: a manifest that is written learns it with the other items.
    listing = item.__xnat_listing__
    above: object = item.__xnat_parent__ or (listing.owner if listing is not None else None)
    return above.xsi_type if isinstance(above, XnatObject) else ""


def _types(item: XnatObject) -> Mapping[str, str]:
    """Return the types of the scans that files of the item may belong to, by their IDs."""
    if isinstance(item, ImageSessionObject):
        return _table_of(item, item.__xnat_base__())
    scan = _above(item, ScanObject) if "/scans/" in item.__xnat_base__() else None
    if scan is not None:
        return {str(scan.__xnat_value__("ID")): str(scan.__xnat_value__("type") or "")}
    return {}


def _table_of(item: XnatObject, session: str) -> Mapping[str, str]:
    uri = f"{session}/scans"
    return {str(row["ID"]): str(row.get("type") or "") for row in read_table(item.session.get_json(uri), uri)}


def _folders(types: Mapping[str, str]) -> Mapping[str, str]:
    return {identity: scan_folder(identity, kind) for identity, kind in types.items()}


def _origin(item: XnatObject, layout: Layout) -> Origin:
    """Return where the files come from, as far as the layout uses it."""
    fields = layout.fields
    session = _above(item, ExperimentObject)
    subject = _above(item, SubjectObject) if "subject" in fields else None
    project = ""
    if "project" in fields:
        above = session or _above(item, SubjectObject) or _above(item, ProjectObject)
        project = str(above.__xnat_value__("ID" if isinstance(above, ProjectObject) else "project")) if above else ""
    return Origin(
        project,
        str(subject.__xnat_value__("label")) if subject is not None else "",
        str(session.__xnat_value__("label")) if session is not None and "session" in fields else "",
        _types(item) if fields & _OF_SCANS else {},
    )


def _above(item: XnatObject, kind: type[ArchiveObject]) -> ArchiveObject | None:
    """Return the item, or the nearest above it, that is of a class."""
    found: object = item
    while isinstance(found, XnatObject):
        if isinstance(found, kind):
            return found
        found = _parent(found)
    return None


def _parent(item: XnatObject) -> object:
    # Generated classes declare what it is.
    found: object = getattr(item, "parent", None)
    return found


def _top(item: XnatObject) -> str:
    """Return the folder that the server's archives of an item begin with (rest-data 10.6)."""
    if isinstance(item, ReconstructionObject):
        return f"{_top(cast('XnatObject', _parent(item)))}/reconstructions/{item.__xnat_value__('ID')}"
    if isinstance(item, ProjectObject):
        return str(item.__xnat_value__("ID"))
    if isinstance(item, ExperimentObject | SubjectObject):
        return str(item.__xnat_value__("label"))
    above = _parent(item)
    return _top(above) if isinstance(above, XnatObject) else ""


def _project_folder(owner: ArchiveObject) -> str:
    """Return the folder of a project: its name, its ID when the name is no name of a folder."""
    identity, name = (str(owner.__xnat_value__(path) or "") for path in ("ID", "name"))
    try:
        return _folder(name)
    except UnsafeNameError:
        return _folder(identity)


def _folder(name: str) -> str:
    if "/" in name:
        msg = f"The server sent a label that is no name of a folder: {name!r}."
        raise UnsafeNameError(msg, name=name)
    return safe_parts(name)[0]
