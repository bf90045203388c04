"""Pipelines of projects: none is installed, but the built-in steps run (rest-data section 19)."""

from __future__ import annotations

from ..address import find_experiment, project
from ..call import Call, Reply, json_reply, text_reply
from ..datamodel.values import Value
from ..errors import StatusError
from ..formats.tables import Table
from ..permissions import may
from ..store.items import Item
from ..store.node import Node
from . import actions
from .bodies import Wanted
from .nodes import node_reply
from .replies import table_reply

_COLUMNS = ("Applies To", "Generates", "Name", "Description", "Path", "Datatype")
_ROOT = "/data/xnat"
_STEPS = frozenset({"triggerPipelines", "fixScanTypes", "pullDataFromHeaders"})


def archive_node(call: Call, owner: Item) -> Node:
    """Return the archive specification of a project: where its files lie and how it archives."""
    settings = call.archive.project_settings
    paths = {
        "archivePath": f"{_ROOT}/archive/{owner.id}/",
        "prearchivePath": f"{_ROOT}/prearchive/{owner.id}/",
        "cachePath": f"{_ROOT}/cache/{owner.id}/",
        "buildPath": f"{_ROOT}/build/{owner.id}/",
    }
    known = call.model.type("arc:pathInfo").fields
    values: dict[str, Value] = {
        "id": owner.id,
        "current_arc": settings.get(owner.id, "current_arc"),
        "quarantine_code": settings.code(owner.id, "quarantine_code"),
        "prearchive_code": settings.code(owner.id, "prearchive_code"),
    }
    info = Node("arc:pathInfo", {name: path for name, path in paths.items() if name in known}, number=owner.row)
    return Node("arc:project", values, {"paths": [info]}, number=owner.row)


def show_archive_spec(call: Call) -> Reply:
    """``GET /data/projects/P/archive_spec`` and ``/data/config/P/archive_spec``: XML whatever ``format`` says."""
    return node_reply(call, archive_node(call, project(call)), xml_only=True)


def list_pipelines(call: Call) -> Reply:
    """``GET /data/projects/P/pipelines``: owners only; an empty table, or the archive specification as XML."""
    owner = project(call)
    if not may(call, "delete", owner):
        raise StatusError(403)
    if call.parameter("format") == "xml":
        return node_reply(call, archive_node(call, owner), xml_only=True)
    return table_reply(call, Table(_COLUMNS, [], counted=False))


def delete_pipeline(call: Call) -> Reply:
    """``DELETE /data/projects/P/pipelines?path=&datatype=``: what is not there is removed; the remaining list."""
    owner = project(call)
    if call.parameter("path") is None or call.parameter("datatype") is None:
        return text_reply("")
    if not may(call, "delete", owner):
        raise StatusError(403, "User unauthorized to remove pipeline from project")
    return table_reply(call, Table(_COLUMNS, [], counted=False))


def show_details(call: Call) -> Reply:
    """``GET /data/projects/P/pipelines/{NAME}[/details]``: nothing is known of a pipeline that is not set up."""
    project(call)
    return json_reply("{}")


def _experiment(call: Call) -> Item:
    found = find_experiment(call, call.segment("EXPT_ID") or "", project(call))
    if found is None:
        raise StatusError(400)
    return found


def show_step(call: Call) -> Reply:
    """``GET /data/projects/P/pipelines/{STEP}/experiments/E``: no pipeline is set up, which is a server's error."""
    project(call)
    raise StatusError(500)


def run_step(call: Call) -> Reply:
    """``POST`` of the same: ``triggerPipelines`` and ``fixScanTypes`` set missing scan types; 200 without a body.

    ``pullDataFromHeaders`` reads the DICOM headers of the session again.

    Raises:
        StatusError: 400 for an unknown experiment, 501 for pipelines, 403 for who may not edit the experiment, where
            ``triggerPipelines`` says nothing.
    """
    found, step = _experiment(call), call.segments["STEP_ID"]
    if step not in _STEPS:
        raise StatusError(501, f"The emulator does not run {call.segment('STEP_ID')}")
    if not may(call, "edit", found):
        if step == "triggerPipelines":
            return text_reply("")
        raise StatusError(403)
    asked = "fixScanTypes" if step == "triggerPipelines" else step
    actions.run(call, found, Wanted(None, None, ((asked, "true"),)))
    return text_reply("")
