"""User groups of projects (rest-data 9.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from .. import permissions
from ..address import project
from ..call import Call, Pairs, Reply, as_number, first_values, read_form
from ..errors import StatusError
from ..formats.tables import Cell, Table
from ..store.groups import Group
from ..store.items import Item
from ..store.node import Node
from .replies import item_reply, table_reply

_COLUMNS = ("id", "displayname", "tag", "xdat_usergroup_id", "users")
_ID, _TITLE = "xdat:userGroup/ID", "xdat:userGroup/displayName"
_PROJECT_TYPE = "xnat:projectData"
_GRANTS = {"R": {"read"}, "E": {"read", "create", "edit"}, "D": {"read", "delete"}, "wasSet": set[str]()}
"""End of a permission key -> what it allows."""
_ELEMENTS = {"read": "read_element", "edit": "edit_element", "create": "create_element", "delete": "delete_element"}


def show_groups(call: Call) -> Reply:
    """``GET /data/projects/P/groups[/G]``: the table of groups, or one group as an item.

    A group that does not exist gives the table too.
    """
    owner = project(call)
    group = _find(call, owner, _fields(call))
    return _table(call, owner) if group is None else _item(call, group)


def _table(call: Call, owner: Item) -> Reply:
    groups = call.archive.groups
    rows: list[dict[str, Cell]] = [
        {
            "id": group.id,
            "displayname": group.title,
            "tag": group.project,
            "xdat_usergroup_id": group.number,
            "users": len(groups.members_of(group.id)),
        }
        for group in groups.of_project(owner.id)
    ]
    return table_reply(call, Table(_COLUMNS, rows, {"title": "Projects"}))


def _item(call: Call, group: Group) -> Reply:
    node = Node("xdat:userGroup", {"ID": group.id, "displayName": group.title, "tag": group.project})
    node.number = group.number
    by_type: dict[str, list[Node]] = {}
    for field, actions in call.archive.groups.rights(group).items():
        by_type.setdefault(field.partition("/")[0], []).append(_mapping(group, field, actions))
    if by_type:
        node.children["element_access"] = [_element_access(*found) for found in by_type.items()]
    for each in node.walk():
        # Nobody notes when rights were given: as long as the site runs.
        each.started = datetime.fromtimestamp(int(call.site.started), UTC).replace(tzinfo=None).isoformat()
    return item_reply(call, Item("group", node))


def _mapping(group: Group, field: str, actions: frozenset[str]) -> Node:
    node = Node("xdat:field_mapping", {"field": field, "field_value": group.project, "comparison_type": "equals"})
    node.values.update({name: action in actions for action, name in _ELEMENTS.items()})
    return node


def _element_access(xsi_type: str, mappings: list[Node]) -> Node:
    allowed = Node("xdat:field_mapping_set", {"method": "OR"}, {"allow": mappings})
    return Node("xdat:element_access", {"element_name": xsi_type}, {"permissions/allow_set": [allowed]})


def put_group(call: Call) -> Reply:
    """``PUT|POST /data/projects/P/groups[/G]``: make or change a group.

    Raises:
        StatusError: 404, no group is named; 403, no right to delete the project; 400, the display name is missing or
            has an underscore.
    """
    owner, fields = project(call), _fields(call)
    title = fields.get(_TITLE, "")
    if not _name(call, fields) and not title:
        raise StatusError(404)
    permissions.require(call, "delete", owner)
    found = _find(call, owner, fields)
    if not title:
        raise StatusError(400, "Display name is required.")
    if "_" in title:
        raise StatusError(400, "Display name cannot contain underscores.")
    identifier = found.id if found is not None else _name(call, fields) or f"{owner.id}_{''.join(title.split())}"
    group = call.archive.groups.save(identifier, owner.id, title)
    call.archive.groups.set_rights(group, _rights(fields, owner.id))
    permissions.forget(call)
    if "src" in fields:
        return Reply(303, headers=[("Location", f"{call.base_url}/data/projects/{owner.id}?format=html")])
    return _table(call, owner) if found is None else _item(call, group)


def _fields(call: Call) -> dict[str, str]:
    fields: Pairs = call.form
    if not fields and call.content_type == "application/x-www-form-urlencoded":
        fields = read_form(call.body.read())
        call.body.seek(0)
    return first_values((*fields, *call.query))


def _name(call: Call, fields: dict[str, str]) -> str:
    return call.segments.get("GROUP_ID") or fields.get(_ID, "")


def _find(call: Call, owner: Item, fields: dict[str, str]) -> Group | None:
    """Return the group that is meant: by number, ID, end of the ID or display name."""
    name, title = _name(call, fields), fields.get(_TITLE, "")
    for group in call.archive.groups.of_project(owner.id):
        names = {group.id, group.id.removeprefix(f"{owner.id}_"), group.title}
        if name and (name in names or as_number(name) == group.number):
            return group
        if not name and title and title in names:
            return group
    return None


def _rights(fields: dict[str, str], project_id: str) -> dict[str, set[str]]:
    """Return what permission keys ``<type>_<field>_<project>_R|E|D`` allow: field -> actions.

    Nobody edits or deletes a project by a custom group, and reading what a project owns is reading what it shares.
    """
    found: dict[str, set[str]] = {}
    for key in fields:
        stem, _, letter = key.rpartition("_")
        if letter not in _GRANTS or not stem.endswith(f"_{project_id}"):
            continue
        xsi_type, _, field = stem.removesuffix(f"_{project_id}").partition("_")
        allowed = _GRANTS[letter] & {"read"} if xsi_type == _PROJECT_TYPE else _GRANTS[letter]
        found.setdefault(field, set()).update(allowed)
        if field == f"{xsi_type}/project":
            found.setdefault(f"{xsi_type}/sharing/share/project", set()).update(allowed & {"read"})
    return found


def delete_group(call: Call) -> Reply:
    """``DELETE /data/projects/P/groups/G``.

    Raises:
        StatusError: 404, there is no such group; 403, it is a built-in one, or no right to delete the project.
    """
    owner = project(call)
    group = _find(call, owner, _fields(call))
    if group is None:
        raise StatusError(404)
    if group.built_in:
        raise StatusError(403)
    permissions.require(call, "delete", owner)
    reply = _item(call, group)
    call.archive.groups.delete(group)
    return reply
