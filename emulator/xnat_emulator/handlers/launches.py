"""Launches of containers (schema-and-search 5.9; schemas/SOURCES.md)."""

from __future__ import annotations

import json
from typing import cast

from ..address import project
from ..call import Call, Reply, as_number, json_reply
from ..containers.definitions import find_wrapper, objects, root_input
from ..containers.workflows import create
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import may
from ..store.containers import Document
from ..store.items import Item
from ..store.node import JsonValue
from .resources import resource_of
from .selection import places
from .texts import body_object, plain
from .uris import resolve

TO_BE_ASSIGNED = "To be assigned"


def post_launch(call: Call) -> Reply:
    """``POST /xapi/[projects/{p}/]wrappers/{w}/[root/{name}/]launch`` with the values of the inputs as JSON.

    With the name of the root input the launch is answered with the number of its workflow; 500 for an unknown wrapper
    then. Without it the wrapper is not looked at before the answer (peers' claim).
    """
    given = {name: plain(value) for name, value in body_object(call).items() if value is not None}
    report = _launch(call, given, call.segments.get("ROOT"))
    return json_reply(compact_json(report), 200 if report["status"] == "success" else 500)


def _launch(call: Call, given: dict[str, str], root: str | None) -> Document:
    owner = project(call).id if "PROJECT_ID" in call.segments else ""
    number = as_number(call.segments["WRAPPER_ID"])
    found = find_wrapper(call.archive.containers.commands(), number)
    report: Document = {"params": dict(given), "id": None, "command-id": 0, "wrapper-id": number}
    named = given.get(root or (root_input(found[1]) if found else ""))
    if root is not None and found is None and named is not None:
        return {"status": "failure", **report, "message": "Unable to queue container launch"}
    item = _object(call, named) if named is not None else None
    workflow = 0
    if root is not None and item is not None and found is not None:
        workflow = create(call.archive, call.login, str(found[1]["name"]), item)
    call.archive.containers.queue(
        {
            "wrapper-id": number,
            "workflow-id": str(workflow) if workflow else "",
            "user-id": call.login,
            "project": owner or (item.project or item.id if item is not None else None),
            "row": None if item is None else item.row,
            "lost": named is not None and (item is None or not _may_write(call, found, item)),
            "inputs": dict(given),
        }
    )
    return {"status": "success", **report, "workflow-id": str(workflow) if workflow else TO_BE_ASSIGNED}


def _may_write(call: Call, found: tuple[Document, Document] | None, item: Item) -> bool:
    """Tell whether who launches may store what a wrapper makes on the object."""
    return found is None or not objects(found[1]["output-handlers"]) or may(call, "edit", item)


def _object(call: Call, named: str) -> Item | None:
    """Return the object that the value of an input means, by its path or its id; None for none."""
    if "/" not in named:
        kinds = ("experiment", "subject", "project")
        found = (call.archive.items.by_id(kind, named) for kind in kinds)
        return next((item for item in found if item is not None and may(call, "read", item)), None)
    try:
        asked = resolve(call, named)
        return resource_of(asked).resource if "RESOURCE_ID" in asked.segments else places(asked)[0].owner
    except StatusError:
        return None


def post_bulk_launch(call: Call) -> Reply:
    """``POST .../root/{name}/bulklaunch``: one launch for each object of the root input, which is a JSON list as text.

    They are launched after the answer, so that it tells none of their workflows.
    """
    said = {name: plain(value) for name, value in body_object(call).items() if value is not None}
    root = call.segments["ROOT"]
    try:
        targets: object = json.loads(said.get(root, ""))
    except ValueError:
        raise StatusError(500) from None
    found = find_wrapper(call.archive.containers.commands(), as_number(call.segments["WRAPPER_ID"]))
    if not isinstance(targets, list) or found is None:
        raise StatusError(500)
    reports = [_launch(call, {**said, root: str(target)}, root) for target in cast("list[object]", targets)]
    told = [{**one, "workflow-id": TO_BE_ASSIGNED} for one in reports]
    answer: Document = {
        "bulk-launch-id": f"bulk-{call.login}{call.archive.database.next_number('bulk_launches')}",
        "pipeline-name": found[1]["name"],
        "successes": cast("JsonValue", told),
        "failures": [],
    }
    return json_reply(compact_json(answer))
