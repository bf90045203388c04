"""DICOM headers as the server reads them: ``GET /data/services/dicomdump`` (rest-data 14)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import unquote

from .archiving import path_of
from .documents import read_item, read_table
from .errors import InvalidValueError, UnexpectedAnswerError
from .paths import segment

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

SERVICE: Final = "/data/services/dicomdump"

_FIELD = re.compile(r"\A(?:[0-9A-Fa-f]{8}|[A-Za-z][A-Za-z0-9]*)(?::.+)?\Z")
_BY_ID = re.compile(r"\A/data/experiments/([^/]+)(/.*)?\Z")


class DicomDumpRow(TypedDict):
    """One data element of a header.

    Attributes:
        tag1: The tag, such as ``(0008,0060)``.
        tag2: Of an element inside a sequence, its own tag; then ``tag1`` is the sequence's.
        vr: Value representation, two letters.
        value: The value, cut by the server after 255 characters (64 on older ones).
        desc: What the element is called.
    """

    tag1: str
    tag2: str
    vr: str
    value: str
    desc: str


def dicom_dump(
    session: BaseSession, src: str | XnatObject, fields: Iterable[str] | None = None, *, summary: bool = False
) -> list[DicomDumpRow]:
    """Returns the header of a DICOM file on the server: one request, two for paths that name no project.

    Args:
        session: The connection.
        src: An imaging session, scan or file of the archive or prearchive: the object, its path or its full URL. Of a
            session or scan, the server takes the first file. A file is found only where the path names the subject.
        fields: Keywords (``PatientID``) or tags of 8 hex digits (``00100020``), of Siemens shadow headers with
            ``:name`` behind; None for all.
        summary: Whether to merge the distinct values of all files.

    Raises:
        InvalidValueError: A field is no keyword and no tag.
        NotFoundError: There is no such session, or its header cannot be read.
    """
    wanted = _checked_fields(fields)
    query = [("format", "json"), ("src", source_path(session, src)), *(("field", name) for name in wanted)]
    if summary:
        query.append(("summary", "true"))
    return [_row(cells) for cells in read_table(session.get_json(SERVICE, query=query), SERVICE)]


def source_path(session: BaseSession, src: str | XnatObject) -> str:
    """Returns a path as the service takes it: decoded, beginning with ``/archive/projects`` or ``/prearchive``.

    A path by ID alone (``/data/experiments/ID``) costs one request, since the service needs the project; none where
    the object, or the one whose listing it is from, says it.
    """
    path = path_of(session, src if isinstance(src, str) else src.uri)
    if path.startswith("/data/prearchive/"):
        return unquote(path.removeprefix("/data"))
    by_id = _BY_ID.match(path)
    if by_id is not None:
        project = _known_project(src) or _project_of(session, by_id[1])
        path = f"/data/projects/{project}/experiments/{by_id[1]}{by_id[2] or ''}"
    if not path.startswith("/data/projects/"):
        msg = "dicom_dump() takes an imaging session, scan or file of the archive or the prearchive"
        raise InvalidValueError(msg)
    return unquote("/archive" + path.removeprefix("/data"))


def _known_project(src: str | XnatObject) -> str:
    """Returns the project that an object has read, or one that it was listed below; "" when none has."""
    while not isinstance(src, str):
        if src.__xnat_row__.get("project"):
            return segment(str(src.__xnat_row__["project"]))
        owner = src.__xnat_listing__.owner if src.__xnat_listing__ is not None else None
        if owner is None:
            break
        src = owner
    return ""


def _project_of(session: BaseSession, identity: str) -> str:
    path = f"/data/experiments/{identity}"
    project = read_item(session.get_json(path), path).fields.get("project")
    if not project:
        msg = "the experiment does not say what project it belongs to"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    return str(project)


def _checked_fields(fields: Iterable[str] | None) -> list[str]:
    found = [fields] if isinstance(fields, str) else list(fields or ())
    for name in found:
        if not _FIELD.match(name):
            msg = f"{name!r} is no DICOM keyword (PatientID) and no tag of 8 hex digits (00100020)"
            raise InvalidValueError(msg)
    return found


def _row(cells: dict[str, object]) -> DicomDumpRow:
    texts = {name: "" if cells.get(name) is None else str(cells[name]) for name in ("tag1", "tag2", "vr")}
    value, desc = (html.unescape(str(cells.get(name) or "")) for name in ("value", "desc"))
    return {"tag1": texts["tag1"], "tag2": texts["tag2"], "vr": texts["vr"], "value": value, "desc": desc}
