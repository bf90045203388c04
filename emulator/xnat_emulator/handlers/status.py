"""Whether an object is active, in quarantine, locked or obsolete (rest-data 7.1.7)."""

from __future__ import annotations

from .. import permissions
from ..call import Call
from ..errors import StatusError
from ..store.change import Change
from ..store.items import Item
from .bodies import Wanted

_ACTIONS = {
    "activate": "active",
    "quarantine": "quarantine",
    "_lock": "locked",
    "_unlock": "active",
    "_obsolete": "obsolete",
}


def status_text(item: Item) -> str:
    """Return what ``<item>/status`` says: ``active`` or ``quarantine`` (rest-data section 5)."""
    return "active" if item.status in {"active", "locked"} else "quarantine"


def refuse_locked(call: Call, item: Item, wanted: Wanted | None = None) -> None:
    """Refuse a change of a locked object, and of what belongs to one, unless the request unlocks it.

    Raises:
        StatusError: 403 (rest-data 7.3, 8.6).
    """
    above = None if item.owner is None else call.archive.items.get(item.owner)
    if item.status == "locked" and (wanted is None or not wanted.flag("_unlock")):
        raise StatusError(403, "The item is locked.")
    if above is not None:
        refuse_locked(call, above)


def apply(call: Call, item: Item, wanted: Wanted, change: Change) -> None:
    """Give a stored object the status that a write asks for.

    Raises:
        StatusError: 403, the caller may not activate: only who may delete may do that.
    """
    asked = next((status for name, status in _ACTIONS.items() if wanted.flag(name)), None)
    if asked is not None:
        permissions.require(call, "delete", item)
        item.status = asked
        call.archive.items.save(item, change)
