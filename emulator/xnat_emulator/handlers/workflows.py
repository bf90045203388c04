"""Workflows that clients record, and queries over them (rest-data section 19, schema-and-search 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from ..address import find_experiment, project_named
from ..call import Call, Pairs, Reply, as_number, text_reply
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..permissions import is_administrator
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch, merge
from ..store.workflows import TYPE
from . import bodies
from .nodes import node_reply
from .replies import table_reply

_MISSING = "Unable to find the specified workflow."
_NEEDED = ("ID", "launch_time", "pipeline_name", "data_type")
_SPELLINGS = {"id": "ID", "externalid": "ExternalID", "externalId": "ExternalID", "jobid": "jobID"}
"""Field names that clients write in other cases than the schema."""


def _wanted(call: Call) -> Patch:
    wanted = bodies.read(call)
    pairs: Pairs = tuple((_spelled(name), value) for name, value in wanted.pairs)
    return bodies.patch(call, bodies.Wanted(wanted.xsi_type, wanted.document, pairs), TYPE)


def _spelled(name: str) -> str:
    root, slash, field = name.partition("/")
    return f"{root}/{_SPELLINGS.get(field, field)}" if slash else name


def _find(call: Call, asked: Patch) -> Node | None:
    number = call.segment("WORKFLOW_ID")
    if number is not None:
        return call.archive.workflows.get(as_number(number) or 0)
    fields = [asked.text(name) for name in ("ID", "pipeline_name", "launch_time", "scan_id")]
    return call.archive.workflows.find(*fields)


def show_workflow(call: Call) -> Reply:
    """``GET /data/workflows/{ID}``, or without an id by the fields of the query; XML unless another format is asked."""
    found = _find(call, _wanted(call))
    if found is None:
        raise StatusError(404, _MISSING)
    return node_reply(call, found)


def put_workflow(call: Call) -> Reply:
    """``PUT`` of the same: 200 without a body.

    Raises:
        StatusError: 404 for an unknown id, 403 for the workflow of somebody else, 400 when a new one lacks its object,
            launch time, pipeline or data type.
    """
    asked = _wanted(call)
    found = _find(call, asked)
    if found is None and call.segment("WORKFLOW_ID") is not None:
        raise StatusError(404, _MISSING)
    if found is not None and not (is_administrator(call) or call.archive.workflows.owner(found) == call.login):
        raise StatusError(403, "You are not allowed to make changes to this workflow.")
    if found is None and not all(asked.text(name) for name in _NEEDED):
        raise StatusError(400, "Id, launch_time, data_type and pipeline_name are all required.")
    node = found or call.archive.new_node(TYPE)
    merge(call.model, node, asked)
    call.archive.workflows.save(node, call.change())
    return text_reply("")


# --- queries ---

_COLUMNS = (
    "label",
    "id",
    "externalid",
    "pipeline_name",
    "launch_time",
    "jobid",
    "status",
    "current_step_launch_time",
    "current_step_id",
)
_PATHS: Mapping[str, str] = {"id": "ID", "externalid": "ExternalID", "jobid": "jobID"}


def query_workflows(call: Call) -> Reply:
    """``GET /data/services/workflows[/{PIPELINE,...}]``.

    Of an experiment the newest workflow of a pipeline as an item, or all of them as a table with ``display=all``;
    without one a table of the newest workflow of each object.
    """
    item = _experiment(call)
    found = [node for node in call.archive.workflows.all() if _matches(call, node)]
    if item is not None:
        return _of_experiment(call, item, found)
    if project := call.parameter("project"):
        found = [node for node in found if node.text("ExternalID") == project]
    if (call.parameter("display") or "LATEST") == "LATEST" or call.parameter("columns") is None:
        found = _newest(found)
    return _table(call, found, f"All {call.parameter('status') or 'null'} workflows")


def _of_experiment(call: Call, item: Item, found: list[Node]) -> Reply:
    """Answer for one experiment; without a pipeline nothing is ever found."""
    own = _by_launch(node for node in found if node.text("ID") == item.id)
    if not own or call.segment("PIPELINE_NAME") is None:
        raise StatusError(404, f"Unable to find workflow entry for experiment {item.id}")
    if (call.parameter("display") or "LATEST").upper() == "LATEST":
        return node_reply(call, own[0])
    return _table(call, own, "All workflows")


def _experiment(call: Call) -> Item | None:
    name = call.parameter("experiment")
    if name is None:
        return None
    owner = project_named(call, call.parameter("project") or "")
    return find_experiment(call, name, owner)


def _matches(call: Call, node: Node) -> bool:
    status = call.parameter("status")
    names = [name for name in (call.segment("PIPELINE_NAME") or "").split(",") if name]
    pipeline = node.text("pipeline_name")
    return status in {None, node.text("status")} and (not names or any(name in pipeline for name in names))


def _by_launch(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.text("launch_time"), reverse=True)


def _newest(nodes: list[Node]) -> list[Node]:
    newest: dict[str, Node] = {}
    for node in _by_launch(nodes):
        newest.setdefault(node.text("ID"), node)
    return [newest[name] for name in sorted(newest)]


def _table(call: Call, nodes: list[Node], title: str) -> Reply:
    rows = [_row(call, node) for node in nodes]
    return table_reply(call, Table(_COLUMNS, rows, {"title": title}, counted=False))


def _row(call: Call, node: Node) -> dict[str, Cell]:
    row: dict[str, Cell] = {name: _cell(node, _PATHS.get(name, name)) for name in _COLUMNS}
    experiment = call.archive.items.by_id("experiment", node.text("ID"))
    row["label"] = None if experiment is None else experiment.label
    return row


def _cell(node: Node, path: str) -> Cell:
    text = node.text(path)
    if not text:
        return None
    return datetime.fromisoformat(text) if path.endswith("launch_time") else text


def show_by_key(call: Call) -> Reply:
    """``GET /data/services/workflows/workflowid/{KEY}``: one workflow as an item."""
    found = call.archive.workflows.get(as_number(call.segment("WORKFLOW_PRIMARY_KEY") or "") or 0)
    if found is None:
        raise StatusError(404, _MISSING)
    return node_reply(call, found)


# --- automation ---


def list_workflow_events(call: Call) -> Reply:
    """``GET /data/automation/workflows[/{SPEC}]``: pipelines that ran more than once within a year, with how often."""
    since = (datetime.now(UTC) - timedelta(days=365)).replace(tzinfo=None).isoformat()
    counts: dict[str, int] = {}
    for node in call.archive.workflows.all():
        if node.text("ExternalID") not in {"", "ADMIN"} and node.text("launch_time") > since:
            counts[node.text("pipeline_name")] = counts.get(node.text("pipeline_name"), 0) + 1
    spec = call.segment("SPEC") or ""
    rows: list[dict[str, Cell]] = [
        {"event_id": name, "event_label": _event_label(name), "total": total}
        for name, total in counts.items()
        if total > 1 and spec in name
    ]
    rows.sort(key=lambda row: str(row["event_label"]))
    return table_reply(call, Table(("event_id", "event_label", "total"), rows, counted=False))


def _event_label(pipeline: str) -> str:
    """Return the name of an event: that of the pipeline's file without its extension."""
    if pipeline == "Transfer":
        return "Archive"
    return pipeline.rpartition("/")[2].rpartition(".")[0] if "/" in pipeline else pipeline
