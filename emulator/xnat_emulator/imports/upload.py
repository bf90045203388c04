"""The one file of an import request, and what is inside it (rest-data 13.1, dicom-import 87)."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from ..call import Call
from ..errors import StatusError
from .cached import cached_file
from .options import Parameters

_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What the readers of archives raise for damaged, encrypted and unknown ones."""
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
_ARCHIVES = {"zip": (".zip", ".xar", ".jar"), "tar": (".tar", ".tar.gz", ".tgz")}
_BLOCK = 512


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its name and its contents, which can be read from any place."""

    name: str
    stream: BinaryIO

    @property
    def kind(self) -> str:
        """``zip`` or ``tar`` by the name, else by the first bytes; empty for any other file."""
        lower = self.name.lower()
        named = next((kind for kind, ends in _ARCHIVES.items() if lower.endswith(ends)), "")
        return named or self._sniffed()

    def _sniffed(self) -> str:
        start = self.stream.read(_BLOCK)
        self.stream.seek(0)
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return "zip"
        return "tar" if start[257:262] == b"ustar" or start.startswith(b"\x1f\x8b") else ""


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
    if call.has_content and (parameters.on("inbody") or call.content_type not in _FORM_TYPES):
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
    source = _zip_members(upload.stream) if kind == "zip" else _tar_members(upload.stream)
    with closing(source):
        while (member := _next(source)) is not None:
            yield member


class _Guarded:
    """Reads a member; what is wrong with its archive shows as a refusal, wherever it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        try:
            return self._source.read(size)
        except _UNREADABLE as error:
            raise unreadable(error) from None


def _next(source: Generator[tuple[str, BinaryIO]]) -> tuple[str, BinaryIO] | None:
    try:
        return next(source, None)
    except _UNREADABLE as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> StatusError:
    """Return the refusal of a damaged archive."""
    return StatusError(400, f"Unable to read the archive: {type(error).__name__}")


def _zip_members(stream: BinaryIO) -> Generator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as source:
                    yield info.filename, cast("BinaryIO", _Guarded(source))


def _tar_members(stream: BinaryIO) -> Generator[tuple[str, BinaryIO]]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is not None:
                yield info.name, cast("BinaryIO", _Guarded(source))


def base_name(name: str) -> str:
    """Return the last part of a member's name, whatever the separators; never a folder's name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    safe = "".join("_" if sign < " " else sign for sign in last)
    return "_" if safe in {"", ".", ".."} else safe
