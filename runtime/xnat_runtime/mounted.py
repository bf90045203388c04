"""Where an item's files are in a mounted archive (``XNAT_DATA``), as xnatpy's programs ask for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import attrs

from .archive_item import ArchiveObject
from .hierarchy import ExperimentObject, ProjectObject, SubjectObject
from .imaging import AssessorObject, ScanObject
from .objects import XnatObject
from .resource_object import ResourceObject
from .transfers.mount import ArchivePlace, Mount, mount_for

if TYPE_CHECKING:
    from .files import FileData

_IN_SCAN: Final = re.compile(r"/experiments/[^/]+/scans/(?P<scan>[^/]+)/resources/")
_LEVELS: Final = re.compile(r"/(projects|subjects|experiments|scans|assessors|reconstructions)/")
_AT_THE_SIDE: Final = "/in/resources/"


def expected_folder(item: ArchiveObject) -> Path | None:
    """Return the folder of the mount that holds an item's files, there or not; None without a mount.

    Reading labels that the item's row does not hold costs a request.

    Raises:
        UnsafeNameError: A label is no name of a folder.
    """
    mount = mount_for(item.session.server)
    place = place_of(item) if mount else None
    return mount.expected(place) if mount and place else None


def folder(item: ArchiveObject) -> Path | None:
    """Return the folder of the mount that holds an item's files, None when it is not there."""
    mount = mount_for(item.session.server)
    place = place_of(item) if mount else None
    return mount.folder(place) if mount and place else None


def path_of(file: FileData) -> Path | None:
    """Return a file in the mount, once it has the size that the server's table tells; None when it has to travel."""
    mount = mount_for(file.session.server)
    place = _place_of_file(file) if mount else None
    return mount.file(place, file.path, file.__xnat_known_size__()) if mount and place else None


def expected_path_of(file: FileData) -> Path | None:
    """Return where a file would be in the mount; None without a mount, or when its folder cannot be told."""
    mount = mount_for(file.session.server)
    place = _place_of_file(file) if mount else None
    return mount.expected(place).joinpath(*file.path.split("/")) if mount and place else None


def opener_of(file: FileData) -> tuple[Mount, Path] | None:
    """Return the mount and the file in it, for `Mount.opened`; None when it has to travel."""
    mount = mount_for(file.session.server)
    path = path_of(file) if mount else None
    return (mount, path) if mount and path else None


def place_of(item: object) -> ArchivePlace | None:
    """Return the place of an item in an archive, None for kinds whose folders are not known."""
    if isinstance(item, ProjectObject):
        return ArchivePlace(_text(item, "ID"))
    if isinstance(item, SubjectObject):
        return ArchivePlace(_text(item, "project"), subject=_text(item, "label"))
    if isinstance(item, AssessorObject | ScanObject | ResourceObject):
        above = place_of(_parent(item))
        return above and _below(above, item)
    return (
        ArchivePlace(_text(item, "project"), experiment=_text(item, "label"))
        if isinstance(item, ExperimentObject)
        else None
    )


def _below(above: ArchivePlace, item: AssessorObject | ScanObject | ResourceObject) -> ArchivePlace | None:
    if isinstance(item, AssessorObject):
        return attrs.evolve(above, assessor=_text(item, "label"))
    if isinstance(item, ScanObject):
        return attrs.evolve(above, scan=_text(item, "ID"))
    # What goes into an assessor and what comes out of it have one folder in common, or not: nothing tells.
    label = "" if _AT_THE_SIDE in item.uri else _text(item, "label")
    return attrs.evolve(above, resource=label) if label else None


def _place_of_file(file: FileData) -> ArchivePlace | None:
    """Return the resource of a file, from what it was listed by and its address: no request for each file."""
    above = _parent(file)
    place = place_of(above)
    if place is None or isinstance(above, ResourceObject):
        return place
    label, uri = file.collection, file.uri
    if place.experiment and not place.assessor and (in_scan := _IN_SCAN.search(uri)):
        place = attrs.evolve(place, scan=unquote(in_scan["scan"]))
    elif not isinstance(above, XnatObject) or _levels(uri) != _levels(f"{above.uri}/resources/"):
        return None
    return attrs.evolve(place, resource=label) if label and _AT_THE_SIDE not in uri else None


def _levels(uri: str) -> tuple[str, ...]:
    """Return the kinds of items that an address goes through below the last experiment, subject or project."""
    above = uri.partition("/resources/")[0]
    found = _LEVELS.findall(above)
    return tuple(found[-2:] if found[-1:] in (["assessors"], ["scans"]) else found[-1:])


def _parent(item: XnatObject) -> object:
    # Generated classes declare it with the type that it has there.
    found: object = getattr(item, "parent", None)
    return found


def _text(item: XnatObject, path: str) -> str:
    return str(item.__xnat_value__(path) or "")
