"""Files inside zip files of a resource (rest-data 10.3.8)."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..call import Call, Reply
from ..errors import StatusError
from ..formats.archives import CHUNK
from ..formats.tables import Cell, Table
from ..store.files import FileRow
from .replies import attachment, table_reply
from .selection import Held

_EXTENSIONS = (".zip", ".jar", ".rar", ".ear", ".gar", ".mrb")
_UNREADABLE = (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError)
"""No such member, no zip file, an encrypted member, an unknown compression."""


@dataclass(frozen=True)
class Inner:
    """A path that leads into a zip file."""

    file: FileRow
    member: str


def find(call: Call, resources: list[Held]) -> Inner | None:
    """Return what ``a.zip!inner/file`` or ``a.zip/inner/file`` means, None when the path leads into no zip file."""
    for outer, member in _splits(call.tail):
        for one in resources:
            file = call.archive.files.get(one.resource.row, outer)
            if file is not None and outer.lower().endswith(_EXTENSIONS):
                return Inner(file, member)
    return None


def _splits(path: str) -> Iterator[tuple[str, str]]:
    outer, sign, member = path.partition("!")
    if sign:
        yield outer, member.lstrip("/")
    for position, mark in enumerate(path):
        if mark == "/":
            yield path[:position], path[position + 1 :]


def show(call: Call, inner: Inner) -> Reply:
    """Return one member of a zip file.

    Raises:
        StatusError: 404, it has no such member or is no zip file.
    """
    path = call.archive.files.blobs.path(inner.file.blob.name)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(inner.member):
            size = archive.getinfo(inner.member).file_size
    except _UNREADABLE:
        raise StatusError(404, "Unable to find matching file.") from None
    name = attachment(inner.member.rpartition("/")[2])
    headers = [("Content-Length", str(size)), ("Content-Disposition", name)]
    return Reply(200, _member(path, inner.member), "application/octet-stream", headers)


def _member(path: Path, name: str) -> Generator[bytes]:
    with zipfile.ZipFile(path) as archive, closing(archive.open(name)) as source:
        while chunk := source.read(CHUNK):
            yield chunk


def contents(call: Call, file: FileRow) -> Reply:
    """Return the list of a zip file's members.

    Raises:
        StatusError: 400, the file is no zip file.
    """
    try:
        with zipfile.ZipFile(call.archive.files.blobs.path(file.blob.name)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise StatusError(400, "The file is no archive") from None
    rows: list[dict[str, Cell]] = [{"File Name": info.filename, "Size": info.file_size} for info in members]
    return table_reply(call, Table(("File Name", "Size"), rows))
