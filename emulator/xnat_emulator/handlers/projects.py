"""Projects (rest-data 4.4, 7.2, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from .. import aliases
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..listing import Listing, run
from ..store.items import Item
from ..store.node import Node
from ..store.patch import Patch
from . import bodies, tails
from .address import find_project, project
from .replies import table_reply

TYPE = "xnat:projectData"
_ID = re.compile(r"[A-Za-z0-9_-]+")

LISTING = Listing(
    root=TYPE,
    aliases=aliases.PROJECT,
    defaults=("ID", "secondary_ID", "name", "description", "pi_firstname", "pi_lastname"),
    uri_prefix="/data/projects/",
)


_OTHER_TABLES = frozenset(
    {"accessible", "data", "prearc_code", "owner", "member", "collaborator", "admin", "activeSince", "recent"}
    | {"favorite", "permissions", "creatableTypes"}
)
"""Parameters that ask for another table than the list of projects (rest-data 4.6)."""


def list_projects(call: Call) -> Reply:
    """``GET /data/projects``."""
    asked = _OTHER_TABLES & {name for name, _ in call.query}
    if call.parameter("format") == "search_xml":
        asked |= {"format=search_xml"}
    if asked:
        raise StatusError(501, f"The emulator does not serve project lists by {', '.join(sorted(asked))}")
    return table_reply(call, run(call, LISTING, call.archive.items.all("project")))


def show_project(call: Call) -> Reply:
    """``GET /data/projects/P``."""
    return tails.show_project(call, project(call))


def put_project(call: Call) -> Reply:
    """``PUT /data/projects/P``: 200 with an empty body, for new and for changed projects."""
    tails.refuse(call)
    identifier = call.segment("PROJECT_ID") or ""
    wanted = bodies.read(call)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.PROJECT))
    if patch.text("ID") not in {"", identifier}:
        raise StatusError(417, "Project ID in the document differs from the URL")
    found = find_project(call)
    if found is None:
        _create(call, identifier, patch)
    else:
        _refuse_duplicates(call, patch, found.id)
        call.archive.update(found, patch, call.change())
    return text_reply("")


def post_projects(call: Call) -> Reply:
    """``POST /data/projects``: 200 with the URL of the new project as text and ``Location``."""
    wanted = bodies.read(call)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.PROJECT))
    identifier = patch.text("ID")
    if not identifier:
        raise StatusError(417, "Need POST Contents")
    if call.archive.items.by_id("project", identifier) is not None:
        raise StatusError(409, "Project already exists.")
    return created_reply(call, _create(call, identifier, patch).id)


def created_reply(call: Call, identifier: str) -> Reply:
    """Return the answer of a POST: the absolute URL of what was made, 200 and not 201 (rest-data 7.2)."""
    url = f"{call.base_url}{call.path.rstrip('/')}/{quote(identifier, safe='')}"
    reply = text_reply(url)
    reply.headers.append(("Location", url))
    return reply


def _create(call: Call, identifier: str, patch: Patch) -> Item:
    if _ID.fullmatch(identifier) is None:
        raise StatusError(417, f"Invalid character in project ID {identifier}")
    if call.archive.was_deleted(identifier):
        raise StatusError(403, "Project IDs of deleted projects cannot be used again")
    patch.values["ID"] = identifier
    patch.values.setdefault("secondary_ID", identifier)
    patch.values.setdefault("name", identifier)
    _refuse_duplicates(call, patch, identifier)
    created = call.archive.create("project", TYPE, patch, call.change())
    call.archive.users.join(identifier, "owner", call.login)
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
        if wanted & _alias_names(other.node.children):
            raise StatusError(409, "A project with this alias exists already.")


def _alias_names(children: Mapping[str, Sequence[Node | Patch]]) -> set[str]:
    return {alias.text("alias").lower() for alias in children.get("aliases/alias", ())}


def delete_project(call: Call) -> Reply:
    """``DELETE /data/projects/P``."""
    found = find_project(call)
    if found is None or call.remainder:
        raise StatusError(400)
    call.archive.delete(found)
    return text_reply("")
