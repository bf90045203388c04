"""The list of projects and the other tables at its address (rest-data 4.3, 4.4, 4.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .. import permissions
from ..call import Call
from ..datamodel import aliases
from ..datamodel.display import listed_types
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..listing import Listing, run
from ..store.groups import Group
from ..store.items import Item
from ..store.node import Node

TYPE = "xnat:projectData"

LISTING = Listing(
    root=TYPE,
    aliases=aliases.PROJECT,
    defaults=("ID", "secondary_ID", "name", "description", "pi_firstname", "pi_lastname"),
    uri_prefix="/data/projects/",
)

_DISPLAY_MODES = frozenset(
    {"accessible", "data", "prearc_code", "owner", "member", "collaborator", "admin", "activeSince", "recent"}
    | {"favorite"}
)
"""Parameters that ask for a display search instead of the list."""
_DISPLAY_COLUMNS = (
    *("id", "name", "description", "secondary_id", "pi", "project_invs", "project_access", "project_access_img"),
    *("insert_date", "insert_user"),
)
_CREATABLE_COLUMNS = ("id", "name", "description", "secondary_id")
_ACTIONS: dict[str, permissions.Action] = {
    "read": "read",
    "create": "create",
    "edit": "edit",
    "delete": "delete",
    "active": "delete",
}
"""Value of ``permissions=`` -> the right it needs; only who may delete may activate."""


def table(call: Call) -> Table:
    """Return the table a ``GET /data/projects`` asks for."""
    asked = {name for name, _ in call.query}
    if "permissions" in asked:
        return _permitted(call)
    if call.flag("creatableTypes"):
        return _creatable(call)
    if call.parameter("format") == "search_xml":
        raise StatusError(501, "The emulator does not serve project lists as search documents")
    return _display(call) if asked & _DISPLAY_MODES else _listed(call)


def _listed(call: Call) -> Table:
    """Return the list: what the caller may read; the permissions replace the filters of everybody but data admins."""
    action = {"edit": "edit", "delete": "delete"}.get(call.parameter("restrict") or "", "read")
    found = [item for item in _projects(call) if permissions.may(call, _ACTIONS[action], item)]
    filterable = "edit" in permissions.access(call).all_data
    return run(call, LISTING if filterable else replace(LISTING, filterable=False), found)


def _projects(call: Call) -> list[Item]:
    return permissions.readable(call, call.archive.items.all("project"))


def creatable_types(call: Call, owner: Item) -> Table:
    """Return the types of which the caller may make objects in a project."""
    model = call.model
    kinds = ("subject", "experiment")
    rows: list[dict[str, Cell]] = [
        {"element_name": name}
        for name in listed_types(call.site.schemas, model)
        if model.kind_of(name) in kinds and permissions.may_in(call, "create", owner.id, name)
    ]
    return Table(("element_name",), rows)


def _creatable(call: Call) -> Table:
    """Return the projects in which the caller may make objects, of one type or of any."""
    wanted = call.parameter("data-type")
    names = [wanted] if wanted else list(listed_types(call.site.schemas, call.model))
    rows: list[dict[str, Cell]] = [
        {
            "id": item.id,
            "name": item.node.text("name"),
            "description": item.node.text("description"),
            "secondary_id": item.node.text("secondary_ID"),
        }
        for item in _projects(call)
        if any(permissions.may_in(call, "create", item.id, name) for name in names if name != TYPE)
    ]
    return Table(_CREATABLE_COLUMNS, rows)


def _permitted(call: Call) -> Table:
    """Return the projects where the caller has the right that ``permissions`` names, for ``dataType``.

    Raises:
        StatusError: 500, there is no such right.
    """
    action = _ACTIONS.get(call.parameter("permissions") or "")
    if action is None:
        raise StatusError(500)
    wanted = call.parameter("dataType")
    names = [wanted] if wanted else ["xnat:mrSessionData", "xnat:petSessionData"]
    rows: list[dict[str, Cell]] = [
        {"id": item.id, "secondary_id": item.node.text("secondary_ID")}
        for item in _projects(call)
        if any(permissions.may_in(call, action, item.id, name) for name in names)
    ]
    rows.sort(key=lambda row: str(row["secondary_id"]))
    return Table(("id", "secondary_id"), rows)


# --- the display search ---


@dataclass(frozen=True)
class _Shown:
    """A project as the display search sees it."""

    item: Item
    group: Group | None
    access: str

    @property
    def member(self) -> bool:
        """Whether the caller is in one of its groups."""
        return self.group is not None

    @property
    def level(self) -> str:
        """``owner``, ``member``, ``collaborator``, or empty."""
        return "" if self.group is None else self.group.id.removeprefix(f"{self.item.id}_")


def _display(call: Call) -> Table:
    _refuse_odd_values(call)
    user = call.archive.users.get(call.login)
    number = 0 if user is None else user.number
    shown = [one for one in _all_shown(call) if _wanted(call, one)]
    shown.sort(key=lambda one: one.item.node.text("secondary_ID").lower())
    role, seen = f"user_role_{number}", f"last_accessed_{number}"
    more = ("proj_quarantine", "proj_prearchive_code") if call.flag("prearc_code") else ()
    columns = (*_DISPLAY_COLUMNS, role, seen, *more, "quarantine_status")
    rows = [{**_row(call, one), role: None if one.group is None else one.group.title, seen: None} for one in shown]
    return Table(columns, rows, {"title": "Projects", "xdat_user_id": str(number)})


def _refuse_odd_values(call: Call) -> None:
    """Refuse values that no project could meet, however many there are (rest-data 4.6).

    Raises:
        StatusError: 500, there is no such ``data``; 422, ``activeSince`` is no moment.
    """
    if (call.parameter("data") or "").lower() not in {"", "readable", "writable"}:
        raise StatusError(500)
    since = call.parameter("activeSince")
    if since is not None and _moment(since) is None:
        raise StatusError(422)


def _all_shown(call: Call) -> Iterator[_Shown]:
    mine = {group.project: group for group in call.archive.groups.of_user(call.login)}
    opened = call.archive.project_settings.open_projects()
    for item in _projects(call):
        yield _Shown(item, mine.get(item.id), opened.get(item.id, "private"))


def _row(call: Call, one: _Shown) -> dict[str, Cell]:
    node, settings = one.item.node, call.archive.project_settings
    return {
        "id": one.item.id,
        "name": node.text("name"),
        "description": node.text("description")[:161] or None,
        "secondary_id": node.text("secondary_ID"),
        "pi": _people(node.children.get("PI", ())),
        "project_invs": _people(node.children.get("investigators/investigator", ())),
        "project_access": one.access,
        "project_access_img": None,
        "insert_date": datetime.fromisoformat(one.item.inserted),
        "insert_user": one.item.inserted_by,
        "proj_quarantine": settings.code(one.item.id, "quarantine_code"),
        "proj_prearchive_code": settings.code(one.item.id, "prearchive_code"),
        "quarantine_status": "active",
    }


def _people(nodes: Sequence[Node]) -> str | None:
    names = (f"{node.text('firstname')} {node.text('lastname')}".strip() for node in nodes)
    return " <br/> ".join(names) or None


def _wanted(call: Call, one: _Shown) -> bool:
    """Tell whether a project meets what the parameters ask: ``data`` and ``accessible``, and one of the others."""
    if not _meets_data(call, one) or not _meets_accessible(call, one):
        return False
    tests = [test for name, test in _ALTERNATIVES.items() if call.parameter(name) is not None]
    results = [result for test in tests if (result := test(call, one)) is not None]
    return any(results) if results else True


def _meets_data(call: Call, one: _Shown) -> bool:
    asked = (call.parameter("data") or "").lower()
    if not asked or permissions.sees_all_data(call):
        return True
    return one.level in {"owner", "member"} if asked == "writable" else one.member or one.access == "public"


def _meets_accessible(call: Call, one: _Shown) -> bool:
    asked = (call.parameter("accessible") or "").lower()
    if not asked:
        return True
    seen = permissions.sees_all_data(call) or one.member or one.access != "private"
    return seen and not (asked == "false" and one.member)


def _is_true(call: Call, name: str) -> bool:
    return (call.parameter(name) or "").lower() == "true"


def _owner(call: Call, one: _Shown) -> bool:
    return one.level == "owner" if _is_true(call, "owner") else not one.member


def _member(call: Call, one: _Shown) -> bool:
    return (one.level == "member") is _is_true(call, "member")


def _collaborator(call: Call, one: _Shown) -> bool:
    return (one.level == "collaborator") is _is_true(call, "collaborator")


def _users(call: Call, one: _Shown) -> bool | None:
    return one.member if _is_true(call, "users") else None


def _admin(call: Call, one: _Shown) -> bool | None:
    del one
    return True if call.flag("admin") and permissions.sees_all_data(call) else None


def _active_since(call: Call, one: _Shown) -> bool:
    moment = _moment(call.parameter("activeSince") or "")
    return moment is not None and datetime.fromisoformat(one.item.modified) > moment


def _moment(text: str) -> datetime | None:
    for form in ("%m/%d/%Y", "%Y-%m-%d", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _recent(call: Call, one: _Shown) -> bool:
    """Tell whether the caller worked in a project: nobody notes visits here, so it is who made or joined it."""
    return one.item.inserted_by == call.login or one.member


def _favorite(call: Call, one: _Shown) -> bool:
    return one.item.id in call.archive.favorites.of(call.login, TYPE)


_ALTERNATIVES: dict[str, Callable[[Call, _Shown], bool | None]] = {
    "users": _users,
    "owner": _owner,
    "admin": _admin,
    "member": _member,
    "collaborator": _collaborator,
    "activeSince": _active_since,
    "recent": _recent,
    "favorite": _favorite,
}
"""Parameters of which a project has to meet one."""
