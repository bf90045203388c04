"""What stands after an object in a URL: shares, status, history (rest-data section 5, 7.5)."""

from __future__ import annotations

from .. import permissions
from ..address import optional_project
from ..call import Call, Reply, text_reply
from ..errors import StatusError, not_found
from ..store.items import Item
from . import audit, sharing, status
from .replies import item_reply, table_reply

_PROJECT_SETTINGS = frozenset({"quarantine_code", "prearchive_code", "current_arc", "scan_type_mapping"})


def show(call: Call, item: Item) -> Reply:
    """Return what a GET with a tail asks for; any other tail than these is ignored."""
    tail = call.remainder[0] if call.remainder else ""
    if tail == "status":
        return text_reply(status.status_text(item))
    if tail.startswith("projects"):
        return table_reply(call, sharing.share_table(call, item))
    if tail == "history" and item.kind == "experiment":
        return audit.history_of(call, item)
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
        StatusError: 501 for archive settings, 400 for anything else.
    """
    if not call.remainder:
        return
    _refuse_settings(call)
    raise StatusError(400)


def delete(call: Call, item: Item) -> Reply:
    """Delete an object; through the URL of a project that only shares it, the share (rest-data 7.5.8, section 8).

    The contents of its files go in any case: nothing could reach them, so ``removeFiles`` makes no difference here.

    Raises:
        StatusError: 404, the project of the URL neither owns nor shares it; 403, the caller may not, the object is
            locked, or a subject has experiments in other projects; 400 for any other tail.
    """
    if sharing.is_asked(call):
        return sharing.delete(call, item)
    refuse(call)
    project = optional_project(call)
    if project is not None and project.id != item.project:
        if item.share_label(project.id) is None:
            raise not_found(item.kind)
        sharing.leave(call, item, project.id)
        return text_reply("")
    permissions.require(call, "delete", item)
    status.refuse_locked(call, item)
    if item.kind == "subject" and any(one.project != item.project for one in call.archive.items.of_subject(item.id)):
        raise StatusError(403, "The subject has experiments in other projects.")
    call.archive.delete(item, call.change(item.xsi_type))
    return text_reply("")


def _refuse_settings(call: Call) -> None:
    if call.remainder and call.remainder[0] in _PROJECT_SETTINGS:
        raise StatusError(501, "The emulator does not serve archive settings of projects")
