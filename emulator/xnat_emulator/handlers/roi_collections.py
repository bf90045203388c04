"""ROI collections as the OHIF viewer's plugin takes them, and the first address of the DICOMweb plugin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import BinaryIO

from .. import permissions
from ..address import experiment, project
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.files import FileFacts
from ..store.items import Item
from ..store.node import JsonValue
from ..store.patch import Patch
from .experiments import starting_status
from .resources import create_resource
from .selection import Place

_TYPE, _VIEWER, _DICOMWEB = "icr:roiCollectionData", "ohifViewerPlugin", "dicomwebproxy"
_ENDINGS = {"RTSTRUCT": "dcm", "SEG": "dcm", "AIM": "xml", "MEAS": "json", "NIFTI": "nii"}


def _require_plugin(call: Call, name: str) -> None:
    if name not in call.site.mode.plugins:
        raise StatusError(404)


def put_collection(call: Call) -> Reply:
    """``PUT /xapi/roi/projects/P/sessions/E/collections/LABEL?type=&overwrite=``: the ID of the assessor as text.

    The file is kept as it comes, under the label; it is not read.

    Raises:
        StatusError: 404 without the plugin, 501 when the site's schemas do not declare the type, 400 for an unknown
            format, 409 for a label that is taken, 403.
    """
    _require_plugin(call, _VIEWER)
    if _TYPE not in call.model.bases:
        raise StatusError(501, f"The schemas of this server do not declare {_TYPE}")
    owner, kind = experiment(call), call.parameter("type") or ""
    if kind not in _ENDINGS:
        raise StatusError(400, "Unknown type of ROI collection")
    permissions.require_in(call, "create", owner.project, _TYPE)
    label = call.segment("COLLECTION_LABEL") or ""
    taken = call.archive.items.by_label("experiment", owner.project, label)
    if taken is not None:
        if not call.flag("overwrite") or taken.xsi_type != _TYPE:
            raise StatusError(409, "There is a collection of this label")
        call.archive.delete(taken, call.change(_TYPE))
    return text_reply(_made(call, owner, kind, label))


def _made(call: Call, owner: Item, kind: str, label: str) -> str:
    identifier, change = call.archive.items.new_id("experiment"), call.change(_TYPE)
    item = Item("experiment", call.archive.new_node(_TYPE), status=starting_status(call, owner.project))
    call.archive.attach(item, owner, "assessors/assessor")
    now = datetime.now(UTC)
    values: dict[str, str] = {"ID": identifier, "label": label, "project": owner.project, "imageSession_ID": owner.id}
    values |= {"collectionType": kind, "name": label, "date": now.date().isoformat()}
    made = call.archive.update(item, Patch(_TYPE, {**values}), change)
    place = Place(made, "out/file", owner, f"/data/experiments/{owner.id}/assessors/{identifier}")
    resource = create_resource(call, place, kind, change)
    _keep(call, resource, f"{label}.{_ENDINGS[kind]}", call.body)
    call.archive.count_files(resource, change)
    return identifier


def _keep(call: Call, resource: Item, name: str, body: BinaryIO) -> None:
    blob = call.archive.files.blobs.add(body)
    call.archive.files.put(resource.row, name, blob, FileFacts(), call.change(_TYPE))


def list_studies(call: Call) -> Reply:
    """``GET /xapi/dicomweb[/projects/P]/studies``: the UIDs of the studies that the caller may read."""
    _require_plugin(call, _DICOMWEB)
    owner = project(call) if "PROJECT_ID" in call.segments else None
    found = permissions.readable(call, call.archive.items.all("experiment"))
    uids = {one.node.text("UID") for one in found if owner is None or one.project == owner.id}
    rows: list[JsonValue] = [{"0020000D": {"vr": "UI", "Value": [uid]}} for uid in sorted(uids) if uid]
    return json_reply(compact_json(rows))
