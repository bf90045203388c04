"""Storing what is inside the archives of uploads (rest-data 10.4.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ..formats.unpacking import kind_of, members, safe_path
from ..store.blobs import Blob, Blobs


def unpack(name: str, stream: BinaryIO, blobs: Blobs) -> Iterator[tuple[str, Blob]]:
    """Store every file inside an archive and yield its path with its contents.

    Raises:
        StatusError: 400, the archive cannot be read, or a name inside leaves the resource.
    """
    for member, source in members(kind_of(name), stream):
        yield safe_path(member), blobs.add(source)
