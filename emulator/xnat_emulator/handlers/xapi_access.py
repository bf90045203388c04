"""Roles in projects and accessible data types, below ``/xapi/access`` (schema-and-search 5.3)."""

from __future__ import annotations

from urllib.parse import quote

from .. import permissions
from ..call import Call, Reply, json_reply
from ..datamodel.display import DisplayElement, element, listed_types
from ..formats.documents import compact_json
from ..store.node import JsonValue
from .xapi_users import refused, require_account, require_administrator

_DISPLAYS: dict[str, tuple[permissions.Action, ...]] = {
    "browseable": ("read",),
    "browseableCreateable": ("read", "create"),
    "createable": ("create",),
    "searchable": ("read",),
    "searchableByDesc": ("read",),
    "searchableByPluralDesc": ("read",),
}
"""Kind of list -> what the caller has to be allowed somewhere."""
_FLAGS = {
    "isExperiment": "xnat:experimentData",
    "isSubjectAssessor": "xnat:subjectAssessorData",
    "isImageAssessor": "xnat:imageAssessorData",
    "isImageSession": "xnat:imageSessionData",
    "isImageScan": "xnat:imageScanData",
}


def list_own_roles(call: Call) -> Reply:
    """``GET /xapi/access/projects``: the caller's groups in projects."""
    require_account(call)
    return _roles(call, call.login)


def list_roles(call: Call) -> Reply:
    """``GET /xapi/access/{name}/projects``: the same for another account, for administrators."""
    require_administrator(call)
    name = call.segments["USERNAME"]
    if call.archive.users.get(name) is None:
        raise refused(404, f"User with username {name} was not found.")
    return _roles(call, name)


def _roles(call: Call, login: str) -> Reply:
    rows: list[JsonValue] = []
    for group in call.archive.groups.of_user(login):
        item = call.archive.items.by_id("project", group.project) if group.project else None
        if item is not None:
            rows.append(
                {
                    "secondary_ID": item.node.text("secondary_ID"),
                    "ID": item.id,
                    "role": group.title,
                    "name": item.node.text("name"),
                    "URI": f"/data/projects/{quote(item.id, safe='')}",
                    "group_id": group.id,
                    "description": item.node.text("description"),
                }
            )
    return json_reply(compact_json(rows))


def list_displays(call: Call) -> Reply:
    """``GET /xapi/access/displays``: what may stand after this address."""
    del call
    return json_reply(compact_json([*_DISPLAYS]))


def show_displays(call: Call) -> Reply:
    """``GET /xapi/access/displays/{value}``: the data types of which the caller may do something somewhere."""
    actions = _DISPLAYS.get(call.segments["DISPLAY"])
    if actions is None:
        raise refused(400, f"There is no display {call.segments['DISPLAY']}.")
    wanted = [element(call.site.schemas, call.model, name) for name in listed_types(call.site.schemas, call.model)]
    shown = [known for known in wanted if all(_allowed(call, action, known.name) for action in actions)]
    if call.segments["DISPLAY"].startswith("searchableBy"):
        plural = call.segments["DISPLAY"] == "searchableByPluralDesc"
        shown.sort(key=lambda known: (known.plural if plural else known.singular).lower())
    return json_reply(compact_json([_display(call, known) for known in shown]))


def _allowed(call: Call, action: permissions.Action, xsi_type: str) -> bool:
    return permissions.projects_where(call, action, xsi_type) != frozenset()


def _display(call: Call, known: DisplayElement) -> JsonValue:
    """Return a data type; its colours, its description and its actions are not known here."""
    return {
        "elementName": known.name,
        "properName": call.model.element_of(known.name) or known.name,
        "singular": known.singular,
        "plural": known.plural,
        "lbg": None,
        "dbg": None,
        "xsDescription": None,
        "allowBriefVersion": "brief" in known.versions,
        "allowDetailedVersion": "detailed" in known.versions,
        **{flag: call.model.extends(known.name, base) for flag, base in _FLAGS.items()},
        "actions": [],
    }
