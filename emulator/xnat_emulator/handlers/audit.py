"""What happened to an object: ``/experiments/E/history`` and ``/services/audit`` (rest-data section 5, 17.4).

The facts name both and their options; the names inside the document are those of the public source of the 1.6 line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import permissions
from ..call import Call, Reply, json_reply
from ..datamodel.schema import REST_ROOTS
from ..datamodel.values import Value, to_json
from ..errors import StatusError, not_found
from ..formats.documents import compact_json
from ..formats.javadate import format_date
from ..store.events import Event
from ..store.history import Version
from ..store.items import Item
from ..store.node import JsonValue, Node

_CONCEALED = frozenset({"file_size", "URI"})
_OWNED = ("scan", "reconstruction", "resource")


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing that one event did."""

    event: int
    login: str
    moment: str
    told: dict[str, JsonValue]


def history_of(call: Call, item: Item) -> Reply:
    """``GET .../experiments/E/history``: the events of an experiment and of what belongs to it."""
    return json_reply(compact_json({"events": _events(call, list(_trail(call, item.row, item)))}))


def show_audit(call: Call) -> Reply:
    """``GET /data/services/audit/<xsiType>/<key>``: the same for any object, also for one that is gone."""
    if len(call.remainder) != 2:
        raise StatusError(400, "Name a data type and a key")
    xsi_type, key = call.remainder
    kind = call.model.kind_of(xsi_type) if xsi_type in call.model else None
    if kind is None or kind not in REST_ROOTS:
        raise StatusError(400, f"Unknown data type {xsi_type}")
    found = call.archive.items.by_id(kind, key)
    gone = call.archive.items.history.of_id(kind, key)
    if found is not None and permissions.may(call, "read", found):
        return history_of(call, found)
    if found is not None or not gone or not _may_see_gone(call, gone[-1]):
        raise not_found("item")
    return json_reply(compact_json({"events": _events(call, list(_trail(call, gone[-1].row, None)))}))


def _may_see_gone(call: Call, version: Version) -> bool:
    return permissions.may_in(call, "read", version.project, version.node.xsi_type)


# --- what happened, one object after the other ---


def _trail(call: Call, row: int, current: Item | None) -> Iterator[_Step]:
    """Yield the steps of an object and of everything that belongs or belonged to it."""
    versions = call.archive.items.history.of(row)
    yield from _own_steps(call, versions, current)
    identifier = current.id if current is not None else versions[-1].node.text("ID") if versions else ""
    for child, item in _children(call, row, identifier, current).items():
        yield from _trail(call, child, item)


def _children(call: Call, row: int, identifier: str, current: Item | None) -> dict[int, Item | None]:
    kept = call.archive.items.history.below(row, identifier, identifier)
    found: dict[int, Item | None] = {version.row: None for version in kept}
    if current is not None:
        owned = [item for kind in _OWNED for item in call.archive.items.owned(current, kind)]
        if current.kind in {"subject", "experiment"}:
            owned += [*call.archive.items.of_subject(current.id), *call.archive.items.assessors(current.id)]
        found.update((item.row, item) for item in owned)
    found.pop(row, None)
    gone = {child for child, item in found.items() if item is None and call.archive.items.get(child) is not None}
    return {child: item for child, item in found.items() if child not in gone}


def _own_steps(call: Call, versions: Sequence[Version], current: Item | None) -> Iterator[_Step]:
    nodes = [version.node for version in versions] + ([] if current is None else [current.node])
    if not nodes:
        return
    author = versions[0].inserted_by if versions or current is None else current.inserted_by
    yield _Step(nodes[0].event, author, nodes[0].started, _told(call, nodes[0], "Added"))
    for position, version in enumerate(versions):
        if version.removed or position + 1 == len(nodes):
            changes = [_told(call, version.node, "Removed")]
        else:
            changes = list(_changes(call, version.node, nodes[position + 1]))
        yield from (_Step(version.event, version.login, version.ended, told) for told in changes)
    if current is not None and current.kind == "resource" and call.flag("includeFiles"):
        yield from _file_steps(call, current)


def _file_steps(call: Call, resource: Item) -> Iterator[_Step]:
    for file in call.archive.files.of(resource.row):
        told: dict[str, JsonValue] = {"objectHeader": "file", "objectLabel": file.path, "action": "Added"}
        yield _Step(file.event, file.created_by, file.created, told)


def _changes(call: Call, old: Node, new: Node) -> Iterator[dict[str, JsonValue]]:
    """Yield what differs between two states of one node: fields, then child items."""
    for path in dict.fromkeys((*old.values, *new.values)):
        if path not in _CONCEALED and old.values.get(path) != new.values.get(path):
            yield {**_told(call, new, "Modified"), "field": _field(call, new, path, old)}
    for slot in dict.fromkeys((*old.children, *new.children)):
        before = {child.number: child for child in old.children.get(slot, ())}
        after = {child.number: child for child in new.children.get(slot, ())}
        yield from (_told(call, child, "Removed") for number, child in before.items() if number not in after)
        yield from (_told(call, child, "Added") for number, child in after.items() if number not in before)
        for number in before.keys() & after.keys():
            yield from _changes(call, before[number], after[number])


def _told(call: Call, node: Node, action: str) -> dict[str, JsonValue]:
    label = node.text("label") or node.text("ID") or node.text("name") or node.text("project")
    return {"objectHeader": call.site.singular(node.xsi_type), "objectLabel": label, "action": action}


def _field(call: Call, new: Node, path: str, old: Node) -> JsonValue:
    field = call.model.type(new.xsi_type).fields.get(path)
    told: dict[str, JsonValue] = {"xsiPath": path, "fieldLabel": path}

    def put(name: str, value: Value | None) -> None:
        if value is not None:
            told[name] = to_json(value, field)

    put("newValue", new.values.get(path))
    put("oldValue", old.values.get(path))
    return told


# --- the document ---


def _events(call: Call, steps: Sequence[_Step]) -> list[JsonValue]:
    known = {event.id: event for event in call.archive.events.get([step.event for step in steps])}
    numbers = sorted({step.event for step in steps})
    return [_event(call, known.get(number), [step for step in steps if step.event == number]) for number in numbers]


def _event(call: Call, event: Event | None, steps: Sequence[_Step]) -> JsonValue:
    first = steps[0]
    told: dict[str, JsonValue] = {
        "event_id": first.event,
        "event_date": _date(call, first.moment if event is None else event.moment),
        "event_user": first.login if event is None else event.login,
    }
    if event is not None:
        said = {"event_type": event.facts.type, "event_action": event.facts.action, "event_reason": event.facts.reason}
        told |= {name: text for name, text in said.items() if text}
        told |= {"event_category": "DATA", "event_status": "Complete"}
    told["changesets"] = _changesets(call, steps) if call.flag("includeDetails") else []
    return told


def _changesets(call: Call, steps: Sequence[_Step]) -> list[JsonValue]:
    moments = sorted({step.moment for step in steps})
    return [
        {"date": _date(call, moment), "changes": [step.told for step in steps if step.moment == moment]}
        for moment in moments
    ]


def _date(call: Call, moment: str) -> JsonValue:
    return format_date(moment, call.parameter("dateFormat"))
