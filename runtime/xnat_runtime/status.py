"""The status of an experiment: active, or in quarantine until somebody has looked at it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, cast

from .archive_item import ArchiveObject
from .errors import UnexpectedAnswerError

Status: TypeAlias = Literal["active", "quarantine"]
"""What XNAT says of an item."""

_KNOWN: Final[tuple[str, ...]] = ("active", "quarantine")


class StatusObject(ArchiveObject):
    """An item with a status that can be changed."""

    @property
    def status(self) -> Status:
        """What the server says of the item now; one request at each reading (rest-data 5, ``/status``).

        Raises:
            UnexpectedAnswerError: The server named no status that is known.
        """
        uri = f"{self.__xnat_write_uri__()}/status"
        found = self.session.get(uri).text.strip()
        if found not in _KNOWN:
            msg = "the server named no status that is known"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return cast("Status", found)

    def activate(self) -> None:
        """Makes the item active.

        Raises:
            PermissionDeniedError: You may not activate items in this project.
        """
        self.__xnat_set_status__("activate", "active")

    def quarantine(self) -> None:
        """Puts the item into quarantine.

        Raises:
            PermissionDeniedError: You may not change the status of items in this project.
        """
        self.__xnat_set_status__("quarantine", "quarantine")

    def __xnat_set_status__(self, action: str, status: Status) -> None:
        from .transfers.reconcile import done_once  # noqa: PLC0415  # few programs set a status

        uri = self.__xnat_write_uri__()
        done_once(lambda: self.session.put(uri, query={action: "true"}), lambda: self.status == status)
