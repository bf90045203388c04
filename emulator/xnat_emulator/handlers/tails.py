"""What stands after an object in a URL: shares, status, history (rest-data section 5, 7.5)."""

from __future__ import annotations

from ..call import Call, Reply, text_reply
from ..errors import StatusError, not_found
from ..store.items import Item
from ..tables import Cell, Table
from .address import optional_project
from .replies import item_reply, table_reply

_SHARE_COLUMNS = ("label", "ID", "Secondary_ID", "Name")
_PROJECT_SETTINGS = frozenset({"quarantine_code", "prearchive_code", "current_arc", "scan_type_mapping"})


def show(call: Call, item: Item) -> Reply:
    """Return what a GET with a tail asks for; any other tail than these is ignored."""
    tail = call.remainder[0] if call.remainder else ""
    if tail == "status":
        return text_reply("active")
    if tail.startswith("projects"):
        return table_reply(call, _shares(call, item))
    if tail == "history" and item.kind == "experiment":
        raise StatusError(501, "The emulator does not serve the history of experiments")
    return item_reply(call, item)


def show_project(call: Call, item: Item) -> Reply:
    """Return a project, not one of its archive settings."""
    _refuse_settings(call)
    if call.parameter("creatableTypes") is not None:
        raise StatusError(501, "The emulator does not serve the creatable types of projects")
    return item_reply(call, item)


def refuse(call: Call) -> None:
    """Refuse a write that has a tail.

    Raises:
        StatusError: 501 for sharing and archive settings, 400 for anything else.
    """
    if not call.remainder:
        return
    if call.remainder[0] == "projects":
        raise StatusError(501, "The emulator does not serve sharing")
    _refuse_settings(call)
    raise StatusError(400)


def delete(call: Call, item: Item) -> Reply:
    """Delete an object; through the URL of a project that only shares it, the share (rest-data 7.5.8).

    Raises:
        StatusError: 404, the project of the URL neither owns nor shares it.
    """
    refuse(call)
    project = optional_project(call)
    if project is None or project.id == item.project:
        call.archive.delete(item)
    elif item.share_label(project.id) is not None:
        call.archive.unshare(item, project.id, call.change())
    else:
        raise not_found(item.kind)
    return text_reply("")


def _refuse_settings(call: Call) -> None:
    if call.remainder and call.remainder[0] in _PROJECT_SETTINGS:
        raise StatusError(501, "The emulator does not serve archive settings of projects")


def _shares(call: Call, item: Item) -> Table:
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
