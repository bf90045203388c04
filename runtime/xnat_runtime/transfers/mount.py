"""A mounted archive: files of the server that are read from its own disk, where a container or a node has it.

``XNAT_DATA`` names the folder, as for xnatpy: the archive itself (``<project>/arc001/<session>/SCANS/...``), or what
XNAT's JupyterHub plugin shows (``projects/<project>/experiments/<session>/SCANS/...``). Nothing there is ever written.
A file is read there only when it has the size that the server's table tells; everything else travels as usual.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

import attrs

from ..credentials import HOST_NAMES
from ..errors import InvalidValueError, UnsafeNameError
from ..paths import same_origin, server
from ..transport import Request, Response, Send
from .origin import Origin
from .spelling import parts_of
from .units import FileUnit

VARIABLE: Final = "XNAT_DATA"
"""Variable of the environment that names the folder."""

_HUB: Final = "projects"
_LONGEST: Final = 255
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in place of a file would wait for a writer
)
_ARC: Final = re.compile(r"arc\d+\Z")
_IN_RESOURCE: Final = re.compile(r"(?P<above>/.*?)/resources/[^/]+/files/(?P<path>.+)\Z", re.S)
_LEVEL: Final = re.compile(
    r"/(?:experiments/[^/]+(?:/(?P<below>scans|assessors|reconstructions)/[^/]+(?:/(?:in|out))?)?"
    r"|(?P<subject>subjects)/[^/]+|(?P<project>projects)/[^/]+)\Z"
)


@attrs.frozen
class ArchivePlace:
    """A folder of the archive by what it belongs to; "" for the levels below it.

    Attributes:
        project: ID of the project that the item belongs to.
        subject: Label of the subject, for a subject itself.
        experiment: Label of the session or other experiment.
        assessor: Label of an assessor of the session.
        scan: ID of a scan of the session.
        resource: Label of the resource.
    """

    project: str
    subject: str = ""
    experiment: str = ""
    assessor: str = ""
    scan: str = ""
    resource: str = ""


@attrs.frozen
class Mount:
    """The folder of a mounted archive.

    Attributes:
        root: The folder.
        is_hub: Whether it is arranged as XNAT's JupyterHub plugin does, instead of as the archive.
    """

    root: Path
    is_hub: bool

    @classmethod
    def at(cls, folder: str | os.PathLike[str]) -> Mount:
        """Return the mount at a folder.

        Raises:
            InvalidValueError: There is no such folder.
        """
        root = Path(folder)
        if not root.is_dir():
            msg = f"There is no folder {root} to read a mounted archive from."
            raise InvalidValueError(msg)
        return cls(root, (root / _HUB).is_dir())

    def expected(self, place: ArchivePlace) -> Path:
        """Return the folder that a server keeps something in, whether or not it is there.

        Raises:
            UnsafeNameError: A name of the server is none of a folder.
        """
        folder = self._project(place)
        if place.experiment:
            found = self._experiments(place)
            folder = found[0] if found else folder / self._above_experiments / _name(place.experiment)
        own = "RESOURCES" if place.experiment else "resources"
        for above, name in (("subjects", place.subject), ("ASSESSORS", place.assessor), ("SCANS", place.scan)):
            if name:
                folder, own = folder / above / _name(name), ""
        return folder / own / _name(place.resource) if place.resource else folder

    def folder(self, place: ArchivePlace) -> Path | None:
        """Return a folder of the archive, None when it is not there or leads out of the mount."""
        try:
            found = self.expected(place)
            is_there = self._is_clear(place) and found.is_dir() and self._holds(found)
        except (OSError, UnsafeNameError):
            return None
        return found if is_there else None

    def file(self, place: ArchivePlace, path: str, size: int | None) -> Path | None:
        """Return a file of a resource, None when it is to be read from the server.

        Args:
            place: The resource.
            path: Path of the file below it.
            size: Bytes as the server's table tells; without them no file is taken for the right one.
        """
        try:
            found = self.expected(place).joinpath(*parts_of(path))
            stream = self.opened(found, size) if size is not None and self._is_clear(place) else None
        except (OSError, UnsafeNameError):
            return None
        if stream is None:
            return None
        stream.close()
        return found

    def has(self, origin: Origin) -> bool:
        """Return whether there is a folder of what files belong to: an experiment, else a subject, else a project."""
        if not origin.project:
            return False
        subject = "" if origin.session else origin.subject
        return self.folder(ArchivePlace(origin.project, subject, origin.session)) is not None

    def find(self, unit: FileUnit, origin: Origin) -> Path | None:
        """Return the file of a unit of a transfer, None when it is to be read from the server.

        Args:
            unit: The file; its address tells the level it belongs to.
            origin: Where it comes from: the project that the item belongs to, and the labels.
        """
        found = self._placed(unit, origin)
        return None if found is None else self.file(*found, unit.size)

    def expected_file(self, unit: FileUnit, origin: Origin) -> Path | None:
        """Return where the file of a unit is kept, there or not; None where its folder cannot be told.

        Args:
            unit: The file.
            origin: As for `find`.

        Raises:
            UnsafeNameError: A name of the server is none of a folder.
        """
        found = self._placed(unit, origin)
        return None if found is None else self.expected(found[0]).joinpath(*parts_of(found[1]))

    def _placed(self, unit: FileUnit, origin: Origin) -> tuple[ArchivePlace, str] | None:
        """Return the resource of a unit and its path there; None where its folder cannot be told."""
        found = _IN_RESOURCE.match(unit.uri)
        level = _LEVEL.search(found["above"]) if found else None
        if found is None or level is None or not origin.project or not unit.resource:
            return None
        place = _place(unit, origin, level)
        return None if place is None else (place, unquote(found["path"]))

    def opened(self, path: Path, size: int) -> BinaryIO | None:
        """Return a file of the mount, open for reading; None when it leads out of it or has another size.

        What is opened is what was looked at: a link that changes meanwhile opens nothing else.
        """
        try:
            real = path.resolve(strict=True)
            if not self._holds(real) or not stat.S_ISREG(real.stat().st_mode):
                return None
            handle = os.open(real, _FLAGS)
        except (OSError, ValueError):
            return None
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size != size:
            os.close(handle)
            return None
        return os.fdopen(handle, "rb")

    def _holds(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root.resolve())

    @property
    def _above_experiments(self) -> str:
        return "experiments" if self.is_hub else "arc001"

    def _project(self, place: ArchivePlace) -> Path:
        above = self.root / _HUB if self.is_hub else self.root
        return above / _name(place.project)

    def _experiments(self, place: ArchivePlace) -> list[Path]:
        """Return the folders that an experiment may be in: an archive has more than one part."""
        project, label = self._project(place), _name(place.experiment)
        if self.is_hub or not project.is_dir():
            return []
        arcs = sorted(entry.name for entry in os.scandir(project) if _ARC.match(entry.name))
        return [project / arc / label for arc in arcs if (project / arc / label).is_dir()]

    def _is_clear(self, place: ArchivePlace) -> bool:
        """Return whether there is one folder of an experiment only; nothing tells which of two the server means."""
        return not place.experiment or len(self._experiments(place)) <= 1


def mount_for(site: str) -> Mount | None:
    """Return the mounted archive of a server, as the environment tells; None without one.

    ``XNAT_DATA`` belongs to the server that ``XNATPY_HOST``, ``XNAT_HOST`` or ``XNAT_URL`` names, to any when none
    does. A folder that does not exist is warned of once.

    Args:
        site: The server's address.
    """
    folder = os.environ.get(VARIABLE)
    host = next((found for name in HOST_NAMES if (found := os.environ.get(name))), None)
    return _mounted(folder) if folder and (host is None or _is_same(host, site)) else None


def mounted_send(send: Send, mount: Mount | None, unit: FileUnit, origin: Origin) -> Send:
    """Return what answers the request for a unit of a transfer: see `from_disk`."""
    path = mount.find(unit, origin) if mount else None
    return send if mount is None or path is None or unit.size is None else from_disk(send, mount, path, unit.size)


def _name(name: str) -> str:
    """Return the name of one folder, once it is sure that it is one."""
    if parts_of(name) != (name,) or len(os.fsencode(name)) > _LONGEST:
        msg = f"The server sent a label that is no name of a folder: {name!r}."
        raise UnsafeNameError(msg, name=name)
    return name


def _place(unit: FileUnit, origin: Origin, level: re.Match[str]) -> ArchivePlace | None:
    """Return the resource of a unit; None where its folder cannot be told from its address."""
    if level["project"]:
        return ArchivePlace(origin.project, resource=unit.resource)
    if level["subject"]:
        return ArchivePlace(origin.project, origin.subject, resource=unit.resource) if origin.subject else None
    if not origin.session or level["below"] not in {None, "scans"} or (level["below"] and not unit.scan):
        return None
    return ArchivePlace(origin.project, experiment=origin.session, scan=unit.scan, resource=unit.resource)


def _is_same(host: str, site: str) -> bool:
    try:
        return same_origin(server(host), server(site))
    except InvalidValueError:
        return False


@lru_cache(16)
def _mounted(folder: str) -> Mount | None:
    try:
        return Mount.at(folder)
    except InvalidValueError:
        msg = f"{VARIABLE} names {folder}, which is no folder here; files are read from the server."
        warnings.warn(msg, stacklevel=3)
        return None


def from_disk(send: Send, mount: Mount, path: Path, size: int) -> Send:
    """Return what answers the first request with a file of the mount, and all others by the server.

    So a file that has the right size and other bytes after all is asked for again at the server.

    Args:
        send: Sends one request to the server.
        mount: The mount.
        path: The file there.
        size: Its bytes by the server's table.
    """
    turn = iter((True,))

    def answer(request: Request, *, stream: bool = False) -> Response:
        local = mount.opened(path, size) if next(turn, False) else None
        if local is None:
            return send(request, stream=stream)
        headers = {"Content-Length": str(size), "Content-Disposition": "attachment"}
        return Response(method=request.method, url=request.path, status=200, headers=headers, body=local)

    return answer
