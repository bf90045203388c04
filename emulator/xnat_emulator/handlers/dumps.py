"""Headers of DICOM and ECAT files (rest-data section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..address import find_experiment, project_named
from ..call import Call, Reply
from ..dicom.dump import DumpRow, FieldRefused, dump, parse_fields, summarise
from ..errors import StatusError
from ..formats.tables import Table
from ..prearchive import access
from ..store.items import Item
from .replies import table_reply

_COLUMNS = ("tag1", "tag2", "vr", "value", "desc")
_FAILED = "There was an error rendering Dicom Header"
_MANY = 10_000
"""Files that a summary reads."""

_ARCHIVE = "/archive/projects/(?P<project>[^/]+)"
_SUBJECT = f"{_ARCHIVE}/subjects/[^/]+"
_RECEIVED = "/prearchive/projects/(?P<project>[^/]+)/(?P<timestamp>[^/]+)/(?P<session>[^/]+)"
_PARTS = "(?:scans|assessors|recons)/(?P<scan>[^/]+)"
_EXPERIMENT = "/experiments/(?P<session>[^/]+)"
_FILE = "/resources/{label}/files/(?P<file>[^/]+)"
_FORMS = (
    f"{_RECEIVED}/scans/(?P<scan>[^/]+){_FILE}",
    f"{_SUBJECT}{_EXPERIMENT}/{_PARTS}{_FILE}",
    f"{_SUBJECT}{_EXPERIMENT}/{_PARTS}",
    f"{_ARCHIVE}{_EXPERIMENT}/{_PARTS}",
    f"{_RECEIVED}/scans/(?P<scan>[^/]+)",
    f"{_SUBJECT}{_EXPERIMENT}",
    f"{_ARCHIVE}{_EXPERIMENT}",
    _RECEIVED,
)
"""What ``src`` may start with: files, then scans, then sessions. Assessors and reconstructions are looked for among the
scans, so that nothing is found for them."""


def dump_dicom(call: Call) -> Reply:
    """``GET /services/dicomdump``: the first file that ``src`` means, or with ``summary=true`` all of them.

    Nothing is found for a ``src`` of another form; whatever fails is not found.
    """
    source = call.parameter("src")
    if source is None:
        raise StatusError(400, "Please set the src parameter")
    try:
        fields = parse_fields(call.parameters("field"))
    except FieldRefused as refused:
        raise StatusError(400, str(refused)) from None
    found = _files(call, source, "DICOM", _image_labels(call))
    if call.parameter("summary") == "true":
        rows = summarise((path for path, _ in zip(found, range(_MANY), strict=False)), fields)
    else:
        first = next(found, None)
        rows = [] if first is None else dump(first, fields)
    if rows is None:
        raise StatusError(404, _FAILED)
    return _reply(call, rows)


def _reply(call: Call, rows: list[DumpRow]) -> Reply:
    cells = [{name: getattr(row, name) for name in _COLUMNS} for row in rows]
    return table_reply(call, Table(_COLUMNS, cells, counted=False))


def dump_ecat(call: Call) -> Reply:
    """``GET /services/ecatdump``: an empty table where there is no ECAT file.

    Raises:
        StatusError: 400, ``src`` is missing; 501, there is one, and the emulator cannot read it.
    """
    source = call.parameter("src")
    if source is None:
        raise StatusError(400, "Please set the src parameter")
    if next(_files(call, source, "ECAT", frozenset({"ECAT"})), None) is not None:
        raise StatusError(501, "The emulator does not read ECAT files")
    return _reply(call, [])


def _image_labels(call: Call) -> frozenset[str]:
    """Return the labels of resources that count: preference ``dumpImageTypes``."""
    return frozenset(re.split(r"\s*,\s*", call.archive.settings.text("dumpImageTypes").strip()))


def _files(call: Call, source: str, label: str, labels: frozenset[str]) -> Iterator[Path]:
    """Return where the files lie that a source means.

    Raises:
        StatusError: 404, there is no such session, or the caller may not see it.
    """
    found = _matched(source, label)
    if found is None:
        return iter(())
    if found["timestamp"] is not None:
        return _received(call, found, labels)
    return _archived(call, found, labels)


def _matched(source: str, label: str) -> dict[str, str | None] | None:
    for form in _FORMS:
        found = re.match(form.replace("{label}", label), source)
        if found is not None:
            names: dict[str, str | None] = dict.fromkeys(("project", "timestamp", "session", "scan", "file"))
            return names | found.groupdict()
    return None


def _received(call: Call, found: dict[str, str | None], labels: frozenset[str]) -> Iterator[Path]:
    project = access.project_id(call, found["project"] or "")
    store = call.archive.prearchive
    session = store.get(project, found["timestamp"] or "", found["session"] or "")
    if session is None or session.document is None or not access.may_edit(call, project):
        raise StatusError(404, _FAILED)
    files = store.files(session, found["scan"])
    wanted = [file for file in files if file.scan and file.resource in labels]
    return (store.blobs.path(file.blob.name) for file in wanted if found["file"] in {None, file.name})


def _archived(call: Call, found: dict[str, str | None], labels: frozenset[str]) -> Iterator[Path]:
    project = project_named(call, found["project"] or "")
    session = None if project is None else find_experiment(call, found["session"] or "", project)
    if session is None or not call.model.extends(session.xsi_type, "xnat:imageSessionData"):
        raise StatusError(404, _FAILED)
    return _scan_files(call, session, found, labels)


def _scan_files(call: Call, session: Item, found: dict[str, str | None], labels: frozenset[str]) -> Iterator[Path]:
    items, files = call.archive.items, call.archive.files
    for scan in items.owned(session, "scan"):
        if found["scan"] in {None, scan.id}:
            resources = [item for item in items.owned(scan, "resource") if item.label in labels]
            rows = [row for resource in resources for row in files.of(resource.row)]
            yield from (files.blobs.path(row.blob.name) for row in rows if found["file"] in {None, row.name})
