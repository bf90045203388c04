"""One DICOM object to the importer, and a look at its session when the reply was lost (dicom-import 51, 59, 86)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..archiving import path_of
from ..documents import read_table
from ..errors import OperationFailedError, UnexpectedAnswerError
from ..import_parameters import ImportParameters, import_query
from ..import_results import lines_of
from ..imports import SERVICE, SLOW
from ..multipart import FilePart, MultipartBody
from ..paths import join
from ..prearchive_rows import ARRIVING, END_STATES, PrearchiveRow
from ..transport import Request, Response, checked
from .upload_body import PIECE, SourceChangedError

if TYPE_CHECKING:
    from ..session import BaseSession
    from .dicom_files import Instance
    from .upload_plan import LocalFile

_PREARCHIVE: Final = "/data/prearchive/projects/"
_SLASHES: Final = 6
_TAKING: Final = ARRIVING | END_STATES | {"QUEUED_BUILDING", "BUILDING", "_BUILDING"}


class GradualSender:
    """Sends objects of one upload; each keeps its file's name, which travels in the body.

    An object that comes twice replaces itself: a received scan keeps one file for each name and SOP Instance UID. So
    it may be sent again as long as its session is still being received.
    """

    def __init__(self, session: BaseSession, parameters: ImportParameters) -> None:
        """Take note of what every request says.

        Args:
            session: The connection.
            parameters: Project, labels and switches.
        """
        self._session = session
        self._project = parameters.get("project") or ""
        self._query = import_query({**parameters, "import_handler": "gradual-DICOM"}, None)
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
        row = self._row(address, instance.study)
        if (row is None and address) or (row is not None and row.status not in _TAKING):
            state = "has left the prearchive" if row is None else f"is {row.status}"
            msg = f"The session of {instance.name} {state}; whether the file came into it before that is not known."
            raise OperationFailedError(msg, status=row.status if row is not None else "")

    def _row(self, address: str, study: str) -> PrearchiveRow | None:
        path = address or (join("data", "prearchive", "projects", self._project) if self._project else _PREARCHIVE[:-1])
        rows = [PrearchiveRow(cells) for cells in read_table(self._session.get_json(path), path)]
        return next((row for row in rows if row.path == address or (not address and row.text("tag") == study)), None)

    def _address(self, answer: Response) -> str:
        lines = lines_of(answer)
        if not lines:
            return ""
        path = path_of(self._session, lines[0])
        if len(lines) != 1 or not path.startswith(_PREARCHIVE) or path.count("/") != _SLASHES:
            msg = "the importer answered with something that is no received session"
            raise UnexpectedAnswerError(msg, method="POST", url=SERVICE)
        return path


class _FileBody:
    """The bytes of a file that must not have changed since it was planned."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        left = self._file.size
        with Path(self._file.path).open("rb", buffering=0) as stream:
            while left and (piece := stream.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
            if left or stream.read(1):
                msg = f"{self._file.name} changed its size since the upload began."
                raise SourceChangedError(msg, name=self._file.name)
