"""Archives of received files, laid out as their folder is (dicom-import 48)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ..call import Call, Reply
from ..errors import StatusError
from ..formats import archives
from ..store.prearchive import PrearchiveFile, PrearchiveSession
from .replies import attachment

_MEDIA_TYPES = {"zip": "application/zip", "tar.gz": "application/x-gzip"}


def session_reply(call: Call, session: PrearchiveSession, form: str) -> Reply:
    """Return all files of a session below its folder name."""
    named = [(file, f"{session.folder}/{_place(file)}") for file in call.archive.prearchive.files(session)]
    return _reply(call, named, session.folder, form)


def scan_reply(call: Call, session: PrearchiveSession, scan: str) -> Reply:
    """Return the files of a scan below its id."""
    found = call.archive.prearchive.files(session, scan)
    return _reply(call, [(file, f"{scan}/{file.resource}/{file.path}") for file in found], scan, _form(call))


def resource_reply(call: Call, session: PrearchiveSession, label: str) -> Reply:
    """Return the files of a session resource below its label."""
    found = call.archive.prearchive.files(session, "", label)
    return _reply(call, [(file, f"{label}/{file.path}") for file in found], label, _form(call))


def is_asked(call: Call) -> bool:
    """Tell whether a format that holds files is asked for."""
    return _form(call) in _MEDIA_TYPES


def refusal(call: Call) -> StatusError:
    """Return the 400 for any other format."""
    return StatusError(400, f"Requested type {_form(call) or 'application/json'} is not supported")


def _form(call: Call) -> str:
    return call.parameter("format") or ""


def _place(file: PrearchiveFile) -> str:
    folder = f"SCANS/{file.scan}/{file.resource}" if file.scan else f"RESOURCES/{file.resource}"
    return f"{folder}/{file.path}"


def _reply(call: Call, named: Iterable[tuple[PrearchiveFile, str]], name: str, form: str) -> Reply:
    members = [_entry(call, file, path) for file, path in named]
    body = archives.zip_stream(members) if form == "zip" else archives.gzip_stream(archives.tar_stream(members))
    headers = [("Content-Disposition", attachment(f"{name}.{form}"))]
    return Reply(200, archives.gathered(body), _MEDIA_TYPES[form], headers)


def _entry(call: Call, file: PrearchiveFile, name: str) -> archives.Entry:
    path = call.archive.prearchive.blobs.path(file.blob.name)
    moment = datetime.fromisoformat(file.created).replace(tzinfo=UTC)
    return archives.Entry(name, path, file.blob.size, file.blob.crc, moment)
