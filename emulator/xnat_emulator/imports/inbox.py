"""Import handler ``inbox``: files that lie in the server's inbox folder already (dicom-import 86)."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from typing import cast

from ..call import Call, Reply, as_number, json_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import require_in
from ..store import serverside
from ..store.node import JsonValue
from .archiver import archive_session
from .build import build
from .destination import Destination, reachable
from .options import Parameters, for_import, is_automatic
from .receive import Receiver, Unparsable

_TOLD = ("PROJECT_ID", "SUBJECT_ID", "EXPT_LABEL")
_LOG = logging.getLogger("xnat_emulator")


def run(call: Call, parameters: Parameters) -> list[str]:
    """Return the address of the request; the import itself is done after the answer.

    Raises:
        StatusError: 400, no folder of the inbox or no project is named; 409, the session exists.
    """
    folder, name = _folder(call, parameters), parameters.get("PROJECT_ID")
    project = reachable(call, name) if name else None
    if project is None:
        if name and call.archive.items.by_id("project", name) is not None:
            require_in(call, "create", name, "xnat:imageSessionData")
        raise StatusError(400, "Set PROJECT_ID to the project that the session goes to.")
    label = parameters.get("EXPT_LABEL")
    if label and call.archive.items.by_label("experiment", project, label) is not None:
        raise StatusError(409, f"The session {label} exists in project {project} already.")
    with call.archive.transaction():
        number = call.archive.database.next_number("inbox request")
    named = {key: parameters.get(key) for key in _TOLD if parameters.get(key)}
    cleanup = parameters.on("cleanupAfterImport")
    call.site.inbox_requests.add(number, call.login, parameters.get("path"), named, cleanup=cleanup)
    call.site.background.submit(lambda: _told(call, parameters, folder, number))
    return [f"/xapi/dicom/{number}"]


def _told(call: Call, parameters: Parameters, folder: Path, number: int) -> None:
    """Import, and say meanwhile and afterwards how far it is."""
    requests = call.site.inbox_requests
    requests.note(number, "Importing")
    end = "Failed"
    try:
        _import(call, parameters, folder)
        end = "Completed"
    finally:
        requests.note(number, end)


def _folder(call: Call, parameters: Parameters) -> Path:
    named = parameters.get("path")
    if not named:
        raise StatusError(400, "Set path to the files in the server's inbox.")
    found = serverside.locate(call.archive.folder, named)
    if found is None:
        raise StatusError(400, "There are no such files in the server's inbox.")
    return found


def _import(call: Call, parameters: Parameters, folder: Path) -> None:
    rows: set[int] = set()
    receiver = Receiver.of(call, parameters, Destination())
    for _, path in serverside.walk(folder):
        with path.open("rb") as stream, suppress(Unparsable):
            if (received := receiver.receive(path.name, stream)) is not None:
                rows.add(received.row)
    for row in sorted(rows):
        _finish(call, parameters, row)
    if parameters.on("cleanupAfterImport"):
        shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)


def _finish(call: Call, parameters: Parameters, row: int) -> None:
    session = call.archive.prearchive.by_row(row)
    if session is None:
        return
    try:
        build(call.archive, session)
        if session.status == "READY" and is_automatic(
            call.archive, session.project, session.autoarchive, parameters, ""
        ):
            archive_session(call, session, for_import(call.archive, session.project, parameters))
    except StatusError as refusal:
        _LOG.info("inbox import ended with %s", refusal.status)


def show_request(call: Call) -> Reply:
    """``GET /xapi/dicom/{id}``: one's own request; 404 for one that is not there or another account's."""
    found = call.site.inbox_requests.get(as_number(call.segments["REQUEST_ID"]) or 0)
    if found is None or found["username"] != call.login:
        raise StatusError(404)
    return json_reply(compact_json(cast("dict[str, JsonValue]", found)))
