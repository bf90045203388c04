"""Listing, sending and removing files (rest-data 10.3 and 10.5)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from ..call import Call, Reply, as_number, is_off, text_reply
from ..errors import StatusError
from ..formats import archives
from ..formats.tables import Cell, Table
from ..store.files import FileRow
from . import inner
from .download import NO_FILE, send
from .entries import archive_name, entries
from .replies import attachment, table_reply
from .selection import Held, chosen_resources, held, nested, places, require_unlocked, short_base

_COLUMNS = ("Name", "Size", "URI", "collection", "file_tags", "file_format", "file_content", "cat_ID", "digest")
_ARCHIVES = {"zip": "application/zip", "tar": "application/x-tar", "tar.gz": "application/x-gzip"}
_LOCATORS = frozenset({"absolutePath", "projectPath"})


@dataclass(frozen=True)
class Listed:
    """One file with the resource it was found in."""

    held: Held
    file: FileRow


def resources(call: Call) -> list[Held]:
    """Return the resources a files URL covers: those it names, or all of the level for the short form."""
    if call.segment("RESOURCE_ID") is not None:
        return chosen_resources(call)
    found = [one for place in places(call) for one in held(call, place)]
    if call.flag("all"):
        found += [one for place in places(call) for one in nested(call, place)]
    return found


def get_files(call: Call) -> Reply:
    """``GET .../files[/path]``: a listing, an archive of what is selected, or one file."""
    if call.remainder and not (call.path.endswith("/") or _is_wildcard(call)):
        return _file_reply(call)
    selected = _filtered(call, _selected(call))
    if (index := call.parameter("index")) is not None:
        return _indexed(call, selected, index)
    if call.parameter("format") in _ARCHIVES:
        return _archive_reply(call, selected)
    return table_reply(call, _table(call, selected))


def _is_wildcard(call: Call) -> bool:
    """Tell whether the path ends in ``*``, which means something only without a resource (rest-data 10.3.6)."""
    return call.tail.endswith("*") and call.segment("RESOURCE_ID") is None


def _selected(call: Call) -> list[Listed]:
    """Return the files of the URL, below a folder when its path ends in one, or by the start of their paths."""
    found = [Listed(one, file) for one in resources(call) for file in call.archive.files.of(one.resource.row)]
    if not call.remainder:
        return found
    if _is_wildcard(call):
        return [one for one in found if one.file.path.startswith(call.tail[:-1])]
    folder = call.tail.rstrip("/") + "/"
    found = [one for one in found if one.file.path.startswith(folder)]
    if (call.parameter("recursive") or "").lower() == "false":
        return [one for one in found if "/" in one.file.path.removeprefix(folder)]
    return found


def _filtered(call: Call, files: list[Listed]) -> list[Listed]:
    """Apply ``file_content`` and ``file_format``: or within one name, and between the two (rest-data 10.3.5)."""
    contents, formats = call.parameters("file_content"), call.parameters("file_format")
    if contents:
        files = [one for one in files if (one.file.facts.content or "NULL") in contents]
    if formats:
        files = [one for one in files if one.file.facts.format in formats]
    return files


def _table(call: Call, files: list[Listed]) -> Table:
    single = call.segment("RESOURCE_ID") is not None and len({one.held.resource.row for one in files}) <= 1
    locator = call.parameter("locator")
    place = locator if locator in _LOCATORS else "URI"
    columns = tuple(place if name == "URI" else name for name in _COLUMNS)
    rows = [_row(call, one, place, single=single) for one in files]
    facts = ({"key": "URI", "serverRoot": ""},)
    return Table(columns, rows, {"title": "Files"}, counted=False, column_facts=facts)


def _row(call: Call, one: Listed, place: str, *, single: bool) -> dict[str, Cell]:
    file, resource = one.file, one.held.resource
    return {
        "Name": file.name,
        "Size": str(file.blob.size),
        place: _uri(one, single=single) if place == "URI" else _server_path(call, one, place),
        "collection": resource.label or None,
        "file_tags": ",".join(file.facts.tags) or None,
        "file_format": file.facts.format or None,
        "file_content": file.facts.content or None,
        "cat_ID": str(resource.node.number),
        "digest": file.blob.digest,
    }


def _uri(one: Listed, *, single: bool) -> str:
    """Return a file's URI; its relative path is not encoded (rest-data 10.3.3)."""
    base = one.held.place.base if single else short_base(one.held.place)
    return f"{base}/resources/{one.held.resource.node.number}/files/{one.file.path}"


def _server_path(call: Call, one: Listed, locator: str) -> str:
    path = f"{call.archive.catalog_path(one.held.resource).rpartition('/')[0]}/{one.file.path}"
    project = f"/data/xnat/archive/{one.held.resource.project or one.held.place.owner.project}/"
    return path.removeprefix(project) if locator == "projectPath" else path


# --- one file ---


def find_file(call: Call) -> Listed | None:
    """Return the file of the URL: its path as decoded, or decoded once more (rest-data 10.3.7)."""
    for one in resources(call):
        for path in (call.tail, unquote(call.tail)):
            file = call.archive.files.get(one.resource.row, path)
            if file is not None:
                return Listed(one, file)
    return None


def _answer_missing(call: Call) -> Reply:
    if call.flag("accept-not-found"):
        return Reply(204)
    raise StatusError(404, NO_FILE)


def _file_reply(call: Call) -> Reply:
    found = find_file(call)
    if found is None:
        within = inner.find(call, resources(call))
        return _answer_missing(call) if within is None else inner.show(call, within)
    if call.flag("listContents"):
        return inner.contents(call, found.file)
    wanted = call.parameter("format")
    if wanted == "image/jpeg" and not found.file.name.lower().endswith((".jpg", ".jpeg")):
        return _refuse_preview(call, found.file)
    if wanted in _ARCHIVES and not (wanted == "zip" and found.file.name.endswith(".zip")):
        return _archive_reply(call, [found])
    return send(call, found.file)


def _refuse_preview(call: Call, file: FileRow) -> Reply:
    """Say why there is no JPEG: the file is no image, or there is nothing here that could write one."""
    with suppress(OSError), call.archive.files.blobs.path(file.blob.name).open("rb") as contents:
        if contents.read(132)[128:] == b"DICM":
            raise StatusError(501, "The emulator does not serve JPEG previews: no library it may use writes JPEG")
    raise StatusError(400, "Only DICOM files can be converted to JPEG")


def _indexed(call: Call, files: list[Listed], index: str) -> Reply:
    """Return the N-th match; for one resource this works only together with a filter (rest-data 10.3.5)."""
    single = call.segment("RESOURCE_ID") is not None
    filtered = call.parameters("file_content") or call.parameters("file_format")
    number = as_number(index)
    if number is None or number >= len(files) or (single and not filtered):
        return _answer_missing(call)
    return send(call, files[number].file)


# --- archives ---


def _archive_reply(call: Call, files: list[Listed]) -> Reply:
    if not files:
        return _answer_missing(call)
    wanted = call.parameter("format") or "zip"
    pairs = [(one.held, one.file) for one in files]
    members = entries(call, pairs, tar=wanted != "zip")
    if wanted == "zip":
        body = archives.zip_stream(members, archives.level(call))
    else:
        body = archives.tar_stream(members)
        body = archives.gzip_stream(body) if wanted == "tar.gz" else body
    body = archives.gathered(body)
    headers = [("Content-Disposition", attachment(f"{archive_name(pairs)}.{wanted}"))]
    return Reply(200, body, _ARCHIVES[wanted], headers)


# --- removal ---


def delete_files(call: Call) -> Reply:
    """``DELETE .../files/<path>``: a file, or everything below a folder (rest-data 8.7).

    With ``removeFiles=false`` the files stay in their folder and only their entries go.
    """
    with call.archive.transaction():
        doomed = _doomed(call)
        if not doomed or not call.remainder:
            return _answer_missing(call)
        keep = is_off(call.parameter("removeFiles") or "")
        for listed in doomed:
            if keep:
                call.archive.files.unlist(listed.file)
            else:
                call.archive.files.remove(listed.file)
        change = call.change()
        for one in {listed.held.resource.row: listed.held for listed in doomed}.values():
            call.archive.count_files(one.resource, change)
    return text_reply("")


def _doomed(call: Call) -> list[Listed]:
    try:
        found = resources(call)
    except StatusError as refusal:
        if refusal.status == 403:
            raise
        raise StatusError(400, "Unable to find the specified resource.") from None
    for one in found:
        require_unlocked(call, "delete", one.place.owner)
    folder = call.tail.rstrip("/") + "/"
    listed = [Listed(one, file) for one in found for file in call.archive.files.of(one.resource.row)]
    return [one for one in listed if one.file.path == call.tail or one.file.path.startswith(folder)]
