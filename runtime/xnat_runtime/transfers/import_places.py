"""Where imported objects are: in a session that is being received, on its way into the archive, or an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..archiving import experiment_from, experiment_named
from ..errors import NotFoundError
from ..import_results import DirectArchiveSession, is_direct
from ..prearchive_rows import PrearchiveRow
from ..prearchive_session import PrearchiveSession

if TYPE_CHECKING:
    from ..archive import ExperimentObject
    from ..import_results import ImportResult
    from ..session import BaseSession

    Waiting: TypeAlias = PrearchiveSession[ExperimentObject] | DirectArchiveSession[ExperimentObject]
    Result: TypeAlias = ImportResult[ExperimentObject]


class ImportPlaces:
    """The sessions of one import, by the addresses that the importer answered."""

    def __init__(self, session: BaseSession, label: str | None) -> None:
        """Take note of whose they are.

        Args:
            session: The connection.
            label: The label that was asked for, None for the one that the server makes.
        """
        self._session = session
        self._label = label

    def waiting(self, address: str) -> Waiting:
        """Return the session of an address, which may be gone."""
        if is_direct(address):
            return DirectArchiveSession(self._session, address)
        return PrearchiveSession(self._session, PrearchiveRow({}).at(address))

    def is_there(self, address: str, study: str) -> bool:
        """Return whether a session waits still, or its study is in the archive: at most four requests.

        Args:
            address: Its address.
            study: Study Instance UID.
        """
        return self.waiting(address).exists() or self.archived(address, study) is not None

    def archived(self, address: str, study: str = "") -> ExperimentObject | None:
        """Return the experiment that a session became, None when there is none: at most three requests.

        By its label where the study has its UID still, else by the folder that it came from.

        Args:
            address: Its address.
            study: Study Instance UID, "" when any will do.
        """
        waiting = self.waiting(address)
        if isinstance(waiting, DirectArchiveSession):
            return waiting.archived()
        row = PrearchiveRow({}).at(address)
        project, folder = row.text("project"), row.text("folderName")
        named = experiment_named(self._session, project, self._label or folder, study)
        return named or experiment_from(self._session, project, row.text("timestamp"), folder)

    def result(self, address: str) -> Result:
        """Return what a session is now.

        Raises:
            NotFoundError: It is neither in the prearchive nor in the archive.
        """
        waiting = self.waiting(address)
        if waiting.exists():
            return waiting
        made = self.archived(address)
        if made is None:
            raise NotFoundError("GET", address, 404, "the session has left the prearchive, and is not in the archive")
        return made
