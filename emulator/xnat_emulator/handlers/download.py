"""Sending one file (rest-data 10.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from ..call import Call, Reply
from ..errors import StatusError, status_page
from ..formats import archives
from ..store.blobs import Blob
from ..store.files import FileRow
from .replies import attachment

NO_FILE = "Unable to find matching file."
_MEDIA_TYPES = {
    "bmp": "image/bmp",
    "gif": "image/gif",
    "html": "text/html",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "xml": "text/xml",
}
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})")
_SMALL = 1 << 18
"""Bytes up to which a file is read at once: sending it in pieces would only take longer."""


@dataclass(frozen=True)
class _Part:
    """A part of a file: its first byte, and how many."""

    start: int
    length: int


def send(call: Call, file: FileRow) -> Reply:
    """Return a file's contents: no ranges, no entity tag, but a date that clients may ask by (rest-data 10.5)."""
    return send_contents(call, file.name, file.blob, file.created)


def send_contents(call: Call, name: str, blob: Blob, created: str) -> Reply:
    """Return stored contents under a name.

    Args:
        call: The request; ``Range`` counts only on a site whose mode says so.
        name: File name, whose extension decides the content type.
        blob: The contents.
        created: When they were stored, ISO text in UTC.

    Raises:
        StatusError: 404, the contents are gone.
    """
    modified = datetime.fromisoformat(created).replace(tzinfo=UTC, microsecond=0)
    if _unchanged(call, modified):
        return Reply(304, media_type="")
    headers = [
        ("Last-Modified", format_datetime(modified, usegmt=True)),
        ("Cache-Control", "must-revalidate"),
        ("Content-Disposition", attachment(name)),
    ]
    part = _part(call, blob.size, modified)
    if call.site.mode.ranges:
        headers.append(("Accept-Ranges", "bytes"))
    if part is not None and part.start >= blob.size:
        page = status_page(416, StatusError(416).message).encode()
        return Reply(416, page, "text/html", [("Content-Range", f"bytes */{blob.size}")])
    status, whole = (200, _Part(0, blob.size)) if part is None else (206, part)
    if part is not None:
        last = part.start + part.length - 1
        headers.append(("Content-Range", f"bytes {part.start}-{last}/{blob.size}"))
    media_type = _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return _with_contents(call, Reply(status, b"", media_type, headers), blob, whole)


def _with_contents(call: Call, reply: Reply, blob: Blob, part: _Part) -> Reply:
    """Give a reply its body: small contents at once, others as a stream that is open already."""
    try:
        body = archives.OpenFile(call.archive.files.blobs.path(blob.name), part.start, part.length)
    except FileNotFoundError:
        raise StatusError(404, NO_FILE) from None
    if part.length <= _SMALL:
        reply.body = b"".join(body)
        body.close()
        return reply
    reply.body = body
    reply.headers.append(("Content-Length", str(part.length)))
    return reply


def _unchanged(call: Call, modified: datetime) -> bool:
    since = _moment(call.headers.get("if-modified-since", ""))
    return since is not None and modified <= since


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _part(call: Call, size: int, modified: datetime) -> _Part | None:
    """Return the part that ``Range`` asks for, None for everything: also for several ranges, and for malformed ones."""
    wanted = _RANGE.fullmatch(call.headers.get("range", "").strip())
    if not call.site.mode.ranges or wanted is None or wanted.groups() == ("", ""):
        return None
    if (condition := call.headers.get("if-range")) is not None and _moment(condition) != modified:
        return None
    first, last = wanted.groups()
    if not first:
        length = min(int(last), size)
        return _Part(size - length if length else size, length)
    start = int(first)
    if last and int(last) < start:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return _Part(start, max(end - start + 1, 0))
