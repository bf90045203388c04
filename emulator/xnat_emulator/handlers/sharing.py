"""Sharing: ``PUT`` and ``DELETE <item>/projects/{P2}`` (rest-data 7.5, recorded answer D23)."""

from __future__ import annotations

from dataclasses import dataclass

from .. import permissions
from ..address import project_named
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats import tables
from ..formats.tables import Cell, Table
from ..store import sharing as store
from ..store.items import Item
from .replies import item_reply, refusal, table_reply

_SHARE_COLUMNS = ("label", "ID", "Secondary_ID", "Name")


def is_asked(call: Call) -> bool:
    """Tell whether a write is about a project that an object is shared into."""
    return call.remainder[:1] == ("projects",)


def share_table(call: Call, item: Item) -> Table:
    """Return the projects an object belongs to, its own first."""
    names = [item.project, *(share.text("project") for share in item.node.children.get("sharing/share", ()))]
    rows: list[dict[str, Cell]] = []
    for name in names:
        project = call.archive.items.by_id("project", name)
        secondary, title = (None, None) if project is None else _titles(project)
        rows.append({"label": item.label_in(name), "ID": name, "Secondary_ID": secondary, "Name": title})
    return Table(_SHARE_COLUMNS, rows)


def _titles(project: Item) -> tuple[str, str]:
    return project.node.text("secondary_ID"), project.node.text("name")


@dataclass(frozen=True)
class _Request:
    """One share that is asked for.

    Attributes:
        call: The request.
        item: What is shared.
        other: The project it is shared into.
    """

    call: Call
    item: Item
    other: Item

    @property
    def wanted(self) -> str:
        """The label that is asked for, empty without one."""
        return self.call.parameter("label") or ""

    @property
    def taken(self) -> bool:
        """Whether another object has the label in the other project."""
        label = self.wanted or self.item.label
        found = self.call.archive.items.by_label(self.item.kind, self.other.id, label) if label else None
        return found is not None and found.row != self.item.row

    def conflict(self) -> StatusError:
        """Return the 409 for a label in use."""
        return StatusError(409, f"Specified label is already in use: {self.wanted or self.item.label}")

    def assigned(self) -> StatusError:
        """Return the 409 for an object that belongs to the project already (D23)."""
        return StatusError(409, f"Already assigned to project:{self.other.id}")


def _request(call: Call, item: Item) -> _Request:
    """Return what is asked for, once it is known to be allowed (rest-data 7.5.1, 7.5.9).

    Raises:
        StatusError: 400, no project is named; 404, there is no such project; 403, the object must not be read or none
            of its type must be made there.
    """
    other = _named_project(call)
    _require_feature(call)
    permissions.require(call, "read", item)
    permissions.require_in(call, "create", other.id, item.xsi_type)
    return _Request(call, item, other)


def _require_feature(call: Call) -> None:
    """Refuse sharing where the site turned it off (rest-data 7.5.9)."""
    if not call.archive.settings.get("sharingEnabled", default=True):
        raise StatusError(403, "Sharing is not allowed.")


def _named_project(call: Call) -> Item:
    if len(call.remainder) != 2:
        raise StatusError(400)
    found = project_named(call, call.remainder[1])
    if found is None:
        raise StatusError(404, f"Unable to identify project: {call.remainder[1]}")
    return found


def put_subject(call: Call, item: Item) -> Reply:
    """``PUT .../subjects/S/projects/P2``: the table of shares; ``primary=true`` moves, another label relabels."""
    asked = _request(call, item)
    if call.flag("primary"):
        moved = _move(asked)
        return moved or _share_reply(call, item)
    if item.share_label(asked.other.id) is None:
        _share(asked)
    elif not _relabel(asked):
        raise asked.assigned()
    return _share_reply(call, item)


def put_experiment(call: Call, item: Item) -> Reply:
    """``PUT .../experiments/E/projects/P2``: the accession id, each of the three routes in its own way.

    Without a project in the path the answer is 201 although nothing is made, and a move is done and fails afterwards
    (rest-data 7.5.3, 7.5.4).
    """
    asked = _request(call, item)
    bare = call.segment("PROJECT_ID") is None
    if call.parameter("primary") == "true":
        moved = _move(asked)
        return refusal(500) if bare else moved or text_reply("")
    if call.segment("SUBJECT_ID") is not None and item.project == asked.other.id:
        raise asked.assigned()
    if item.share_label(asked.other.id) is not None:
        return _relabel_then_refuse(asked)
    _share(asked)
    return text_reply(item.id, 201 if bare else 200)


def put_assessor(call: Call, item: Item) -> Reply:
    """``PUT .../assessors/A/projects/P2``: the table of shares; empty after a move."""
    asked = _request(call, item)
    if call.parameter("primary") == "true":
        return _move(asked) or text_reply("")
    if item.share_label(asked.other.id) is not None:
        return _relabel_then_refuse(asked)
    _share(asked)
    return _share_reply(call, item)


def put_scan(call: Call, item: Item, session: Item) -> Reply:
    """``PUT .../scans/N/projects/P2``: the scan; its session is shared too, without other scans (rest-data 7.5.6)."""
    asked = _request(call, item)
    if item.share_label(asked.other.id) is not None:
        raise asked.assigned()
    above = _Request(call, session, asked.other)
    change = call.change(item.xsi_type)
    if session.project != asked.other.id and session.share_label(asked.other.id) is None:
        if call.archive.items.by_label("experiment", asked.other.id, session.label) is not None:
            raise above.conflict()
        store.share_alone(call.archive, session, asked.other.id, session.label, change)
    if item.project != asked.other.id:
        store.share_alone(call.archive, item, asked.other.id, asked.wanted or item.id, change)
    return item_reply(call, item)


def _share(asked: _Request) -> None:
    if asked.taken:
        raise asked.conflict()
    item = asked.item
    if item.project != asked.other.id:
        change = asked.call.change(item.xsi_type)
        store.share(asked.call.archive, item, asked.other.id, asked.wanted or item.label, change)


def _relabel(asked: _Request) -> bool:
    """Give a share another label; tell whether there was anything to change."""
    if not asked.wanted or asked.wanted == asked.item.share_label(asked.other.id):
        return False
    if asked.taken:
        raise asked.conflict()
    change = asked.call.change(asked.item.xsi_type)
    store.share_alone(asked.call.archive, asked.item, asked.other.id, asked.wanted, change)
    return True


def _relabel_then_refuse(asked: _Request) -> Reply:
    """Relabel an experiment's share, and answer 409 all the same (rest-data 7.5.5)."""
    _relabel(asked)
    return refusal(409, asked.assigned().message)


def _move(asked: _Request) -> Reply | None:
    """Make the other project the primary one; a used label is refused, but the move is done (rest-data 7.5.3)."""
    call, item = asked.call, asked.item
    permissions.require(call, "delete", item)
    if item.project == asked.other.id:
        raise asked.assigned()
    taken, change = asked.taken, call.change(item.xsi_type)
    store.move(call.archive, item, asked.other.id, asked.wanted, change)
    wanted = {name.strip() for name in (call.parameter("moveAssessors") or "").split(",")}
    for assessor in call.archive.items.assessors(item.id) if item.kind == "experiment" else ():
        if assessor.id in wanted:
            store.move(call.archive, assessor, asked.other.id, "", change)
    return refusal(409, asked.conflict().message) if taken else None


def _share_reply(call: Call, item: Item) -> Reply:
    """Return the share table, as HTML unless a format is given (rest-data 7.5.4)."""
    table = share_table(call, item)
    if call.parameter("format") is None:
        return text_reply(tables.to_html(table), media_type="text/html")
    return table_reply(call, table)


def delete(call: Call, item: Item) -> Reply:
    """``DELETE <item>/projects/{P2}``: P2 shows the object no longer (rest-data 7.5.8).

    From its primary project the object is deleted; what was never shared answers 403 for subjects, 200 for all else
    (both claimed of a 1.9 server, peers 5.2).
    """
    other = _named_project(call)
    if item.project == other.id:
        permissions.require(call, "delete", item)
        call.archive.delete(item, call.change(item.xsi_type))
    elif item.share_label(other.id) is not None:
        leave(call, item, other.id)
    elif item.kind == "subject":
        raise StatusError(403)
    return text_reply("")


def leave(call: Call, item: Item, project: str) -> None:
    """Take an object out of a project that shares it, by who may delete in one of the two.

    Raises:
        StatusError: 403.
    """
    if not permissions.may(call, "delete", item):
        permissions.require_in(call, "delete", project, item.xsi_type)
    store.unshare(call.archive, item, project, call.change(item.xsi_type))
