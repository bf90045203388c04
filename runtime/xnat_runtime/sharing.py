"""Sharing: items that other projects show, too (rest-data 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .archive_item import ArchiveObject
from .documents import ItemNode
from .edits import ESCAPED
from .errors import ConflictError, InvalidValueError, UsageError
from .paths import segment

if TYPE_CHECKING:
    from .archive import ProjectObject

_SLOT = "sharing/share"


class SharableObject(ArchiveObject):
    """A subject, experiment or scan: it belongs to one project, and others can show it."""

    def share(self, project: ProjectObject | str, label: str | None = None) -> None:
        """Shows the item in another project, too; sharing it again with another label relabels it there.

        An imaging session takes its scans with it; its subject is shared by itself. A session and its subject must
        both be shared for paths through the other project to work (rest-data 7.5.7).

        Args:
            project: The other project, or its ID.
            label: Label that the item has there; its own by default.

        Raises:
            ConflictError: The label is taken in that project.
            PermissionDeniedError: You may not create such items there, or the site has no sharing.
            NotFoundError: There is no such project.
        """
        from .transfers.reconcile import done_once  # noqa: PLC0415  # few programs share items

        other, label = self.__xnat_share_terms__(project, label)
        uri, query = self.__xnat_share_uri__(other), {} if label is None else {"label": label}

        def is_shared() -> bool:
            return _shares(self.__xnat_load__()).get(other) == self.__xnat_label_there__(label)

        try:
            done_once(lambda: self.session.put(uri, query=query), is_shared)
        except ConflictError:
            # Experiments are relabelled and answer 409 all the same (rest-data 7.5.5).
            if not is_shared():
                raise
        self.__xnat_forget_shares__()

    def unshare(self, project: ProjectObject | str) -> None:
        """Ends the sharing with a project: two requests, since a server deletes what is unshared from its own project.

        Args:
            project: The other project, or its ID.

        Raises:
            UsageError: The item is not shared with that project, or belongs to it.
            PermissionDeniedError: The server refuses.
        """
        from .transfers.reconcile import done_once  # noqa: PLC0415  # as in share()

        other = _id_of(project)
        if other not in _shares(self.__xnat_load__()):
            msg = f"{type(self).__name__} {self.uri} is not shared with project {other}: there is nothing to end"
            raise UsageError(msg)
        uri = self.__xnat_share_uri__(other)
        done_once(lambda: self.session.delete(uri), lambda: other not in _shares(self.__xnat_load__()))
        self.__xnat_forget_shares__()

    @staticmethod
    def __xnat_share_terms__(project: ProjectObject | str, label: str | None) -> tuple[str, str | None]:
        """Returns the ID of the other project and the label there, once it is sure that they can be sent."""
        if label is not None and (ESCAPED.search(label) or not label.strip()):
            msg = "a label in another project is not blank and cannot hold & < > \" ', which XNAT would store as &amp;"
            raise InvalidValueError(msg)
        return _id_of(project), label

    def __xnat_share_uri__(self, project: str) -> str:
        return f"{self.__xnat_write_uri__()}/projects/{segment(project)}"

    def __xnat_label_there__(self, label: str | None) -> str:
        return label or str(self.__xnat_value__("label") or "")

    def __xnat_forget_shares__(self) -> None:
        """Lets the next look at ``sharing`` load the document again; other values stay."""
        self.__xnat_own_row__().pop(f"{_SLOT}[]", None)
        self.__xnat_document__ = None


def _id_of(project: ProjectObject | str) -> str:
    found = project if isinstance(project, str) else str(project.__xnat_value__("ID"))
    if not found.strip():
        msg = "sharing needs the ID of the other project"
        raise InvalidValueError(msg)
    return found


def _shares(document: ItemNode) -> dict[str, str]:
    """Returns the labels that a document has in other projects, by project."""
    nodes = document.children(_SLOT)
    return {str(node.fields.get("project", "")): str(node.fields.get("label", "")) for node in nodes}
