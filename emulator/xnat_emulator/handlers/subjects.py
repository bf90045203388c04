"""Subjects (rest-data 4.4, 7.2 to 7.4)."""

from __future__ import annotations

from .. import permissions
from ..address import find_subject, listed_project, optional_project, project, project_named, subject
from ..call import Call, Reply, text_reply
from ..datamodel import aliases
from ..errors import StatusError
from ..formats.tables import Cell
from ..imports.rerun import rerun
from ..listing import Listing, run
from ..store.change import Change
from ..store.items import Item
from ..store.patch import Patch
from . import bodies, sharing, status, tails
from .bodies import Wanted
from .projects import created_reply
from .replies import table_reply

TYPE = "xnat:subjectData"


def _listing(shown_in: str | None) -> Listing:
    def relabel(item: Item, row: dict[str, Cell]) -> None:
        if shown_in is not None and "label" in row:
            row["label"] = item.label_in(shown_in)

    return Listing(
        root=TYPE,
        aliases=aliases.SUBJECT,
        defaults=("ID", "project", "label", "insert_date", "insert_user"),
        uri_prefix="/data/subjects/",
        pageable=True,
        relabel=relabel,
    )


def list_subjects(call: Call) -> Reply:
    """``GET /data/subjects`` and ``GET /data/projects/P/subjects``.

    Raises:
        StatusError: 500, the caller reads no project at all (rest-data 4.7).
    """
    owner = listed_project(call)
    items = call.archive.items
    if owner is None and permissions.projects_where(call, "read", TYPE) == frozenset():
        raise StatusError(500)
    found = items.all("subject") if owner is None else items.in_project("subject", owner.id)
    listing = _listing(None if owner is None else owner.id)
    return table_reply(call, run(call, listing, permissions.readable(call, found)))


def show_subject(call: Call) -> Reply:
    """``GET .../subjects/S``."""
    return tails.show(call, subject(call))


def put_subject(call: Call) -> Reply:
    """``PUT .../subjects/S``: 201 for a new subject, 200 for a changed one, its accession id as text."""
    if sharing.is_asked(call):
        return sharing.put_subject(call, _shareable(call))
    owner = optional_project(call)
    found = find_subject(call, owner)
    wanted = bodies.read(call)
    tails.refuse(call)
    if found is not None:
        return _update(call, found, wanted)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.SUBJECT), new=True)
    owner = owner or project_named(call, patch.text("project"))
    if owner is None:
        raise StatusError(422, "A new subject needs a project")
    patch.default("label", call.segment("SUBJECT_ID") or "")
    change = call.change(TYPE)
    created = create_subject(call, owner, patch, change)
    status.apply(call, created, wanted, change)
    return text_reply(created.id, 201)


def _shareable(call: Call) -> Item:
    """Return the subject to share; one that exists and must not be read is refused with 403 (rest-data 7.5.1)."""
    name, owner = call.segment("SUBJECT_ID") or "", call.segment("PROJECT_ID")
    items = call.archive.items
    found = items.by_label("subject", owner, name) if owner is not None else None
    return found or items.by_id("subject", name) or subject(call)


def _update(call: Call, found: Item, wanted: Wanted) -> Reply:
    permissions.require(call, "edit", found)
    status.refuse_locked(call, found, wanted)
    if label := wanted.first("label"):
        return rename(call, found, label)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.SUBJECT), new=not wanted.merges)
    check_identity(found, patch)
    change = call.change(TYPE)
    if wanted.replaces and not wanted.merges:
        bodies.empty_lists(call, found, patch, change)
    updated = call.archive.update(found, patch, change)
    status.apply(call, updated, wanted, change)
    return text_reply(updated.id)


def post_subjects(call: Call) -> Reply:
    """``POST .../subjects``: 200 with the URL of the new subject as text and ``Location``."""
    owner = project(call)
    wanted = bodies.read(call)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.SUBJECT), new=True)
    if "experiments/experiment" in patch.children:
        raise StatusError(422, "Subjects cannot be sent with experiments inside")
    change = call.change(TYPE)
    created = create_subject(call, owner, patch, change)
    status.apply(call, created, wanted, change)
    return created_reply(call, created.id)


def create_subject(call: Call, owner: Item, patch: Patch, change: Change) -> Item:
    """Return a new subject of a project.

    Raises:
        StatusError: 403, the caller may not make one there; 409, its label or ID is taken; 417, its ID holds signs
            that are not allowed.
    """
    items = call.archive.items
    permissions.require_in(call, "create", owner.id, TYPE)
    check_id(patch.text("ID"))
    if patch.text("ID") and items.by_id("subject", patch.text("ID")) is not None:
        raise StatusError(409, "Subject already exists.")
    if patch.text("label") and items.by_label("subject", owner.id, patch.text("label")) is not None:
        raise StatusError(409, "Subject already exists.")
    identifier = patch.text("ID") or items.new_id("subject")
    patch.values.update({"ID": identifier, "project": owner.id})
    patch.default("label", identifier)
    return call.archive.create("subject", TYPE, patch, change)


def check_id(identifier: str) -> None:
    """Refuse an ID with signs other than letters, digits, ``_``, ``-``, ``.`` and blank (rest-data 7.3)."""
    if not all(sign.isalnum() or sign in "_-. " for sign in identifier):
        raise StatusError(417, f"Invalid character in ID {identifier}")


def check_identity(item: Item, patch: Patch) -> None:
    """Refuse a change of ID, label or project that an ordinary update cannot make (rest-data 7.3)."""
    for name, refusal in (("ID", 400), ("label", 400), ("project", 409)):
        wanted = patch.text(name)
        if wanted and wanted != item.node.text(name) and (name != "project" or item.share_label(wanted) is None):
            raise StatusError(refusal, f"{name[0].upper()}{name[1:]} must be modified through separate URI.")
        if name in patch.values:
            patch.values[name] = item.node.text(name)


def rename(call: Call, item: Item, label: str) -> Reply:
    """Change a label; everything else in the request is ignored and the answer is empty (rest-data 7.4)."""
    if label == item.label:
        return text_reply("")
    if call.archive.items.by_label(item.kind, item.project, label) is not None:
        raise StatusError(409, f"Specified label is already in use: {label}")
    change = call.change(item.xsi_type)
    call.archive.update(item, Patch(values={"label": label}), change)
    if item.kind == "experiment":
        rerun(call, item, change)
    return text_reply("")


def delete_subject(call: Call) -> Reply:
    """``DELETE .../subjects/S``."""
    return tails.delete(call, subject(call))
