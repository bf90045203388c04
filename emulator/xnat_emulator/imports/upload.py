"""The one file of an import request, and what is inside it (rest-data 13.1, dicom-import 87)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..call import Call
from ..errors import StatusError
from ..formats import unpacking
from ..formats.unpacking import Kind
from .cached import cached_file
from .options import Parameters

_FORM_TYPES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
_EXTENSIONS = {
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-tar": ".tar",
    "application/tar": ".tar",
    "application/x-gtar": ".tar.gz",
    "application/gzip": ".tar.gz",
    "application/x-gzip": ".tar.gz",
    "application/dicom": ".dcm",
    "application/xar": ".xar",
}
_ARCHIVES: dict[Kind, tuple[str, ...]] = {"zip": (".zip", ".xar", ".jar"), "tar": (".tar", ".tar.gz", ".tgz")}
_BLOCK = 512


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its name and its contents, which can be read from any place."""

    name: str
    stream: BinaryIO

    @property
    def kind(self) -> Kind | None:
        """``zip`` or ``tar`` by the name, else by the first bytes; None for any other file."""
        lower = self.name.lower()
        for kind, ends in _ARCHIVES.items():
            if lower.endswith(ends):
                return kind
        return self._sniffed()

    def _sniffed(self) -> Kind | None:
        start = self.stream.read(_BLOCK)
        self.stream.seek(0)
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return "zip"
        if start[257:262] == b"ustar" or start.startswith(b"\x1f\x8b"):
            return "tar"
        return None


def find_upload(call: Call, parameters: Parameters) -> Upload | None:
    """Return the file of a request: from the user's cache, from a multipart form or in the body; None without one.

    Raises:
        StatusError: 400, there are several, or ``src`` is none of the cache's addresses; 404, it is not there.
    """
    if source := parameters.get("src"):
        name, stream = cached_file(call, source)
        return Upload(name, stream)
    if len(call.parts) > 1:
        raise StatusError(400, "Importer is limited to one uploaded resource at a time.")
    if call.parts:
        return Upload(call.parts[0].name, call.parts[0].stream)
    # Of bodies of unknown length only zips are taken (rest-data 10.4).
    has_content = call.has_content or (call.length is None and call.content_type == "application/zip")
    if has_content and (parameters.on("inbody") or call.content_type not in _FORM_TYPES):
        return Upload(_name(call, parameters), call.body)
    return None


def _name(call: Call, parameters: Parameters) -> str:
    named = parameters.get("filename")
    return named or "upload" + _EXTENSIONS.get(call.content_type, "")


def members(upload: Upload) -> Iterator[tuple[str, BinaryIO]]:
    """Yield name and contents of every file inside an upload, one after the other; a single file is its own member.

    Raises:
        StatusError: 400, the archive cannot be read.
    """
    upload.stream.seek(0)
    kind = upload.kind
    if not kind:
        yield upload.name, upload.stream
        return
    yield from unpacking.members(kind, upload.stream)


def base_name(name: str) -> str:
    """Return the last part of a member's name, whatever the separators; never a folder's name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    safe = "".join("_" if sign < " " else sign for sign in last)
    return "_" if safe in {"", ".", ".."} else safe
