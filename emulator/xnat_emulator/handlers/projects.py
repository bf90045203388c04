"""Projects (rest-data 4.4, 7.2, 7.3, 8.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from .. import permissions
from ..address import find_project, project, stored_project
from ..auth import unseen_by_guests
from ..call import Call, Reply, text_reply
from ..datamodel import aliases
from ..errors import StatusError
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch
from . import bodies, project_lists, project_settings
from .replies import item_reply, table_reply

TYPE = "xnat:projectData"
_ID = re.compile(r"[A-Za-z0-9_-]+")
_NO_EDIT = "User account doesn't have permission to edit this project."


def list_projects(call: Call) -> Reply:
    """``GET /data/projects``: the projects the caller may read, or one of the special tables (rest-data 4.6)."""
    return table_reply(call, project_lists.table(call))


def show_project(call: Call) -> Reply:
    """``GET /data/projects/P``, its archive settings and ``?creatableTypes=true``."""
    if find_project(call) is None:
        unseen_by_guests(call)
    found = project(call)
    if call.remainder:
        return project_settings.show(call, found)
    if call.flag("creatableTypes"):
        return table_reply(call, project_lists.creatable_types(call, found))
    return item_reply(call, found)


def put_project(call: Call) -> Reply:
    """``PUT /data/projects/P``: 200 with an empty body, for new and for changed projects.

    Raises:
        StatusError: 403 for guests and for those who may not edit or make projects; 409, a name is taken; 417, the ID
            has signs that are not allowed or differs from the document's.
    """
    if permissions.is_guest(call):
        raise StatusError(403)
    if call.remainder:
        return project_settings.put(call, find_project(call))
    identifier = call.segment("PROJECT_ID") or ""
    found = stored_project(call, identifier)
    if found is not None:
        permissions.require(call, "edit", found, _NO_EDIT)
    patch = bodies.patch(call, bodies.read(call), TYPE, aliases.writable(aliases.PROJECT))
    if patch.text("ID") not in {"", identifier}:
        raise StatusError(417, "Project ID in the document differs from the URL")
    patch.values.pop("ID", None)
    _store(call, identifier, found, patch)
    return text_reply("")


def _store(call: Call, identifier: str, found: Item | None, patch: Patch) -> Item:
    level = call.parameter("accessibility")
    if level is not None:
        project_settings.check_accessibility(call, level)
    if found is None:
        stored = _create(call, identifier, patch)
    else:
        _refuse_duplicates(call, patch, found.id)
        stored = call.archive.update(found, patch, call.change(TYPE))
    if level is not None:
        project_settings.set_accessibility(call, stored, level)
    return stored


def post_projects(call: Call) -> Reply:
    """``POST /data/projects``: 200 with the URL of the new project as text and ``Location``."""
    if permissions.is_guest(call):
        raise StatusError(403)
    patch = bodies.patch(call, bodies.read(call), TYPE, aliases.writable(aliases.PROJECT))
    identifier = patch.text("ID")
    if not identifier:
        raise StatusError(417, "Need POST Contents" if patch.empty else "Requires XNAT ProjectData ID")
    if call.archive.items.by_id("project", identifier) is not None:
        raise StatusError(409, "Project already exists.")
    return created_reply(call, _store(call, identifier, None, patch).id)


def created_reply(call: Call, identifier: str) -> Reply:
    """Return the answer of a POST: the absolute URL of what was made, 200 and not 201 (rest-data 7.2)."""
    url = f"{call.base_url}{call.path.rstrip('/')}/{quote(identifier, safe='')}"
    reply = text_reply(url)
    reply.headers.append(("Location", url))
    return reply


def _create(call: Call, identifier: str, patch: Patch) -> Item:
    if _ID.fullmatch(identifier) is None:
        raise StatusError(417, "Invalid character in project ID.")
    if call.archive.was_deleted(identifier):
        used = f"Project '{identifier}' was used in a previously deleted project and cannot be reused."
        raise StatusError(403, used)
    if not permissions.may_create_projects(call):
        raise StatusError(403, _NO_EDIT)
    patch.values["ID"] = identifier
    patch.values.setdefault("secondary_ID", identifier)
    patch.values.setdefault("name", identifier)
    _refuse_duplicates(call, patch, identifier)
    created = call.archive.create("project", TYPE, patch, call.change(TYPE))
    call.archive.groups.join(identifier, "owner", call.login)
    permissions.forget(call)
    return created


def _refuse_duplicates(call: Call, patch: Patch, own: str) -> None:
    """Refuse an ID, title, running title or alias that another project has, whatever the case (rest-data 7.3)."""
    wanted = _alias_names(patch.children)
    for other in call.archive.items.all("project"):
        if other.id == own:
            continue
        for name in ("ID", "name", "secondary_ID"):
            if patch.text(name) and patch.text(name).lower() == other.node.text(name).lower():
                raise StatusError(409, f"A project with this {name} exists already.")
        taken = _alias_names(other.node.children)
        if wanted & (taken | {other.id.lower()}) or own.lower() in taken:
            raise StatusError(409, "A project with this alias exists already.")


def _alias_names(children: Mapping[str, Sequence[Node | Patch]]) -> set[str]:
    return {alias.text("alias").lower() for alias in children.get("aliases/alias", ())}


def delete_project(call: Call) -> Reply:
    """``DELETE /data/projects/P``.

    Raises:
        StatusError: 403 for guests and without the right; 400 for an unknown or invisible project and for a tail.
    """
    if permissions.is_guest(call):
        raise StatusError(403)
    found = find_project(call)
    if found is None or call.remainder:
        raise StatusError(400)
    permissions.require(call, "delete", found, "User account doesn't have permission to delete this project.")
    call.archive.delete(found, call.change(TYPE))
    return text_reply("")
