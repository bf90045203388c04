"""The folder of a server's archive compared with what the server says is in it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..errors import InvalidValueError, ResponseError, UnsafeNameError
from ..hierarchy import ExperimentObject, ProjectObject
from ..imaging import ImageSessionObject
from ..paths import child
from .digest import md5_of
from .events import Advanced, Events, Finished, Observer, Started
from .mirror_sources import sources_of_item
from .mirror_tables import MirrorItem, inventory_of
from .mount import ArchivePlace, Mount
from .origin import Origin
from .plan import Listed, Source, listed, unit_of
from .units import FileUnit

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession

Finding: TypeAlias = Literal[
    "valid", "missing_path", "missing_object", "hash_mismatch", "no_catalog_xml", "multiple_catalog_xml", "not_checked"
]
"""What was found, in xnatpy's words; ``not_checked`` is a file whose folder its address does not tell."""

_CATALOG: Final = "_catalog.xml"
_NO_FILES: Final = frozenset({204, 404})
_TOPS: Final = frozenset({"SCANS", "RESOURCES", "resources"})


@attrs.frozen
class ArchiveFinding:
    """One file of the archive, or one resource.

    Attributes:
        finding: What was found.
        path: The file or folder.
        uri: Its path on the server, "" for a file that the server does not know.
        reason: In a few words.
    """

    finding: Finding
    path: str
    uri: str
    reason: str


def check_archive(
    session: BaseSession, item: XnatObject, folder: Path, *, observer: Observer | None = None
) -> Generator[ArchiveFinding, None, None]:
    """Yield what is found in a folder of the archive of a project or experiment, the good with the bad.

    Every file that the server lists must be there with the size and MD5 that it tells, every file of a resource must
    be listed, and each resource has one catalog. Nothing is changed. A project takes seven requests and those of its
    sessions, a session four and two for each assessor.

    Args:
        session: The connection.
        item: A project or experiment.
        folder: The archive (``<project>/arc001/...``), or what XNAT's JupyterHub shows of it.
        observer: Told of the bytes that are read.

    Raises:
        InvalidValueError: There is no such folder, or it is another kind of item.
        ResponseError: The server refused.
    """
    mount, events = Mount.at(folder), Events(observer)
    project, items = _items(session, item)
    known: set[str] = set()
    catalogs: dict[str, int] = {}
    for each in items:
        for source in sources_of_item(session, each):
            for row in _rows(session, source):
                found = _checked(mount, unit_of(source, row, row.uri), _origin(project, each), events)
                known.add(found.path)
                if found.finding not in {"missing_path", "not_checked"}:
                    catalogs.setdefault(found.path.removesuffix(row.path.replace("/", os.sep)).rstrip(os.sep), 0)
                yield found
    yield from _beside(_tops(mount, project, item), known, catalogs)


def _items(session: BaseSession, item: XnatObject) -> tuple[str, Sequence[MirrorItem]]:
    if isinstance(item, ProjectObject):
        project = str(item.__xnat_value__("ID"))
        return project, inventory_of(session, project).items
    if not isinstance(item, ExperimentObject):
        msg = "an archive is compared with a project, a session or another experiment"
        raise InvalidValueError(msg)
    identity, label = str(item.__xnat_value__("ID")), str(item.__xnat_value__("label"))
    uri = child("/data/experiments", identity)
    is_session = isinstance(item, ImageSessionObject)
    found = MirrorItem(f"experiment {identity}", label, uri, (label,), is_session, "")
    return str(item.__xnat_value__("project")), [found]


def _origin(project: str, item: MirrorItem) -> Origin:
    kind = item.key.partition(" ")[0]
    return Origin(
        project, item.label if kind == "subject" else "", item.label if kind == "experiment" else ""
    )  # fmt: skip


def _rows(session: BaseSession, source: Source) -> list[Listed]:
    try:
        return listed(session.get_json(source.files), source.files)
    except ResponseError as error:
        if error.status in _NO_FILES:
            return []
        raise


def _checked(mount: Mount, unit: FileUnit, origin: Origin, events: Events) -> ArchiveFinding:
    try:
        path = mount.expected_file(unit, origin)
    except UnsafeNameError:
        path = None
    if path is None:
        return ArchiveFinding("not_checked", "", unit.uri, "its address does not tell where the archive keeps it")
    place = os.fspath(path)
    events(Started(unit.uri, unit.size))
    finding, reason = _compared(path, unit)
    events(Advanced(unit.uri, unit.size or 0))
    events(Finished(unit.uri, "skipped" if finding == "valid" else "failed", reason))
    return ArchiveFinding(finding, place, unit.uri, reason)


def _compared(path: Path, unit: FileUnit) -> tuple[Finding, str]:
    try:
        size = path.stat().st_size
        if unit.size not in {None, size}:
            return "hash_mismatch", f"{size:,} bytes, the server says {unit.size:,}"
        digest = md5_of(path) if unit.md5 else None
    except OSError as error:
        return "missing_path", f"it cannot be read: {error.strerror}" if path.exists() else "there is no such file"
    if digest != unit.md5:
        return "hash_mismatch", f"MD5 {digest}, the server says {unit.md5}"
    return "valid", "same MD5" if digest else "same size" if unit.size is not None else "it is there"


def _tops(mount: Mount, project: str, item: XnatObject) -> Path:
    label = "" if isinstance(item, ProjectObject) else str(item.__xnat_value__("label"))
    return mount.expected(ArchivePlace(project, experiment=label))


def _beside(top: Path, known: set[str], catalogs: dict[str, int]) -> Iterable[ArchiveFinding]:
    """Yield the files of resources that the server does not list, and resources without exactly one catalog.

    Args:
        top: Folder of the project or experiment.
        known: Files that the server lists.
        catalogs: Number of catalogs of each folder of a resource; those that are found are added.
    """
    for folder, _, names in os.walk(top):
        in_resource = bool(_TOPS & set(Path(folder).relative_to(top).parts))
        for name in sorted(names) if in_resource else ():
            path = os.path.join(folder, name)  # noqa: PTH118 - thousands of paths
            if name.endswith(_CATALOG):
                catalogs[folder] = catalogs.get(folder, 0) + 1
            elif path not in known:
                yield ArchiveFinding("missing_object", path, "", "the server does not list it")
    for folder, count in sorted(catalogs.items()):
        if count != 1:
            finding: Finding = "multiple_catalog_xml" if count else "no_catalog_xml"
            yield ArchiveFinding(finding, folder, "", f"{count} catalogs")
