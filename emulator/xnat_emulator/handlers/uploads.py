"""Receiving files: in the body or as multipart, one by one or as an archive to unpack (rest-data 10.4)."""

from __future__ import annotations

import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from ..call import Call, FilePart, Reply, as_number, escape_entities, text_reply
from ..errors import StatusError
from ..store.blobs import Blob, Blobs
from ..store.change import Change
from ..store.files import FileFacts
from ..store.items import Item
from .resources import create_resource, find_resource
from .selection import chosen_resources, places

_IN_BODY_TYPES = frozenset(
    {"text/plain", "text/xml", "text/csv", "application/dicom", "application/zip", "application/pdf"}
    | {"application/xar", "application/x-gtar", "application/gzip", "application/x-gzip", "application/octet-stream"}
    | {"application/x-tar", "application/tar", "application/msword", "application/excel", "application/powerpoint"}
    | {"application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
)
_IN_BODY_FAMILIES = ("image/", "video/", "application/vnd.openxmlformats")
_EXTENSIONS = {"text/plain": "txt", "text/xml": "xml", "text/csv": "csv", "application/zip": "zip"}
_TARS = (".tar", ".tar.gz", ".tgz")
_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What the readers of archives raise for damaged, encrypted and unknown ones."""


@dataclass(frozen=True)
class _Staged:
    """Contents that are stored already, and where they belong."""

    path: str
    blob: Blob


def put_files(call: Call) -> Reply:
    """``PUT|POST .../files[/path]``: 200, with the list of files that were there already when there were any."""
    if call.parameter("reference") is not None:
        raise StatusError(501, "The emulator does not serve files by reference")
    parts = _parts(call)
    places(call)
    staged: list[_Staged] = []
    try:
        _stage(call, parts, staged)
        with call.archive.transaction():
            duplicates = _enter(call, staged)
    except BaseException:
        for one in staged:
            call.archive.files.blobs.remove(one.blob.name)
        raise
    if duplicates:
        return text_reply(json.dumps({"duplicates": duplicates}, separators=(",", ":")), media_type="text/html")
    return text_reply("")


def _stage(call: Call, parts: list[FilePart], staged: list[_Staged]) -> None:
    """Store the contents of every part, unpacked when that is asked; nobody sees them yet."""
    blobs = call.archive.files.blobs
    for part in parts:
        if _flag(call, "extract") and _is_archive(part.name):
            _unpack(part, blobs, staged)
        else:
            staged.append(_Staged(_target(call, part), blobs.add(part.stream)))


def _unpack(part: FilePart, blobs: Blobs, staged: list[_Staged]) -> None:
    """Store every file inside an archive.

    Raises:
        StatusError: 400, the archive cannot be read, or a name inside leaves the resource.
    """
    try:
        for name, source in _members(part):
            staged.append(_Staged(safe_path(name), blobs.add(source)))
    except _UNREADABLE as error:
        raise StatusError(400, f"Cannot read the archive: {type(error).__name__}") from None


def _target(call: Call, part: FilePart) -> str:
    """Return where a part goes: the path of the URL, a folder when it ends in a slash, else the part's own name."""
    if call.remainder and call.path.endswith("/"):
        return safe_path(f"{call.tail}/{part.name}")
    return safe_path(call.tail if call.remainder else part.name)


def _enter(call: Call, staged: list[_Staged]) -> list[str]:
    """Enter stored contents into the resource; return the files that were there and may not be overwritten."""
    change = call.change()
    resource = _resource(call, change)
    files, facts, overwrite = call.archive.files, _facts(call), _flag(call, "overwrite")
    duplicates: list[str] = []
    for one in staged:
        if not overwrite and files.get(resource.row, one.path) is not None:
            duplicates.append(one.path)
            call.archive.forget(one.blob)
        else:
            files.put(resource.row, one.path, one.blob, facts, change)
    if (_parameter(call, "update-stats") or "").lower() != "false":
        call.archive.count_files(resource, change)
    return duplicates


def _parameter(call: Call, name: str) -> str | None:
    """Return a parameter of the query or of the multipart form."""
    found = call.parameter(name)
    if found is not None:
        return found
    return next((escape_entities(value) for key, value in call.form if key == name), None)


def _flag(call: Call, name: str) -> bool:
    value = _parameter(call, name)
    return value is not None and value.lower() not in {"false", "0"}


def _facts(call: Call) -> FileFacts:
    tags = tuple(tag.strip() for tag in (_parameter(call, "tags") or "").split(",") if tag.strip())
    form, content, description = (_parameter(call, name) or "" for name in ("format", "content", "description"))
    return FileFacts(form, content, description, tags)


def _parts(call: Call) -> list[FilePart]:
    """Return the files of the request.

    Raises:
        StatusError: 400, the body is neither multipart nor of a type that is taken as a file; 500, its length is not
            known (rest-data 10.4.2).
    """
    if call.content_type == "multipart/form-data":
        if _flag(call, "inbody") or any(name == "reference" for name, _ in call.form):
            raise StatusError(400)
        if not call.parts:
            raise StatusError(400, "The multipart form holds no file")
        return list(call.parts)
    if not (call.flag("inbody") or _is_file_type(call.content_type)):
        raise StatusError(400, "Send a multipart form, or set inbody=true to send a file as the body")
    if not call.has_content and call.content_type != "application/zip":
        raise StatusError(500, "The length of the body is not known")
    name = call.remainder[-1] if call.remainder else f"upload.{_EXTENSIONS.get(call.content_type, 'bin')}"
    return [FilePart(name, call.body)]


def _is_file_type(content_type: str) -> bool:
    return content_type in _IN_BODY_TYPES or content_type.startswith(_IN_BODY_FAMILIES)


def _resource(call: Call, change: Change) -> Item:
    """Return the resource of the URL; a missing one is made, with the label of the URL (rest-data 10.4.4)."""
    place = places(call)[0]
    label = call.segment("RESOURCE_ID")
    if label is None:
        return create_resource(call, place, "", change)
    found = find_resource(call, place, label)
    return found or _foreign(call, label) or create_resource(call, place, label, change)


def _foreign(call: Call, label: str) -> Item | None:
    """Return a resource of another object that a numeric id means."""
    if as_number(label) is None:
        return None
    with suppress(StatusError):
        return chosen_resources(call)[0].resource
    return None


def _is_archive(name: str) -> bool:
    return name.lower().endswith((".zip", *_TARS))


def _members(part: FilePart) -> Iterator[tuple[str, BinaryIO]]:
    """Yield name and contents of every file inside an archive."""
    is_tar = part.name.lower().endswith(_TARS)
    return _tar_members(part.stream) if is_tar else _zip_members(part.stream)


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
