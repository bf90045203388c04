"""Uploads to the import service (rest-data 13)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast
from urllib.parse import urlencode

import attrs

from .archiving import FORM, Pairs
from .bodies import UploadBody, opened
from .errors import InvalidValueError
from .import_parameters import ImportParameters, check_parameters, import_query, with_handler
from .multipart import FilePart, MultipartBody
from .streams import is_stream
from .tar_body import TarBody
from .transport import Request, Response, Timeouts, as_timeouts, checked

if TYPE_CHECKING:
    from .session import BaseSession

SERVICE: Final = "/data/services/import"
SLOW: Final = Timeouts(read=3600.0)
"""An import into the archive is answered when all is archived (dicom-import 86)."""


@attrs.frozen
class CachedFile:
    """A file that was uploaded to one's cache on the server before (rest-data 11).

    Attributes:
        path: Such as ``/user/cache/resources/R/files/study.zip``.
    """

    path: str


ImportSource: TypeAlias = Path | bytes | BinaryIO | TarBody | CachedFile

_BY_SUFFIX: Final = {
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".tar.gz": "application/x-gzip",
    ".tgz": "application/x-gzip",
    ".xar": "application/xar",
    ".dcm": "application/dicom",
    ".ima": "application/dicom",
}
_BY_BYTES: Final = (
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/x-gzip"),
    (128, b"DICM", "application/dicom"),
    (257, b"ustar", "application/x-tar"),
)
_SNIFFED: Final = 262


def source_of(
    path: str | PathLike[str] | None, data: bytes | BinaryIO | None, src: str | None = None
) -> Path | bytes | BinaryIO | CachedFile:
    """Return what is imported.

    Raises:
        InvalidValueError: None or several are given, the path is a folder, or the data is a text.
    """
    if sum(given is not None for given in (path, data, src)) != 1:
        msg = "An import takes a path or data= (or src=, a file in the server's cache), one of them."
        raise InvalidValueError(msg)
    if src is not None:
        return CachedFile(src)
    if path is not None:
        found = Path(path)
        if found.is_dir():
            msg = f"{found} is a folder: import_dir() imports the files of a folder."
            raise InvalidValueError(msg)
        return found
    given: object = data
    if not isinstance(given, bytes) and not is_stream(given):
        msg = f"data= takes bytes or a binary stream, not {type(given).__name__}; a file's name goes to path="
        raise InvalidValueError(msg)
    return cast("bytes | BinaryIO", data)


def send_import(
    session: BaseSession,
    source: ImportSource,
    destination: str | None,
    parameters: ImportParameters,
    *,
    direct_archive: bool = False,
) -> Response:
    """Send an upload to the import service and return the answer: one request, never repeated.

    It streams from where it lies. Only a request that the server refused for want of a login is sent again.

    Raises:
        InvalidValueError: A parameter does not fit, the upload is empty, or its media type cannot be told.
        ConflictError: The session exists, or does not fit the one that exists.
        BadRequestError: The server cannot read the upload.
        TransportError: There was no answer; the server may have imported it all the same.
    """
    check_parameters(parameters)
    if isinstance(source, CachedFile):
        told = with_handler(parameters, "", direct_archive=direct_archive)
        query = import_query(told, destination, direct_archive=direct_archive)
        return checked(session.send(_within(_cached(source, query, parameters), parameters)))
    with _body(source, parameters) as body:
        kind = parameters.get("content_type") or _media_type(source, body)
        told = with_handler(parameters, kind, direct_archive=direct_archive)
        query = import_query(told, destination, direct_archive=direct_archive)
        fields = tuple((parameters.get("fields") or {}).items())
        request = _in_form(body, query, fields, kind) if fields else _in_body(body, query, kind)
        return checked(session.send(_within(request, parameters)))


def _cached(source: CachedFile, query: Pairs, parameters: ImportParameters) -> Request:
    if parameters.get("transaction"):
        msg = "With src= and transaction= together the server answers before it knows what becomes of the file."
        raise InvalidValueError(msg)
    # As a form: bodies of values keep them out of the URL, and the server takes both alike.
    fields = (parameters.get("fields") or {}).items()
    body = urlencode((("src", source.path.removeprefix("/data")), *fields)).encode("ascii")
    return Request("POST", SERVICE, query, FORM, body, len(body))


@contextmanager
def _body(
    source: Path | bytes | BinaryIO | TarBody, parameters: ImportParameters
) -> Generator[UploadBody | TarBody, None, None]:
    if isinstance(source, TarBody):
        yield source
        return
    unit = source.name if isinstance(source, Path) else "upload"
    with opened(source, parameters.get("progress"), unit=unit) as body:
        if not body.length:
            msg = "There is nothing to import: the file or data is empty."
            raise InvalidValueError(msg)
        yield body


def _in_body(body: UploadBody | TarBody, query: Pairs, kind: str) -> Request:
    headers = {"Content-Type": kind}
    return Request("POST", SERVICE, (*query, ("inbody", "true")), headers, body, body.length)


def _in_form(body: UploadBody | TarBody, query: Pairs, fields: Pairs, kind: str) -> Request:
    suffix = next((suffix for suffix, known in _BY_SUFFIX.items() if known == kind), "")
    form = MultipartBody(fields, [FilePart("file", body, body.length, f"upload{suffix}", kind)])
    return Request("POST", SERVICE, query, {"Content-Type": form.content_type}, form, form.length)


def _within(request: Request, parameters: ImportParameters) -> Request:
    return attrs.evolve(request, timeout=as_timeouts(parameters.get("timeout")) or SLOW)


def _media_type(source: Path | bytes | BinaryIO | TarBody, body: UploadBody | TarBody) -> str:
    """Return the media type by the file's name, else by its first bytes."""
    if isinstance(source, TarBody):
        return "application/x-tar"
    name = source.name.lower() if isinstance(source, Path) else ""
    named = next((kind for suffix, kind in _BY_SUFFIX.items() if name.endswith(suffix)), None)
    found = named or _sniffed(body)
    if found is None:
        msg = (
            "The upload is no zip, tar, tar.gz and no DICOM file by its first bytes: name its media type with "
            "content_type=, such as 'application/zip'."
        )
        raise InvalidValueError(msg)
    return found


def _sniffed(body: UploadBody | TarBody) -> str | None:
    head = next(iter(body), b"")[:_SNIFFED]
    return next((kind for place, mark, kind in _BY_BYTES if head[place:].startswith(mark)), None)
