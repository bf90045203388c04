"""Files that wait until somebody lets them into a project.

The facts give no more than paths and methods. What is served here is the plain part: folders of files that those who
read the project see, with what was said about them.
"""

from __future__ import annotations

from ..address import project_named
from ..call import Call, FilePart, Reply, escape_entities, first_values, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..permissions import may
from ..store.database import utc_now
from ..store.scratch import ScratchFolder, triage_of
from .download import send_contents
from .replies import table_reply
from .scratchfiles import URI_FACTS, archive_reply, receive, remainder

_FACTS = ("TARGET", "USER", "DATE", "OVERWRITE", "EVENT_REASON", "FTARGET", "format", "content")


def _place(call: Call, *, edit: bool = False) -> str:
    """Return the place of the URL's project.

    Raises:
        StatusError: 401, it is not there or may not be read; 403, it may not be changed.
    """
    project = project_named(call, call.segment("PROJECT") or "")
    if project is None or not may(call, "read", project):
        raise StatusError(401, "Not authorized")
    if edit and not may(call, "edit", project):
        raise StatusError(403, "User account doesn't have permission to modify this resource.")
    return triage_of(project.id)


def _folder(call: Call, place: str) -> ScratchFolder:
    found = call.archive.scratch.folder(place, call.segment("XNAME") or "")
    if found is None:
        raise StatusError(404, "Quarantine directory not found or is not a directory.")
    return found


def refuse(call: Call) -> Reply:
    """``PUT|POST|DELETE .../resources``: there is no name.

    Raises:
        StatusError: 400, always; 401 where the project may not be read.
    """
    _place(call)
    raise StatusError(400, "Invalid Operation.")


def list_folders(call: Call) -> Reply:
    """``GET /data/services/triage/projects/{P}/resources``."""
    place = _place(call)
    rows: list[dict[str, Cell]] = []
    for folder in call.archive.scratch.folders(place):
        names = "".join(f"{file.name}<br>" for file in call.archive.scratch.files(folder))
        uri = f"{call.path.rstrip('/')}/{folder.name}"
        rows.append({"Resource": folder.name, "URI": uri, **_said(folder), "FSOURCE": names})
    return table_reply(call, Table(("Resource", "URI", *_FACTS, "FSOURCE"), rows, column_facts=URI_FACTS))


def _said(folder: ScratchFolder) -> dict[str, Cell]:
    return {name: folder.facts.get(name) for name in _FACTS}


def list_files(call: Call) -> Reply:
    """``GET .../resources/{X}[/files]``: a table, or an archive."""
    folder = _folder(call, _place(call))
    files = call.archive.scratch.files(folder)
    if call.parameter("format") in {"zip", "tar", "tar.gz"}:
        return archive_reply(call, folder.name, files)
    base = call.path.rstrip("/").removesuffix("/files") + "/files"
    rows: list[dict[str, Cell]] = [
        {"Name": file.path, "Size": file.blob.size, "URI": f"{base}/{file.path}", **_said(folder)} for file in files
    ]
    return table_reply(call, Table(("Name", "Size", "URI", *_FACTS), rows, column_facts=URI_FACTS))


def show_file(call: Call) -> Reply:
    """``GET .../files/{FILE}``: the file."""
    found = call.archive.scratch.file(_place(call), call.segment("XNAME") or "", remainder(call))
    if found is None:
        raise StatusError(404, "Quarantine file not found.")
    return send_contents(call, found.name, found.blob, found.created)


def make_folder(call: Call) -> Reply:
    """``PUT .../resources/{X}[/files]``: a new folder, 412 when there is one already."""
    place, name = _place(call, edit=True), call.segment("XNAME") or ""
    with call.archive.transaction():
        if call.archive.scratch.folder(place, name) is not None:
            raise StatusError(412, "Resource with this name already exists.")
        call.archive.scratch.make(place, name, _facts(call))
    return text_reply("")


def _facts(call: Call) -> dict[str, str]:
    said = first_values([*call.escaped_query, *((name, escape_entities(value)) for name, value in call.form)])
    known = {name: said.get(name, "") for name in ("TARGET", "EVENT_REASON", "format", "content")}
    moment = utc_now("seconds").replace("T", " ")
    return {**known, "OVERWRITE": said.get("OVERWRITE") or "false", "USER": call.login, "DATE": moment}


def put_file(call: Call) -> Reply:
    """``PUT|POST .../files/{FILE}``: stores a file."""
    place, path = _place(call, edit=True), remainder(call)
    parts = [FilePart(path, call.body)] if call.flag("inbody") else [FilePart(path, part.stream) for part in call.parts]
    receive(call, place, parts, _facts(call))
    return text_reply("", media_type="text/html")


def post_files(call: Call) -> Reply:
    """``POST .../resources/{X}[/files]``: stores the parts of a multipart form under their own names."""
    place = _place(call, edit=True)
    if call.flag("inbody"):
        raise StatusError(400, "Please use HTTP PUT request to specify a file name in the URL.")
    receive(call, place, call.parts, _facts(call))
    return text_reply("", media_type="text/html")


def delete_folder(call: Call) -> Reply:
    """``DELETE .../resources/{X}[/files]``."""
    place = _place(call, edit=True)
    with call.archive.transaction():
        call.archive.scratch.remove(_folder(call, place))
    return text_reply("")


def delete_file(call: Call) -> Reply:
    """``DELETE .../files/{FILE}``."""
    place = _place(call, edit=True)
    with call.archive.transaction():
        found = call.archive.scratch.file(place, call.segment("XNAME") or "", remainder(call))
        if found is None:
            raise StatusError(404, "No matching files found.")
        call.archive.scratch.remove_files([found])
    return text_reply("")
