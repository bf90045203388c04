"""Lists over the whole archive: scanners, scan types, quality labels (rest-data 4.4, 17.3 and 17.4)."""

from __future__ import annotations

from collections.abc import Iterable

from ..address import project
from ..call import Call, Reply, json_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.tables import Table
from ..store.config import Place
from ..store.items import Item
from ..store.node import JsonValue
from .replies import table_reply

QUALITY_LABELS = ("usable", "questionable", "unusable")
"""Labels of a site that has none of its own (dicom-import 38)."""

_SCANNER_TABLES = ("xnat_mrSessionData", "xnat_petSessionData", "xnat_ctSessionData")
_SCAN_TABLES = ("xnat_mrScanData", "xnat_petScanData")


def _type_asked(call: Call, tables: tuple[str, ...]) -> str:
    """Return the type whose table the request names, the first one when it names none; others are refused."""
    name = call.parameter("table") or tables[0]
    found = next((table for table in tables if table.lower() == name.lower()), None)
    if found is None:
        raise StatusError(403)
    return found.replace("_", ":", 1)


def list_scanners(call: Call) -> Reply:
    """``GET /data/scanners?table=``: names of scanners that sessions of a type have."""
    wanted = _type_asked(call, _SCANNER_TABLES)
    sessions = call.archive.items.of_types(call.archive.items.all("experiment"), wanted)
    names = sorted({session.node.text("scanner") for session in sessions} - {""})
    return table_reply(call, Table(("scanner",), [{"scanner": name} for name in names], {"title": "Scanners"}))


def list_scan_types(call: Call) -> Reply:
    """``GET /data/scan_types?table=`` and ``/data/projects/P/scan_types``: types with the descriptions they stand for.

    Every description is followed by a comma, as the server's database function joins them.
    """
    wanted = _type_asked(call, _SCAN_TABLES)
    owner = None if call.segment("PROJECT_ID") is None else project(call).id
    scans = call.archive.items.of_types(call.archive.items.all("scan"), wanted)
    found = [scan for scan in scans if owner is None or scan.node.text("project") == owner]
    types = sorted({scan.node.text("type") for scan in found})
    rows = [{"series_descriptions": _descriptions(found, name), "type": name} for name in types]
    return table_reply(call, Table(("series_descriptions", "type"), rows, {"title": "Scan Types"}))


def _descriptions(scans: Iterable[Item], name: str) -> str:
    described = (scan.node.text("series_description") for scan in scans if scan.node.text("type") == name)
    return "".join(f"{text}," for text in described if text)


def quality_labels(call: Call, project_id: str = "") -> list[str]:
    """Return the quality labels of a project: its own, else those of the site, else the usual ones."""
    for owner in dict.fromkeys((project_id, "")):
        text = call.archive.config.contents(Place("scan-quality", "labels", owner))
        if text is not None and text.strip():
            return [label.strip() for label in text.strip().split(",")]
    return list(QUALITY_LABELS)


def show_quality_labels(call: Call) -> Reply:
    """``GET /data/services/scan-quality-labels[/P]``: ``{"site": [...]}`` or the same by the project's id."""
    name = call.segment("PROJECT_ID")
    owner = "" if name is None else project(call).id
    labels: list[JsonValue] = [*quality_labels(call, owner)]
    return json_reply(compact_json({"site" if name is None else name: labels}))
