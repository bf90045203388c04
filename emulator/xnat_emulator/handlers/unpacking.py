"""Reading archives that clients send (rest-data 10.4.7)."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from ..errors import StatusError
from ..store.blobs import Blob, Blobs

TARS = (".tar", ".tar.gz", ".tgz")
_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What the readers of archives raise for damaged, encrypted and unknown ones."""


def is_archive(name: str, *, tars: bool = True) -> bool:
    """Tell by its name whether a file can be unpacked; not every site takes tar files."""
    return name.lower().endswith((".zip", *TARS) if tars else ".zip")


def unpack(name: str, stream: BinaryIO, blobs: Blobs) -> Iterator[tuple[str, Blob]]:
    """Store every file inside an archive and yield its path with its contents.

    Raises:
        StatusError: 400, the archive cannot be read, or a name inside leaves the resource.
    """
    try:
        for member, source in _members(name, stream):
            yield safe_path(member), blobs.add(source)
    except _UNREADABLE as error:
        raise StatusError(400, f"Cannot read the archive: {type(error).__name__}") from None


def _members(name: str, stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    return _tar_members(stream) if name.lower().endswith(TARS) else _zip_members(stream)


def _zip_members(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as source:
                    yield info.filename, cast("BinaryIO", source)


def _tar_members(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is not None:
                yield info.name, cast("BinaryIO", source)


def safe_path(name: str) -> str:
    """Return a path below a resource.

    Raises:
        StatusError: 400, it leaves the resource, names no file, or holds what no catalog can.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    if not parts or ".." in parts:
        raise StatusError(400, "A file name must stay inside its resource")
    if any(sign < " " for sign in name):
        raise StatusError(400, "A file name must not hold control characters")
    return "/".join(parts)
