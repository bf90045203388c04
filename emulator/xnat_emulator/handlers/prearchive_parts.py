"""Scans, resources and files of one received session; they need its document (rest-data 12.2, dicom-import 70)."""

from __future__ import annotations

from urllib.parse import unquote

from ..call import Call, Reply, text_reply
from ..dicom.headers import is_dicom
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..prearchive.access import addressed, addressed_project, require_edit
from ..store.node import Node
from ..store.prearchive import PrearchiveFile, PrearchiveSession
from . import download, prearchive_zip
from .replies import table_reply

SCANS = "scans/scan"
RESOURCES = "resources/resource"


def built(call: Call) -> tuple[PrearchiveSession, Node]:
    """Return the session of the URL and its document.

    Raises:
        StatusError: 500, there is no such project; 403, the caller may not; 404, there is no such session, or it is
            not built.
    """
    project = addressed_project(call)
    require_edit(call, project)
    session = addressed(call, project)
    if session is None or session.document is None:
        raise StatusError(404, "Unable to locate prearc resource.")
    return session, session.document


def _scan(call: Call, document: Node) -> Node:
    wanted = call.segments["SCAN_ID"]
    found = next((scan for scan in document.children.get(SCANS, ()) if scan.text("ID") == wanted), None)
    if found is None:
        raise StatusError(404, f"Unknown scan {call.segment('SCAN_ID')}")
    return found


def _label(call: Call) -> str:
    return call.segments["RESOURCE_ID"]


def _named(nodes: list[Node], label: str) -> bool:
    return any(node.text("label") == label for node in nodes)


def _counts(call: Call, session: PrearchiveSession, scan: str, label: str) -> dict[str, Cell]:
    """Return the number of a resource's files and their bytes, as they are now."""
    sizes = [file.blob.size for file in call.archive.prearchive.files(session, scan, label)]
    return {"label": label, "file_count": len(sizes), "file_size": sum(sizes)}


# --- lists ---


def list_scans(call: Call) -> Reply:
    """``GET .../scans``."""
    _, document = built(call)
    rows: list[dict[str, Cell]] = [
        {
            "ID": scan.text("ID"),
            "xsiType": scan.xsi_type,
            "series_description": scan.text("series_description") or None,
        }
        for scan in document.children.get(SCANS, ())
    ]
    return table_reply(call, Table(("ID", "xsiType", "series_description"), rows, counted=False))


def list_scan_resources(call: Call) -> Reply:
    """``GET .../scans/N/resources``."""
    session, document = built(call)
    scan = _scan(call, document)
    rows = [_counts(call, session, scan.text("ID"), node.text("label")) for node in scan.children.get("file", ())]
    return table_reply(call, Table(("label", "file_count", "file_size"), rows, counted=False))


def list_resources(call: Call) -> Reply:
    """``GET .../resources``: those of every scan, then the session's own, whose ``cat_id`` is empty."""
    session, document = built(call)
    rows: list[dict[str, Cell]] = []
    for scan in document.children.get(SCANS, ()):
        for node in scan.children.get("file", ()):
            counts = _counts(call, session, scan.text("ID"), node.text("label"))
            rows.append({"category": "scans", "cat_id": scan.text("ID"), **counts})
    for node in document.children.get(RESOURCES, ()):
        rows.append({"category": "resources", "cat_id": None, **_counts(call, session, "", node.text("label"))})
    columns = ("category", "cat_id", "label", "file_count", "file_size")
    return table_reply(call, Table(columns, rows, counted=False))


# --- one scan, one resource ---


def show_scan(call: Call) -> Reply:
    """``GET .../scans/N``: only as an archive, else 400."""
    session, document = built(call)
    if not prearchive_zip.is_asked(call):
        raise prearchive_zip.refusal(call)
    return prearchive_zip.scan_reply(call, session, _scan(call, document).text("ID"))


def delete_scan(call: Call) -> Reply:
    """``DELETE .../scans/N``: its files and its entry in the document."""
    session, document = built(call)
    scan = _scan(call, document)
    document.children[SCANS].remove(scan)
    call.archive.prearchive.remove_files(session, scan.text("ID"))
    _store(call, session, f"Deleted scan {scan.text('ID')}")
    return text_reply("")


def _store(call: Call, session: PrearchiveSession, entry: str) -> None:
    call.archive.prearchive.save(session)
    call.archive.prearchive.log(session, entry)


def show_resource(call: Call) -> Reply:
    """``GET .../resources/R``: only as an archive, else 400."""
    session, document = built(call)
    if not prearchive_zip.is_asked(call):
        raise prearchive_zip.refusal(call)
    if not _named(document.children.get(RESOURCES, []), _label(call)):
        raise StatusError(404, f"Unknown resource {call.segment('RESOURCE_ID')}")
    return prearchive_zip.resource_reply(call, session, _label(call))


def delete_resource(call: Call) -> Reply:
    """``DELETE .../resources/R``."""
    session, document = built(call)
    _remove_resource(call, session, document)
    return text_reply("")


def _remove_resource(call: Call, session: PrearchiveSession, document: Node) -> None:
    label, nodes = _label(call), document.children.get(RESOURCES, [])
    if not _named(nodes, label):
        raise StatusError(404, f"Unknown resource {call.segment('RESOURCE_ID')}")
    document.children[RESOURCES] = [node for node in nodes if node.text("label") != label]
    call.archive.prearchive.remove_files(session, "", label)
    _store(call, session, f"Deleted resource {label}")


# --- files ---


def get_scan_files(call: Call) -> Reply:
    """``GET .../scans/N/resources/R/files[/f]``: a list, or one file."""
    session, document = built(call)
    scan = _scan(call, document)
    return _files_reply(call, session, scan.text("ID"), scan.children.get("file", []))


def get_resource_files(call: Call) -> Reply:
    """``GET .../resources/R/files[/f]``: a list, or one file."""
    session, document = built(call)
    return _files_reply(call, session, "", document.children.get(RESOURCES, []))


def _files_reply(call: Call, session: PrearchiveSession, scan: str, nodes: list[Node]) -> Reply:
    if not _named(nodes, _label(call)):
        raise StatusError(404)
    if call.remainder:
        return _file_reply(call, session, scan)
    rows = [_row(call, file) for file in call.archive.prearchive.files(session, scan, _label(call))]
    return table_reply(call, Table(("Name", "Size", "URI"), rows, counted=False))


def _row(call: Call, file: PrearchiveFile) -> dict[str, Cell]:
    size: Cell = _readable(file.blob.size) if call.flag("prettyPrint") else file.blob.size
    return {"Name": file.name, "Size": size, "URI": f"{unquote(call.path).rstrip('/')}/{file.path}"}


def _readable(size: int) -> str:
    number = float(size)
    for unit in ("B", "KB", "MB"):
        if number < 1024:
            return f"{number:.1f} {unit}" if unit != "B" else f"{size} B"
        number /= 1024
    return f"{number:.1f} GB"


def _file_reply(call: Call, session: PrearchiveSession, scan: str) -> Reply:
    """Return one file as it is, whatever format is asked."""
    found = call.archive.prearchive.file(session, scan, _label(call), call.tail)
    if found is None:
        raise StatusError(404, "Unable to find matching file.")
    if call.parameter("format") == "image/jpeg" and scan and _label(call) == "DICOM" and _is_dicom(call, found):
        raise StatusError(501, "The emulator does not serve JPEG previews: no library it may use writes JPEG")
    return download.send_contents(call, found.name, found.blob, found.created)


def _is_dicom(call: Call, file: PrearchiveFile) -> bool:
    with call.archive.prearchive.blobs.path(file.blob.name).open("rb") as stream:
        return is_dicom(stream)
