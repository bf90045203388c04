"""Subjects (rest-data 4.4, 7.2 to 7.4)."""

from __future__ import annotations

from .. import aliases
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..listing import Listing, run
from ..store.change import Change
from ..store.items import Item
from ..store.patch import Patch
from ..tables import Cell
from . import bodies, tails
from .address import find_subject, optional_project, project, subject
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
    """``GET /data/subjects`` and ``GET /data/projects/P/subjects``."""
    owner = optional_project(call)
    items = call.archive.items
    found = items.all("subject") if owner is None else items.in_project("subject", owner.id)
    return table_reply(call, run(call, _listing(None if owner is None else owner.id), found))


def show_subject(call: Call) -> Reply:
    """``GET .../subjects/S``."""
    return tails.show(call, subject(call))


def put_subject(call: Call) -> Reply:
    """``PUT .../subjects/S``: 201 for a new subject, 200 for a changed one, its accession id as text."""
    owner = optional_project(call)
    found = find_subject(call, owner)
    wanted = bodies.read(call)
    tails.refuse(call)
    if found is not None and (label := wanted.first("label")) is not None:
        return rename(call, found, label)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.SUBJECT))
    if found is not None:
        check_identity(found, patch)
        return text_reply(call.archive.update(found, patch, call.change()).id)
    if owner is None:
        raise StatusError(422, "A new subject needs a project")
    patch.values.setdefault("label", call.segment("SUBJECT_ID") or "")
    return text_reply(create_subject(call, owner, patch, call.change()).id, 201)


def post_subjects(call: Call) -> Reply:
    """``POST .../subjects``: 200 with the URL of the new subject as text and ``Location``."""
    owner = project(call)
    wanted = bodies.read(call)
    patch = bodies.patch(call, wanted, TYPE, aliases.writable(aliases.SUBJECT))
    if "experiments/experiment" in patch.children:
        raise StatusError(422, "Subjects cannot be sent with experiments inside")
    return created_reply(call, create_subject(call, owner, patch, call.change()).id)


def create_subject(call: Call, owner: Item, patch: Patch, change: Change) -> Item:
    """Return a new subject of a project.

    Raises:
        StatusError: 409, its label or ID is taken; 417, its ID holds signs that are not allowed.
    """
    items = call.archive.items
    check_id(patch.text("ID"))
    if patch.text("ID") and items.by_id("subject", patch.text("ID")) is not None:
        raise StatusError(409, "Subject already exists.")
    if patch.text("label") and items.by_label("subject", owner.id, patch.text("label")) is not None:
        raise StatusError(409, "Subject already exists.")
    identifier = patch.text("ID") or items.new_id("subject")
    patch.values.update({"ID": identifier, "project": owner.id})
    patch.values.setdefault("label", identifier)
    return call.archive.create("subject", TYPE, patch, change)


def check_id(identifier: str) -> None:
    """Refuse an ID with signs other than letters, digits, ``_``, ``-``, ``.`` and blank (rest-data 7.3)."""
    if not all(sign.isalnum() or sign in "_-. " for sign in identifier):
        raise StatusError(417, f"Invalid character in ID {identifier}")


def check_identity(item: Item, patch: Patch) -> None:
    """Refuse a change of ID, label or project that an ordinary update cannot make (rest-data 7.3)."""
    for name, status in (("ID", 400), ("label", 400), ("project", 409)):
        wanted = patch.text(name)
        if wanted and wanted != item.node.text(name) and (name != "project" or item.share_label(wanted) is None):
            raise StatusError(status, f"{name[0].upper()}{name[1:]} must be modified through separate URI.")
        if name in patch.values:
            patch.values[name] = item.node.text(name)


def rename(call: Call, item: Item, label: str) -> Reply:
    """Change a label; everything else in the request is ignored and the answer is empty (rest-data 7.4)."""
    if label == item.label:
        return text_reply("")
    if call.archive.items.by_label(item.kind, item.project, label) is not None:
        raise StatusError(409, f"Specified label is already in use: {label}")
    call.archive.update(item, Patch(values={"label": label}), call.change())
    return text_reply("")


def delete_subject(call: Call) -> Reply:
    """``DELETE .../subjects/S``."""
    return tails.delete(call, subject(call))
