"""Who may do what (rest-data 2.5, 4.7, 7.3, section 9).

Reads are filtered: what a caller may not read is not found, so that handlers ask ``address`` for objects and get 404.
Everything else is asked for here, and refused with 403.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from .errors import StatusError

if TYPE_CHECKING:
    from .call import Call
    from .store.items import Item

Action: TypeAlias = Literal["read", "create", "edit", "delete"]

_RIGHTS: dict[str, frozenset[str]] = {
    "owner": frozenset({"read", "create", "edit", "delete"}),
    "member": frozenset({"read", "create", "edit"}),
    "collaborator": frozenset({"read"}),
}
"""Built-in group of a project -> what its members may do with the project's data."""


def is_administrator(call: Call) -> bool:
    """Tell whether the caller may do everything."""
    return call.archive.users.is_administrator(call.login)


def may_in(call: Call, action: Action, project: str, xsi_type: str) -> bool:
    """Tell whether the caller may do something with objects of a type in a project, by its id."""
    del xsi_type
    return is_administrator(call) or action in _rights(call, project)


def _rights(call: Call, project: str) -> set[str]:
    found: set[str] = set()
    for grouping, user in call.archive.users.members(project):
        if user.login == call.login:
            found |= _RIGHTS.get(grouping, frozenset())
    return found


def may(call: Call, action: Action, item: Item) -> bool:
    """Tell whether the caller may do something with an object.

    Reading works through every project that owns or shares it, all else through the owning one. What belongs to
    another object (a scan, a resource) follows that one.
    """
    owner = _top(call, item)
    if action == "read":
        return any(may_in(call, action, project, owner.xsi_type) for project in _projects(owner))
    return may_in(call, action, owner.project, owner.xsi_type)


def _top(call: Call, item: Item) -> Item:
    while item.owner is not None and (above := call.archive.items.get(item.owner)) is not None:
        item = above
    return item


def _projects(item: Item) -> list[str]:
    return [item.project, *(share.text("project") for share in item.node.children.get("sharing/share", ()))]


def readable(call: Call, items: Iterable[Item]) -> list[Item]:
    """Return the objects the caller may read."""
    return [item for item in items if may(call, "read", item)]


def require(call: Call, action: Action, item: Item, message: str = "") -> None:
    """Refuse what the caller may not do with an object.

    Raises:
        StatusError: 403.
    """
    if not may(call, action, item):
        raise StatusError(403, message)


def require_in(call: Call, action: Action, project: str, xsi_type: str, message: str = "") -> None:
    """Refuse what the caller may not do with objects of a type in a project.

    Raises:
        StatusError: 403.
    """
    if not may_in(call, action, project, xsi_type):
        raise StatusError(403, message)
