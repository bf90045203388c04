"""The items of one listing, by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ..archive import LabelledObject, SubjectObject
from ..errors import AmbiguousKeyError, KeyNotFoundError, UsageError
from ..objects import XnatObject
from ..paths import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..listings import Listing

M = TypeVar("M", bound=XnatObject)
L = TypeVar("L", bound=LabelledObject)


class Members(Generic[M]):
    """Items of a listing by ID, label and path: one request for all."""

    def __init__(self, listing: Listing[M], named: str) -> None:
        """Reads the listing.

        Args:
            listing: The listing.
            named: How the command names it.
        """
        self._named = named
        self.items: Sequence[M] = list(listing)
        self._by_key: dict[str, list[M]] = {}
        for item in self.items:
            row = item.__xnat_row__
            for key in dict.fromkeys((str(row.get("ID") or ""), str(row.get("label") or ""), item.uri)):
                self._by_key.setdefault(key, []).append(item)
        self._by_key.pop("", None)

    def find(self, key: str) -> M:
        """Returns the item that has an ID, a label or a path.

        Raises:
            KeyNotFoundError: None has it.
            AmbiguousKeyError: Several have it.
        """
        found = self._by_key.get(key.removeprefix(f"{self._named.rstrip('/')}/"), [])
        if not found:
            msg = f"{self._named} has no such item"
            raise KeyNotFoundError(msg)
        if len(found) > 1:
            msg = f"{self._named} has several items of that name: use the ID"
            raise AmbiguousKeyError(msg)
        return found[0]


def label_of(item: XnatObject) -> str:
    """Returns the label of an item, its ID when it has none; what its row tells."""
    return str(item.__xnat_row__.get("label") or item.__xnat_row__.get("ID") or "")


def by_id(item: L) -> L:
    """Returns a loaded item under a path with its ID: a path of labels names nothing once one of them has changed.

    A server may even make what a path of a PUT names and does not find any more, such as a subject.
    """
    identity, project = (str(item.__xnat_row__.get(name) or "") for name in ("ID", "project"))
    if not identity or not project:
        return item
    is_subject = isinstance(item, SubjectObject)
    uri = (
        join("data", "projects", project, "subjects", identity) if is_subject else join("data", "experiments", identity)
    )
    made = type(item).__xnat_from_server__(item.session, uri, dict(item.__xnat_row__), None)
    made.__xnat_document__ = item.__xnat_document__
    return made


def require_own(item: XnatObject) -> None:
    """Refuses an item that is seen through a project that only shares it, as far as what was read tells.

    Raises:
        UsageError: It belongs to another project.
    """
    if not isinstance(item, LabelledObject):
        return
    project, seen = str(item.__xnat_row__.get("project") or ""), item.__xnat_seen_project__()
    if project and seen and project != seen:
        msg = f"{item.uri} belongs to project {project} and is only shared into {seen}: name it by {project}"
        raise UsageError(msg)
