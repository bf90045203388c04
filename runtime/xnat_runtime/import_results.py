"""What an import became: an experiment, or a session in the prearchive (dicom-import 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast
from urllib.parse import unquote

import attrs

from .archiving import PATIENT, experiment_at, experiment_named, path_of
from .errors import NotFoundError, UnexpectedAnswerError, XnatError
from .paths import join
from .prearchive_rows import PrearchiveRow
from .prearchive_session import PrearchiveSession
from .transfers.reconcile import settled

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .session import BaseSession
    from .transport import Response, TimeoutSpec

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)

_RECEIVED = "/data/prearchive/projects/"
_DIRECT = "/xapi/direct-archive/"


class DirectArchiveSession(Generic[E_co]):
    """A session whose files lie in the archive already and that waits to become an experiment (dicom-import 91).

    Attributes:
        uri: Its path on the server.
        project: ID of the project.
        tag: Study Instance UID.
        name: The label that it will have.
    """

    def __init__(self, session: BaseSession, uri: str) -> None:
        self._session = session
        self.uri = uri
        self.project, self.tag, self.name = (unquote(name) for name in uri.strip("/").split("/")[2:5])

    def exists(self) -> bool:
        """Returns whether it waits still: one request."""
        try:
            self._session.get(self.uri)
        except NotFoundError:
            return False
        return True

    def archived(self) -> E_co | None:
        """Returns the experiment that it became, None when there is none of its label and study: one request."""
        return cast("E_co | None", experiment_named(self._session, self.project, self.name, self.tag))

    def archive(self, *, timeout: TimeoutSpec | None = None) -> E_co:
        """Ends the reception and returns the experiment: two requests.

        Sent once: when the answer gets lost, the archive is looked at.

        Args:
            timeout: Seconds to wait for the answer, or (connect, read).

        Raises:
            ResponseError: It could not be archived; then the server has put it into the prearchive.
            NotFoundError: The server has archived it, and not under this label.
        """

        def send() -> E_co | None:
            self._session.post(self.uri, timeout=timeout or PATIENT)
            return self.archived()

        made = settled(send, self.archived)
        if made is None:
            raise NotFoundError("POST", self.uri, 404, "there is no such experiment after archiving")
        return made

    def __repr__(self) -> str:
        return f"<DirectArchiveSession {self.project}/{self.name}>"


ImportResult: TypeAlias = E_co | PrearchiveSession[E_co] | DirectArchiveSession[E_co]
"""What an upload became."""


def results(session: BaseSession, answer: Response) -> list[ImportResult[ExperimentObject]]:
    """Return what an import's answer names, in its order: one request for each experiment in the archive.

    Raises:
        UnexpectedAnswerError: A line is no place that an import can lead to.
    """
    return [result_at(session, line) for line in lines_of(answer)]


def lines_of(answer: Response) -> list[str]:
    """Return the addresses that an answer names; one to DICOM of the MIRC kind says OK only."""
    found = [line.strip() for line in answer.text.splitlines()]
    return [line for line in found if line not in {"", "OK"}]


def result_at(session: BaseSession, line: str) -> ImportResult[ExperimentObject]:
    """Return what lies at an address that an import answered."""
    try:
        path = path_of(session, line)
    except XnatError:
        path = ""
    if is_received(path):
        return PrearchiveSession(session, PrearchiveRow({}).at(path))
    if is_direct(path):
        return DirectArchiveSession(session, path)
    if not path.startswith(("/data/projects/", "/data/experiments/")):
        msg = "the import was answered with something that is no place in the archive or the prearchive"
        raise UnexpectedAnswerError(msg, method="POST", url="/data/services/import")
    return experiment_at(session, path)


def is_received(path: str) -> bool:
    """Return whether a path is that of a session in the prearchive."""
    return path.startswith(_RECEIVED) and path.count("/") == 6


def is_direct(path: str) -> bool:
    """Return whether a path is that of a session on its way into the archive."""
    return path.startswith(_DIRECT) and path.count("/") == 5


@attrs.frozen
class ImportMessage:
    """What a server says of an import while it is at it.

    Attributes:
        status: ``PROCESSING``, ``WARNING``, ``FAILED`` or ``COMPLETED``.
        text: The server's words; at the end ``Archive:`` or ``Prearchive:`` and the addresses.
        terminal: Whether nothing follows.
    """

    status: str
    text: str
    terminal: bool


def messages(session: BaseSession, transaction: str) -> list[ImportMessage]:
    """Return the messages of a transaction, none for an unknown one (rest-data 13.3): one request."""
    path = join("data", "status", transaction)
    document = session.get_json(path)
    groups = document.get("msgs") if isinstance(document, dict) else None
    if not isinstance(groups, list):
        msg = "the answer holds no messages"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    said = (entry for group in groups if isinstance(group, list) for entry in group if isinstance(entry, dict))
    return [
        ImportMessage(str(entry.get("status", "")), str(entry.get("msg", "")), entry.get("terminal") is True)
        for entry in said
    ]
