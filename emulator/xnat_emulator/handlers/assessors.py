"""Image assessors of sessions (rest-data 4.4, 7.2, 7.3)."""

from __future__ import annotations

from .. import permissions
from ..address import find_assessor, session
from ..call import Call, Reply, text_reply
from ..datamodel import aliases
from ..errors import StatusError, not_found
from ..listing import Listing, run
from ..store.items import Item
from ..store.patch import Patch
from . import bodies, sharing, status, tails
from .bodies import Wanted
from .experiments import empty_for_replacement, starting_status
from .projects import created_reply
from .replies import table_reply
from .subjects import check_id, check_identity

TYPE = "xnat:imageAssessorData"

LISTING = Listing(
    root=TYPE,
    aliases=aliases.ASSESSOR,
    # The session stands before the project: equal buckets keep this order in the recorded rows.
    defaults=("ID", "session_ID", "session_label", "project", "label", "date", "xsiType", "insert_date"),
    uri_prefix="/data/experiments/",
    filterable=False,
)


def list_assessors(call: Call) -> Reply:
    """``GET .../assessors``."""
    found = permissions.readable(call, call.archive.items.assessors(session(call).id))
    return table_reply(call, run(call, LISTING, found))


def assessor(call: Call) -> Item:
    """Return the assessor of the URL.

    Raises:
        StatusError: 404, there is none.
    """
    found = find_assessor(call, session(call))
    if found is None:
        raise not_found("experiment")
    return found


def show_assessor(call: Call) -> Reply:
    """``GET .../assessors/A``."""
    return tails.show(call, assessor(call))


def put_assessor(call: Call) -> Reply:
    """``PUT .../assessors/A``: 201 for a new assessor, 200 for a changed one, its accession id as text."""
    if sharing.is_asked(call):
        return sharing.put_assessor(call, assessor(call))
    tails.refuse(call)
    owner = session(call)
    found = find_assessor(call, owner)
    wanted = bodies.read(call)
    if found is not None:
        permissions.require(call, "edit", found)
        status.refuse_locked(call, found, wanted)
    xsi_type, patch = _patch(call, wanted, found)
    if found is None:
        patch.default("label", call.segment("EXPT_ID") or "")
        return text_reply(_create(call, owner, xsi_type, patch, wanted).id, 201)
    check_identity(found, patch)
    change = call.change(xsi_type)
    empty_for_replacement(call, found, wanted, patch, change)
    updated = call.archive.update(found, patch, change)
    status.apply(call, updated, wanted, change)
    return text_reply(updated.id)


def _patch(call: Call, wanted: Wanted, found: Item | None) -> tuple[str, Patch]:
    xsi_type = wanted.xsi_type or (None if found is None else found.xsi_type)
    if xsi_type is None:
        raise StatusError(417, f"Need {call.method} Contents")
    if not call.model.extends(xsi_type, TYPE):
        raise StatusError(422, f"Only {TYPE} documents can be sent here")
    if found is not None and xsi_type != found.xsi_type:
        raise StatusError(409, f"The assessor is of type {found.xsi_type}")
    patch = bodies.patch(call, wanted, xsi_type, aliases.writable(aliases.ASSESSOR), new=found is None)
    return xsi_type, patch


def _create(call: Call, owner: Item, xsi_type: str, patch: Patch, wanted: Wanted) -> Item:
    items = call.archive.items
    permissions.require_in(call, "create", owner.project, xsi_type)
    check_id(patch.text("ID"))
    identifier = patch.text("ID") or items.new_id("experiment")
    taken = patch.text("label") and items.by_label("experiment", owner.project, patch.text("label")) is not None
    if taken or items.by_id("experiment", identifier) is not None:
        raise StatusError(409, "Specified experiment already exists.")
    item = Item("experiment", call.archive.new_node(xsi_type), status=starting_status(call, owner.project))
    call.archive.attach(item, owner, "assessors/assessor")
    patch.values.update({"ID": identifier, "project": owner.project, "imageSession_ID": owner.id})
    patch.default("label", identifier)
    change = call.change(xsi_type)
    created = call.archive.update(item, patch, change)
    status.apply(call, created, wanted, change)
    return created


def post_assessors(call: Call) -> Reply:
    """``POST .../assessors``: 200 with the URL of the new assessor as text and ``Location``."""
    owner = session(call)
    wanted = bodies.read(call)
    xsi_type, patch = _patch(call, wanted, None)
    return created_reply(call, _create(call, owner, xsi_type, patch, wanted).id)


def delete_assessor(call: Call) -> Reply:
    """``DELETE .../assessors/A``."""
    return tails.delete(call, assessor(call))
