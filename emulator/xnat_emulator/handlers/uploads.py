"""Receiving files: in the body or as multipart, one by one or as an archive to unpack (rest-data 10.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..call import Call, FilePart, Reply, as_number, escape_entities, is_off, text_reply
from ..errors import StatusError
from ..formats.unpacking import is_archive, safe_path
from ..permissions import may
from ..store import serverside
from ..store.blobs import Blob
from ..store.change import Change
from ..store.files import FileFacts
from ..store.items import Item
from ..store.node import JsonValue
from ..store.patch import Patch
from .resources import create_resource, find_resource
from .selection import Place, chosen_resources, places
from .unpacking import unpack

_IN_BODY_TYPES = frozenset(
    {"text/plain", "text/xml", "text/csv", "application/dicom", "application/zip", "application/pdf"}
    | {"application/xar", "application/x-gtar", "application/gzip", "application/x-gzip", "application/octet-stream"}
    | {"application/x-tar", "application/tar", "application/msword", "application/excel", "application/powerpoint"}
    | {"application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
)
_IN_BODY_FAMILIES = ("image/", "video/", "application/vnd.openxmlformats")
_EXTENSIONS = {"text/plain": "txt", "text/xml": "xml", "text/csv": "csv", "application/zip": "zip"}


@dataclass(frozen=True)
class Staged:
    """Contents that are stored already, and where they belong."""

    path: str
    blob: Blob


def put_files(call: Call) -> Reply:
    """``PUT|POST .../files[/path]``: 200, with the list of files that were there already when there were any.

    Without the right to edit nothing happens, and the answer is the same (rest-data 10.4.11).
    """
    place = places(call)[0]
    if not may(call, "edit", place.owner):
        return text_reply("")
    if reference := call.parameter("reference"):
        return _take_reference(call, place, reference)
    duplicates, _ = _receive(call, place, _parts(call))
    return _answer(duplicates)


def _answer(duplicates: Sequence[str]) -> Reply:
    return _json_page({"duplicates": list(duplicates)}) if duplicates else text_reply("")


def _json_page(value: JsonValue) -> Reply:
    """Return JSON that says it is HTML, as the server sends it (rest-data 10.4.5)."""
    return text_reply(json.dumps(value, separators=(",", ":")), media_type="text/html")


def _receive(call: Call, place: Place, parts: Iterable[FilePart], *, below: bool = False) -> tuple[list[str], Change]:
    """Store files, then enter all of them at once: nobody sees a part of an upload."""
    staged: list[Staged] = []
    try:
        _stage(call, parts, staged, below=below)
        with call.archive.transaction():
            change = call.change(place.owner.xsi_type)
            duplicates = enter(call, place, staged, change)
            for one in duplicates:
                call.archive.forget(one.blob)
            return [one.path for one in duplicates], change
    except BaseException:
        for one in staged:
            call.archive.files.blobs.remove(one.blob.name)
        raise


def _stage(call: Call, parts: Iterable[FilePart], staged: list[Staged], *, below: bool) -> None:
    """Store the contents of every part, unpacked when that is asked."""
    blobs, tars = call.archive.files.blobs, call.site.mode.version != "1.7"
    for part in parts:
        if flag(call, "extract") and is_archive(part.name, tars=tars):
            for path, blob in unpack(part.name, part.stream, blobs):
                staged.append(Staged(path, blob))
        else:
            staged.append(Staged(_target(call, part, below=below), blobs.add(part.stream)))


# --- files that lie on the server already ---


def _take_reference(call: Call, place: Place, reference: str) -> Reply:
    """Enter files of the server's own disk (rest-data 10.4.10); ``async=true`` answers with a workflow id.

    Raises:
        StatusError: 400, there is no such file below the folder that requests may name.
    """
    found = serverside.locate(call.archive.folder, reference)
    if found is None:
        raise StatusError(400, f"Unable to find {reference} on the server")
    duplicates, change = _receive(call, place, _referenced(found), below=found.is_dir())
    if call.flag("delete"):
        for _, path in list(serverside.walk(found)):
            path.unlink(missing_ok=True)
    return _json_page({"workflowId": change.event}) if call.flag("async") else _answer(duplicates)


def _referenced(found: Path) -> Iterator[FilePart]:
    for name, path in serverside.walk(found):
        with path.open("rb") as stream:
            yield FilePart(name, stream)


def _target(call: Call, part: FilePart, *, below: bool) -> str:
    """Return where a part goes: the path of the URL, a folder when it ends in a slash, else the part's own name."""
    if call.remainder and (below or call.path.endswith("/")):
        return safe_path(f"{call.tail}/{part.name}")
    return safe_path(call.tail if call.remainder else part.name)


def enter(call: Call, place: Place, staged: Sequence[Staged], change: Change) -> list[Staged]:
    """Enter stored contents into the resource of the URL; it is made when it is missing (rest-data 10.4.4).

    Returns:
        What was not entered, because there is a file already that may not be overwritten.
    """
    resource = _resource(call, place, change)
    files, facts, overwrite = call.archive.files, _facts(call), flag(call, "overwrite")
    duplicates: list[Staged] = []
    for one in staged:
        if not overwrite and files.get(resource.row, one.path) is not None:
            duplicates.append(one)
        else:
            files.put(resource.row, one.path, one.blob, facts, change)
    if not is_off(parameter(call, "update-stats") or ""):
        call.archive.count_files(resource, change)
    return duplicates


def parameter(call: Call, name: str) -> str | None:
    """Return a parameter of the query or of the multipart form."""
    found = call.parameter(name)
    if found is not None:
        return found
    return next((escape_entities(value) for key, value in call.form if key == name), None)


def flag(call: Call, name: str) -> bool:
    """Tell whether a flag of the query or of the multipart form is on."""
    value = parameter(call, name)
    return value is not None and not is_off(value)


def _facts(call: Call) -> FileFacts:
    tags = tuple(tag.strip() for tag in (parameter(call, "tags") or "").split(",") if tag.strip())
    form, content, description = (parameter(call, name) or "" for name in ("format", "content", "description"))
    return FileFacts(form, content, description, tags)


def _parts(call: Call) -> list[FilePart]:
    """Return the files of the request.

    Raises:
        StatusError: 400, the body is neither multipart nor of a type that is taken as a file; 500, its length is not
            known (rest-data 10.4.2).
    """
    if call.content_type == "multipart/form-data":
        if flag(call, "inbody") or any(name == "reference" for name, _ in call.form):
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


def _resource(call: Call, place: Place, change: Change) -> Item:
    """Return the resource of the URL; a missing one is made, with the label of the URL (rest-data 10.4.4)."""
    label = call.segment("RESOURCE_ID")
    if label is None:
        return create_resource(call, place, "", change)
    found = find_resource(call, place, label) or _foreign(call, label)
    return create_resource(call, place, label, change) if found is None else _configured(call, found, change)


def _configured(call: Call, resource: Item, change: Change) -> Item:
    """Give a resource the format, content and description of the request where it has none (rest-data 10.4.9)."""
    said = {name: parameter(call, name) or "" for name in ("format", "content", "description")}
    missing = {name: value for name, value in said.items() if value and not resource.node.text(name)}
    return call.archive.update(resource, Patch(values=dict(missing)), change) if missing else resource


def _foreign(call: Call, label: str) -> Item | None:
    """Return a resource of another object that a numeric id means."""
    if as_number(label) is None:
        return None
    with suppress(StatusError):
        return chosen_resources(call)[0].resource
    return None
