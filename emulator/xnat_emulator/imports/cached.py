"""Uploads that wait in the user's cache: ``src=/user/cache/resources/X/files/f`` (rest-data 13.1)."""

from __future__ import annotations

from typing import BinaryIO, cast
from urllib.parse import unquote

from ..call import Call
from ..errors import StatusError
from ..store.scratch import cache_of


def cached_file(call: Call, source: str) -> tuple[str, BinaryIO]:
    """Return name and contents of a file in the caller's cache; the caller closes them.

    Raises:
        StatusError: 400, the address is none of the cache; 404, there is no such file.
    """
    parts = [unquote(part) for part in source.split("/") if part]
    parts = parts[1:] if parts[:1] == ["data"] else parts
    if parts[:3] != ["user", "cache", "resources"] or parts[4:5] != ["files"] or len(parts) < 6:
        raise StatusError(400, "src uri is invalid.")
    archive = call.archive
    found = archive.scratch.file(cache_of(call.login), parts[3], "/".join(parts[5:]))
    if found is None:
        raise StatusError(404, "Unknown src file.")
    return found.name, cast("BinaryIO", archive.files.blobs.path(found.blob.name).open("rb"))
