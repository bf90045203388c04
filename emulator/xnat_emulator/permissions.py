"""Who may do what (rest-data 2.5, 4.7, 7.3, section 9).

Reads are filtered: what a caller may not read is not found, so that handlers ask ``address`` for objects and get 404.
Everything else is asked for here, and refused with 403.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .access import Access, Action, access_of
from .errors import StatusError
from .store.users import GUEST

if TYPE_CHECKING:
    from .call import Call
    from .store.items import Item

__all__ = [
    "Action",
    "access",
    "forget",
    "is_administrator",
    "is_guest",
    "may",
    "may_create_projects",
    "may_in",
    "projects_where",
    "readable",
    "require",
    "require_administrator",
    "require_in",
    "sees_all_data",
]


def access(call: Call) -> Access:
    """Return what the caller may do; it is worked out once a request."""
    known = call.access
    if known is None or known.login != call.login:
        known = call.access = access_of(call.archive, call.login)
    return known


def forget(call: Call) -> None:
    """Work out anew what the caller may do, because this request changed it."""
    call.access = None


def is_administrator(call: Call) -> bool:
    """Tell whether the caller may do everything."""
    return access(call).administrator


def is_guest(call: Call) -> bool:
    """Tell whether nobody is logged in."""
    return call.login in {"", GUEST}


def sees_all_data(call: Call) -> bool:
    """Tell whether the caller may read every project."""
    return "read" in access(call).all_data


def may_in(call: Call, action: Action, project: str, xsi_type: str) -> bool:
    """Tell whether the caller may do something with objects of a type in a project, by its id."""
    return access(call).may(action, project, xsi_type)


def projects_where(call: Call, action: Action, xsi_type: str) -> frozenset[str] | None:
    """Return the ids of the projects where the caller may do something with a type, None for all of them."""
    return access(call).allowed(action, xsi_type)


def may(call: Call, action: Action, item: Item) -> bool:
    """Tell whether the caller may do something with an object.

    Reading works through every project that owns or shares it, all else through the owning one. What belongs to
    another object (a scan, a resource) follows that one.
    """
    known = access(call)
    if action in known.all_data:
        return True
    owner = _top(call, known, item)
    if known.may(action, owner.project, owner.xsi_type):
        return True
    return action == "read" and any(known.may("read", name, owner.xsi_type, shared=True) for name in _shares(owner))


def _top(call: Call, known: Access, item: Item) -> Item:
    if item.owner is None:
        return item
    if item.owner not in known.tops:
        above = call.archive.items.get(item.owner)
        known.tops[item.owner] = item if above is None else _top(call, known, above)
    return known.tops[item.owner]


def _shares(item: Item) -> list[str]:
    return [share.text("project") for share in item.node.children.get("sharing/share", ())]


def readable(call: Call, items: Iterable[Item]) -> list[Item]:
    """Return the objects the caller may read."""
    if sees_all_data(call):
        return list(items)
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


def require_administrator(call: Call, message: str = "") -> None:
    """Refuse everybody but administrators.

    Raises:
        StatusError: 403.
    """
    if not is_administrator(call):
        raise StatusError(403, message)


def may_create_projects(call: Call) -> bool:
    """Tell whether the caller may make projects: administrators, and everybody with an account where the site lets."""
    if is_guest(call):
        return False
    return is_administrator(call) or call.archive.settings.flag("uiAllowNonAdminProjectCreation")
