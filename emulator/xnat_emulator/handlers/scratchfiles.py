"""What the user cache and the triage have in common: storing files in folders, and showing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ..call import Call, FilePart, Reply
from ..errors import StatusError
from ..formats import archives
from ..formats.archives import Entry
from ..formats.tables import Cell, Table
from ..formats.unpacking import is_archive, safe_path
from ..store.blobs import Blob
from ..store.scratch import ScratchFile
from .replies import attachment
from .unpacking import unpack

_MEDIA_TYPES = {"zip": "application/zip", "tar": "application/x-tar", "tar.gz": "application/x-gzip"}
URI_FACTS = ({"key": "URI", "serverRoot": ""},)


def remainder(call: Call) -> str:
    """Return the path of the file that a URL names below its folder."""
    return safe_path("/".join([call.segment("FILE") or "", *call.remainder]))


def receive(call: Call, place: str, parts: Iterable[FilePart], facts: Mapping[str, str] | None = None) -> None:
    """Store files in the folder of a URL; it is made when it is missing.

    Raises:
        StatusError: 400, a name leaves the folder; 422, ``extract=true`` and the archive cannot be read.
    """
    staged: list[tuple[str, Blob]] = []
    try:
        for part in parts:
            staged += _store(call, part)
        with call.archive.transaction():
            folder = call.archive.scratch.make(place, call.segment("XNAME") or "", facts)
            for path, blob in staged:
                call.archive.scratch.put(folder, path, blob)
    except BaseException:
        for _, blob in staged:
            call.archive.files.blobs.remove(blob.name)
        raise


def _store(call: Call, part: FilePart) -> list[tuple[str, Blob]]:
    blobs = call.archive.files.blobs
    if not (call.flag("extract") and is_archive(part.name)):
        return [(safe_path(part.name), blobs.add(part.stream))]
    found: list[tuple[str, Blob]] = []
    try:
        found.extend(unpack(part.name, part.stream, blobs))
    except StatusError:
        for _, blob in found:
            blobs.remove(blob.name)
        message = f"FILE:  {part.name} - Archive file is corrupt or not a valid archive archive file type."
        raise StatusError(422, message) from None
    return found


def file_table(files: Sequence[ScratchFile], base: str) -> Table:
    """Return the table of files; ``base`` stands before each path."""
    rows: list[dict[str, Cell]] = [
        {"Name": file.path, "Size": file.blob.size, "URI": f"{base}/{file.path}"} for file in files
    ]
    return Table(("Name", "Size", "URI"), rows, column_facts=URI_FACTS)


def archive_reply(call: Call, name: str, files: Sequence[ScratchFile]) -> Reply:
    """Return files in the archive that ``format`` names."""
    form = call.parameter("format") or "zip"
    path = call.archive.files.blobs.path
    members = [
        Entry(file.path, path(file.blob.name), file.blob.size, file.blob.crc, datetime.fromisoformat(file.created))
        for file in files
    ]
    body = archives.zip_stream(members) if form == "zip" else archives.tar_stream(members)
    body = archives.gathered(archives.gzip_stream(body) if form == "tar.gz" else body)
    return Reply(200, body, _MEDIA_TYPES[form], [("Content-Disposition", attachment(f"{name}.{form}"))])
