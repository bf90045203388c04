"""The folder of a session as it lies on the server: browsed with ``DIR``, sent with ``XAR`` (rest-data 10.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from ..address import experiment
from ..call import Call, Reply
from ..errors import StatusError
from ..formats import archives
from ..formats.archives import Entry, written
from ..formats.catalogs import catalog_xml
from ..formats.tables import Cell, Table
from ..formats.xmlwrite import item_xml
from ..store.database import utc_now
from ..store.files import FileRow
from ..store.items import Item
from .download import send
from .replies import attachment, table_reply

_MEDIA_TYPES = {"zip": "application/zip", "tar": "application/x-tar", "tar.gz": "application/x-gzip"}
_COLUMNS = ("Name", "DIR", "Size", "URI")


@dataclass(frozen=True)
class Found:
    """What a path below the folder matches.

    Attributes:
        path: Path below the folder, empty for the folder itself.
        file: The file, None for a folder.
    """

    path: str
    file: FileRow | None


def browse(call: Call) -> Reply:
    """``GET .../DIR[/path]``: a table of what lies in a folder, one file, or an archive."""
    session = _session(call)
    files = _files(call, session)
    found = _matching(files, call.remainder)
    if not found:
        raise StatusError(404, "Specified request didn't match any stored files.")
    form = call.parameter("format") or ""
    if len(found) == 1 and found[0].file is not None and form not in _MEDIA_TYPES:
        return send(call, found[0].file)
    rows = [(one, inner) for one in found for inner in _inside(call, files, one)]
    if form in _MEDIA_TYPES:
        members = [_entry(call, session, inner) for _, inner in rows if inner.file is not None]
        return _archive(call, session, members, form)
    table = [_row(call, session, one, inner) for one, inner in rows]
    return table_reply(call, _table(table))


def send_xar(call: Call) -> Reply:
    """``GET .../XAR``: a zip of the session's document, its catalogs and its files."""
    session = _session(call)
    label = session.label or session.id
    files = _files(call, session)
    document = item_xml(call.model, call.archive.expand(session), call.base_url, hidden=False)
    document = document.replace(f"{call.archive.folder_of(session)}/", f"{label}/")
    moment = datetime.fromisoformat(utc_now())
    members = [written(f"{session.id}.xml", document.encode(), moment)]
    for resource, owner in _resources(call, session):
        text = catalog_xml(call.model, resource, call.archive.files.of(resource.row), owner, call.site.mode.version)
        path = call.archive.catalog_path(resource).removeprefix(f"{call.archive.folder_of(session)}/")
        members.append(written(f"{label}/{path}", text.encode(), moment))
    members += [_entry(call, session, Found(path, file)) for path, file in files.items()]
    headers = [("Content-Disposition", attachment(f"{label}.xar"))]
    return Reply(200, archives.gathered(archives.zip_stream(members)), "application/xar", headers)


def _session(call: Call) -> Item:
    if not call.login or call.login == "guest":
        raise StatusError(401)
    found = experiment(call)
    if not call.model.extends(found.xsi_type, "xnat:subjectAssessorData"):
        raise StatusError(400, "Resource only available for extensions of the xnat:subjectAssessorData type.")
    return found


def _resources(call: Call, session: Item) -> Iterable[tuple[Item, Item]]:
    """Yield the resources of a session and of what belongs to it, each with its owner."""
    items = call.archive.items
    parts = [*items.owned(session, "scan"), *items.owned(session, "reconstruction"), *items.assessors(session.id)]
    for owner in (session, *parts):
        for resource in items.owned(owner, "resource"):
            yield resource, owner


def _files(call: Call, session: Item) -> dict[str, FileRow]:
    """Return the files of a session by their paths below its folder."""
    top = f"{call.archive.folder_of(session)}/"
    found: dict[str, FileRow] = {}
    for resource, _ in _resources(call, session):
        folder = call.archive.catalog_path(resource).rpartition("/")[0].removeprefix(top)
        found.update({f"{folder}/{file.path}": file for file in call.archive.files.of(resource.row)})
    if not found:
        raise StatusError(404, "Session directory doesn't exist in standard location for this experiment.")
    return dict(sorted(found.items()))


def _matching(files: dict[str, FileRow], patterns: Sequence[str]) -> list[Found]:
    """Return what a path matches, each part of it a pattern.

    Raises:
        StatusError: 400, the path leads upwards.
    """
    if ".." in (part.strip() for part in patterns):
        raise StatusError(400, "'..' is not allowed in this resource URI.")
    if not patterns:
        return [Found("", None)]
    found: dict[str, Found] = {}
    for path, file in files.items():
        parts = path.split("/")
        if len(parts) >= len(patterns) and all(map(fnmatchcase, parts, patterns)):
            matched = "/".join(parts[: len(patterns)])
            found[matched] = Found(matched, file if matched == path else None)
    return list(found.values())


def _inside(call: Call, files: dict[str, FileRow], folder: Found) -> list[Found]:
    """Return a file itself, what lies directly in a folder, or every file below it."""
    if folder.file is not None:
        return [folder]
    start = f"{folder.path}/" if folder.path else ""
    below = {path: file for path, file in files.items() if path.startswith(start)}
    if call.flag("recursive"):
        return [Found(path, file) for path, file in below.items()]
    names = {path[len(start) :].partition("/")[0] for path in below}
    return [Found(f"{start}{name}", below.get(f"{start}{name}")) for name in sorted(names)]


def _row(call: Call, session: Item, folder: Found, inner: Found) -> dict[str, Cell]:
    slash, query = (
        ("/", f"?format={form}" if (form := call.parameter("format")) else "") if not inner.file else ("", "")
    )
    name = inner.path if folder.file is not None or not folder.path else inner.path.removeprefix(f"{folder.path}/")
    return {
        "Name": (name.rpartition("/")[2] if folder.file is not None else name) + slash,
        "DIR": "false" if inner.file else "true",
        "Size": inner.file.blob.size if inner.file else 0,
        "URI": f"/data/experiments/{session.id}/DIR/{inner.path}{slash}{query}",
    }


def _table(rows: Sequence[dict[str, Cell]]) -> Table:
    facts = ({"key": "URI", "serverRoot": ""},)
    return Table(_COLUMNS, rows, {"title": "Files"}, counted=False, column_facts=facts)


def _entry(call: Call, session: Item, found: Found) -> Entry:
    assert found.file is not None  # noqa: S101 - callers pass files
    blob, label = found.file.blob, session.label or session.id
    moment = datetime.fromisoformat(found.file.created)
    return Entry(f"{label}/{found.path}", call.archive.files.blobs.path(blob.name), blob.size, blob.crc, moment)


def _archive(call: Call, session: Item, members: Sequence[Entry], form: str) -> Reply:
    body = archives.zip_stream(members, archives.level(call)) if form == "zip" else archives.tar_stream(members)
    body = archives.gathered(archives.gzip_stream(body) if form == "tar.gz" else body)
    name = attachment(f"{session.label or session.id}.{form}")
    return Reply(200, body, _MEDIA_TYPES[form], [("Content-Disposition", name)])
