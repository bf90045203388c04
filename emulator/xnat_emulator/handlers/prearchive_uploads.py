"""Files that are put into or taken out of the resources of a received session (rest-data 12.2)."""

from __future__ import annotations

from ..call import Call, FilePart, Reply, text_reply
from ..errors import StatusError
from ..formats.unpacking import safe_path
from ..store.blobs import Blob
from ..store.files import FileFacts
from ..store.node import Node
from ..store.prearchive import PrearchiveSession
from .prearchive_parts import RESOURCES, built, delete_resource

_NO_FILE = "Send a multipart form, or set inbody=true to send a file as the body"


def put_files(call: Call) -> Reply:
    """``PUT .../resources/R/files``: 200; a missing resource is made, a file of the same name is replaced."""
    parts = _parts(call)
    safe_path(call.segments["RESOURCE_ID"])
    built(call)
    blobs = call.archive.prearchive.blobs
    staged: list[tuple[str, Blob]] = []
    try:
        for part in parts:
            staged.append((safe_path(part.name), blobs.add(part.stream)))
        with call.archive.transaction():
            _enter(call, staged)
    except BaseException:
        for _, blob in staged:
            blobs.remove(blob.name)
        raise
    return text_reply("")


def _parts(call: Call) -> list[FilePart]:
    """Return the files of the request; one in the body takes its name from the URL.

    Raises:
        StatusError: 400, there is none.
    """
    if call.parts:
        return list(call.parts)
    if call.content_type == "multipart/form-data" or not call.has_content:
        raise StatusError(400, _NO_FILE)
    if not call.flag("inbody") and call.content_type in {"", "application/x-www-form-urlencoded", "application/json"}:
        raise StatusError(400, _NO_FILE)
    return [FilePart(call.tail or "upload.bin", call.body)]


def _enter(call: Call, staged: list[tuple[str, Blob]]) -> None:
    session, document = built(call)
    label = call.segments["RESOURCE_ID"]
    resources = document.children.setdefault(RESOURCES, [])
    for path, blob in staged:
        call.archive.prearchive.put_file(session, "", label, path, blob, FileFacts())
    if not any(node.text("label") == label for node in resources):
        uri = f"RESOURCES/{label}/{label}_catalog.xml"
        resources.append(Node("xnat:resourceCatalog", {"label": label, "URI": uri}))
        _save(call, session, f"Added resource {label}")


def _save(call: Call, session: PrearchiveSession, entry: str) -> None:
    call.archive.prearchive.save(session)
    call.archive.prearchive.log(session, entry)


def delete_files(call: Call) -> Reply:
    """``DELETE .../resources/R/files/f``: the last file of a resource takes the resource along, whatever is named."""
    if not call.remainder:
        raise StatusError(400, "No filepath provided for DELETE")
    with call.archive.transaction():
        session, document = built(call)
        label = call.segments["RESOURCE_ID"]
        if not any(node.text("label") == label for node in document.children.get(RESOURCES, ())):
            raise StatusError(404, f"Unknown resource {call.segment('RESOURCE_ID')}")
        if len(call.archive.prearchive.files(session, "", label)) == 1:
            return delete_resource(call)
        if not call.archive.prearchive.remove_files(session, "", label, call.tail):
            raise StatusError(404, "No entry for the file")
        _save(call, session, f"Deleted file {call.tail}")
    return text_reply("")
