"""What ``delete`` is to delete: found, checked, and looked into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from ..archive import ExperimentObject, ImageSessionObject, ProjectObject, SubjectObject
from ..documents import read_table
from ..errors import InvalidValueError, UsageError
from ..sizes import size_text
from .changing import Change, counted
from .places import place_of

if TYPE_CHECKING:
    from ..files import FileData
    from ..listings import Listing
    from ..objects import XnatObject
    from ..session import BaseSession
    from .changing import Row
    from .places import Place

# Their files go in any case (rest-data 8).
_FILES_GO: Final = frozenset({"resource", "file"})
_FILES: Final = "files"
# The subject or experiment that a path names or lies below.
_OWNER: Final = re.compile(r"/data(?:/projects/[^/]+)?(?:/subjects/[^/]+(?:/experiments/[^/]+)?|/experiments/[^/]+)")


@attrs.frozen
class Doomed:
    """An item that is to be deleted.

    Attributes:
        kind: ``project``, ``subject``, ``scan``, ..., or ``file``.
        label: Its label, or ID.
        item: The item, loaded.
        remove_files: Whether its files go, too.
    """

    kind: str
    label: str
    item: XnatObject
    remove_files: bool

    def change(self, holds: str = "") -> Change:
        """Returns the change that deletes it.

        Args:
            holds: What it holds, for people.
        """
        planned = {"kind": self.kind, "label": self.label, "holds": holds, "state": "", "uri": self.item.uri}
        return Change(self.item.uri, planned, self._delete)

    def _delete(self) -> Row:
        self.item.delete(remove_files=self.remove_files)
        return {"state": "deleted"}

    def holds(self) -> str:
        """Returns what goes with it, as text: at most two requests, whatever its size."""
        item = self.item
        if isinstance(item, ProjectObject):
            return f"{_number(item, 'subjects')}, {_number(item, 'experiments')}"
        if isinstance(item, SubjectObject):
            return _number(item, "experiments")
        if isinstance(item, ImageSessionObject):
            return f"{_number(item, 'scans')}, {_files(item)}"
        if self.kind == "file":
            return size_text(int(str(item.__xnat_row__.get("Size") or 0)))
        if self.kind == "resource":
            return _sizes([item.__xnat_row__])
        return _files(item)


class Finder:
    """Finds what paths name, and refuses what is not theirs to delete."""

    def __init__(self, session: BaseSession, remove_files: bool | None) -> None:
        self._session = session
        self._remove_files = remove_files
        self._loaded: dict[str, XnatObject] = {}
        self.found: dict[str, Doomed] = {}

    def find(self, path: str) -> Change | None:
        """Returns the change that deletes what a path names; None when another path has named it.

        Raises:
            InvalidValueError: It names no item, or it is not said what becomes of its files.
            NotFoundError: There is no such item.
            UsageError: It belongs to another project, which shares it.
        """
        place = place_of(self._session, path)
        if place.collection or place.kind == "site":
            msg = f"{path!r} is no item: name one, or pipe the output of ls -q into delete -"
            raise InvalidValueError(msg)
        kind = "file" if place.file else place.kind
        remove_files = self._choice(kind, path)
        owner = _OWNER.match(place.uri)
        if owner is not None:
            _require_own(self._load(owner[0]), path)
        item = self._item(place)
        if item.uri in self.found:
            return None
        label = place.file or str(item.__xnat_row__.get("label") or item.__xnat_row__.get("ID"))
        made = self.found[item.uri] = Doomed(kind, label, item, remove_files)
        return made.change()

    def _choice(self, kind: str, path: str) -> bool:
        if kind in _FILES_GO:
            if self._remove_files is False:
                msg = f"{path!r} is a {kind}, whose files go in any case: leave out --keep-files"
                raise InvalidValueError(msg)
            return True
        if self._remove_files is None:
            msg = (
                f"{path!r} may hold files: say --remove-files to delete them, too, or --keep-files to leave them on "
                "the server's disk, where XNAT does not show them any more"
            )
            raise InvalidValueError(msg)
        return self._remove_files

    def _item(self, place: Place) -> XnatObject:
        item = self._load(place.uri)
        if not place.file:
            return item
        # cast: what places call a resource has files.
        return cast("Listing[FileData]", getattr(item, _FILES))[place.file]

    def _load(self, uri: str) -> XnatObject:
        if uri not in self._loaded:
            self._loaded[uri] = self._session.create_object(uri)
        return self._loaded[uri]


def _require_own(owner: XnatObject, path: str) -> None:
    """Refuses what is seen through a project that only shares it, and what may be: the server would delete it."""
    if not isinstance(owner, (SubjectObject, ExperimentObject)):
        return
    project, seen = str(owner.__xnat_row__.get("project") or ""), owner.__xnat_seen_project__()
    if seen and project and seen != project:
        msg = (
            f"{path!r} belongs to project {project} and is only shared into {seen}: "
            f"share --end --into {seen} ends the sharing; name it by {project} to delete it"
        )
        raise UsageError(msg)
    shares = [] if seen else [str(each.fields.get("project")) for each in owner.__xnat_children__("sharing/share")]
    if shares:
        msg = (
            f"{path!r} belongs to project {project}, and {', '.join(shares)} shows it, too: name it by {project}, as "
            f"{project}/sessions/LABEL, to delete it there"
        )
        raise UsageError(msg)


def _number(item: XnatObject, collection: str) -> str:
    return counted(len(getattr(item, collection)), collection.removesuffix("s"))


def _files(item: XnatObject) -> str:
    uri = f"{item.__xnat_base__()}/resources"
    return _sizes(read_table(item.session.get_json(uri, query={"all": "true"}), uri))


def _sizes(rows: list[dict[str, object]]) -> str:
    numbers = [[int(str(row.get(name) or 0)) for row in rows] for name in ("file_count", "file_size")]
    files, size = map(sum, numbers)
    return f"{counted(files, 'file')}, {size_text(size)}"
