"""One DICOM object to the importer, and a look at its session when the reply was lost (dicom-import 51, 59, 86)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..archiving import path_of
from ..documents import read_table
from ..errors import OperationFailedError, UnexpectedAnswerError
from ..import_parameters import ImportParameters, import_query
from ..import_results import is_direct, is_received, lines_of
from ..imports import SERVICE, SLOW
from ..multipart import FilePart, MultipartBody
from ..paths import join
from ..prearchive_rows import ARRIVING, END_STATES, PrearchiveRow
from ..transport import Request, Response, checked
from .import_places import ImportPlaces
from .upload_body import pieces_of
from .upload_hashes import Hashes

if TYPE_CHECKING:
    from ..session import BaseSession
    from .dicom_files import Instance
    from .upload_plan import LocalFile

_PREARCHIVE: Final = "/data/prearchive/projects/"
_TAKING: Final = ARRIVING | END_STATES | {"QUEUED_BUILDING", "BUILDING", "_BUILDING"}


class GradualSender:
    """Sends objects of one upload; each keeps its file's name, which travels in the body.

    An object that comes twice replaces itself: a received scan keeps one file for each name and SOP Instance UID. So
    it may be sent again as long as its session is still being received.
    """

    def __init__(self, session: BaseSession, parameters: ImportParameters, *, direct_archive: bool = False) -> None:
        """Take note of what every request says.

        Args:
            session: The connection.
            parameters: Project, labels and switches.
            direct_archive: Whether objects go to the archive without a stay in the prearchive, where the server can.
        """
        self._session = session
        self._project = parameters.get("project") or ""
        told: ImportParameters = {**parameters, "import_handler": "gradual-DICOM"}
        self._query = import_query(told, None, direct_archive=direct_archive)
        self._addresses: dict[str, str] = {}

    def send(self, instance: Instance) -> str:
        """Send one object and return the path of its session, "" when a filter kept it out: one request.

        Raises:
            BadRequestError: The importer refused it.
            SourceChangedError: The file changed since it was read first.
            TransportError: There was no answer.
        """
        body = _FileBody(instance.file)
        part = FilePart("file", body, instance.file.size, Path(instance.name).name, "application/dicom")
        form = MultipartBody((), [part])
        headers = {"Content-Type": form.content_type}
        request = Request("POST", SERVICE, self._query, headers, form, form.length, SLOW)
        address = self._address(checked(self._session.send(request)))
        if address:
            self._addresses[instance.study] = address
        return address

    def look(self, instance: Instance) -> None:
        """Return when an object may be sent again: its session, where there is one, still takes objects. One request.

        Raises:
            OperationFailedError: The session was archived, moved or deleted meanwhile.
        """
        address = self._addresses.get(instance.study, "")
        if is_direct(address):
            self._look_at_direct(instance, address)
            return
        row = self._row(address, instance.study)
        if (row is None and address) or (row is not None and row.status not in _TAKING):
            state = "has left the prearchive" if row is None else f"is {row.status}"
            msg = f"The session of {instance.name} {state}; whether the file came into it before that is not known."
            raise OperationFailedError(msg, status=row.status if row is not None else "")

    def _look_at_direct(self, instance: Instance, address: str) -> None:
        if not ImportPlaces(self._session, None).waiting(address).exists():
            msg = f"The session of {instance.name} waits no longer; whether the file came into it is not known."
            raise OperationFailedError(msg)

    def _row(self, address: str, study: str) -> PrearchiveRow | None:
        path = address or (join("data", "prearchive", "projects", self._project) if self._project else _PREARCHIVE[:-1])
        rows = [PrearchiveRow(cells) for cells in read_table(self._session.get_json(path), path)]
        return next((row for row in rows if row.path == address or (not address and row.text("tag") == study)), None)

    def _address(self, answer: Response) -> str:
        lines = lines_of(answer)
        if not lines:
            return ""
        path = path_of(self._session, lines[0])
        if len(lines) != 1 or not (is_received(path) or is_direct(path)):
            msg = "the importer answered with something that is no received session"
            raise UnexpectedAnswerError(msg, method="POST", url=SERVICE)
        return path


class _FileBody:
    """The bytes of a file that must not have changed since it was planned; each iteration starts over."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        with Hashes(is_wanted=False) as hashes:
            yield from pieces_of(self._file, hashes)
