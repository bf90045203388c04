"""Another project for an item: what ``share(..., primary=True)`` does (rest-data 7.5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .documents import read_item
from .errors import ConflictError, NotFoundError
from .paths import child
from .transfers.reconcile import done_once

if TYPE_CHECKING:
    from .hierarchy import LabelledObject


def move(item: LabelledObject, project: str, label: str | None, assessors: Iterable[LabelledObject | str]) -> None:
    """Makes a project the one that an item belongs to: one request that looks for the label there, and the move.

    A server that finds the label taken refuses and moves the item all the same, so it must be free.

    Raises:
        ConflictError: Another item has the label in that project, or the item belongs to it already.
    """
    identity = str(item.__xnat_value__("ID"))
    wanted = label or str(item.__xnat_value__("label") or "")
    uri = item.__xnat_share_uri__(project)
    if _holder(item, project, wanted) not in {"", identity}:
        reason = f"another item of project {project} has the label that this one would have there; nothing was sent"
        raise ConflictError("PUT", uri, 409, reason)
    moved = [each if isinstance(each, str) else str(each.__xnat_value__("ID")) for each in assessors]
    query = {"primary": "true", "label": label or "", "moveAssessors": ",".join(moved)}

    def is_moved() -> bool:
        uris = (child(f"/data/{_kind(item)}", identity), *(child("/data/experiments", one) for one in moved))
        found = [read_item(item.session.get_json(one), one).fields for one in uris]
        return found[0].get("label") == wanted and all(one.get("project") == project for one in found)

    done_once(lambda: item.session.put(uri, query={name: value for name, value in query.items() if value}), is_moved)
    item.__xnat_moved__(project, wanted)


def _holder(item: LabelledObject, project: str, label: str) -> str:
    """Returns the ID of the item that has a label in a project, "" when none has."""
    uri = child(f"{child('/data/projects', project)}/{_kind(item)}", label)
    try:
        return str(read_item(item.session.get_json(uri), uri).fields.get("ID") or "")
    except NotFoundError:
        return ""


def _kind(item: LabelledObject) -> str:
    """Returns how paths name items of its kind."""
    return "subjects" if item.session.registry.is_subtype(item.xsi_type, "xnat:subjectData") else "experiments"
