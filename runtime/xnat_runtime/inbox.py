"""Imports of files that lie on the server already, in its DICOM inbox (dicom-import 86)."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from .errors import InvalidValueError, OperationFailedError, UnexpectedAnswerError
from .waiting import Patience

if TYPE_CHECKING:
    from .session import BaseSession

_ENDS: Final = frozenset({"completed", "failed"})
_PREFIX: Final = "/xapi/dicom/"


class DicomBoxImportRequest:
    """A request to import files of the inbox, which the server works at.

    ``status`` is asked at every reading; the other fields are those that were read last.

    Attributes:
        uri: Its path on the server.
    """

    def __init__(self, session: BaseSession, uri: str) -> None:
        if not uri.startswith(_PREFIX):
            msg = "the answer names no import request"
            raise UnexpectedAnswerError(msg, method="POST", url=uri)
        self._session = session
        self.uri = uri
        self._data: Mapping[str, object] = {}

    def refresh(self) -> None:
        """Reads the request again: one request.

        Raises:
            NotFoundError: The server does not know it any more.
        """
        found = self._session.get_json(self.uri)
        if not isinstance(found, dict):
            msg = "the answer is no import request"
            raise UnexpectedAnswerError(msg, method="GET", url=self.uri)
        self._data = cast("Mapping[str, object]", found)

    @property
    def data(self) -> Mapping[str, object]:
        """What was read last, as the server sent it; asked for at the first use."""
        if not self._data:
            self.refresh()
        return self._data

    def _text(self, name: str) -> str:
        value = self.data.get(name)
        return "" if value is None else str(value)

    def _parameter(self, name: str) -> str | None:
        parameters = self.data.get("parameters")
        value = cast("Mapping[str, object]", parameters).get(name) if isinstance(parameters, dict) else None
        return None if value is None else str(value)

    @property
    def status(self) -> str:
        """How far the server is, such as ``Importing``, ``Completed`` or ``Failed``: one request at every reading."""
        self.refresh()
        return self._text("status")

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.uri.rpartition("/")[2])

    @property
    def username(self) -> str:
        """The account that asked for it."""
        return self._text("username")

    @property
    def project_id(self) -> str | None:
        """ID of the project."""
        return self._parameter("PROJECT_ID")

    @property
    def subject_id(self) -> str | None:
        """Label of the subject, None when none was named."""
        return self._parameter("SUBJECT_ID")

    @property
    def session_path(self) -> str:
        """The folder on the server that is imported."""
        return self._text("sessionPath")

    @property
    def cleanup_after_import(self) -> bool:
        """Whether the files are deleted from the inbox afterwards."""
        return self._text("cleanupAfterImport").lower() == "true"

    @property
    def enabled(self) -> bool:
        """Whether the request is to be worked at."""
        return self._text("enabled").lower() == "true"

    @property
    def created(self) -> datetime.datetime | None:
        """When it was made, in UTC."""
        return _moment(self.data.get("created"))

    @property
    def timestamp(self) -> datetime.datetime | None:
        """When it changed last, in UTC."""
        return _moment(self.data.get("timestamp"))

    def wait(
        self,
        *,
        timeout: float = 3600.0,
        interval: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> str:
        """Waits until the server has imported the files, and returns the status.

        Args:
            timeout: Seconds until the wait is given up.
            interval: Longest pause between two questions, in seconds; one request each.
            sleep: What pauses.

        Raises:
            OperationFailedError: The server could not import them.
            WaitTimeoutError: The time is over; the server goes on.
        """
        patience = Patience(timeout, interval, sleep)
        status = patience.until(lambda: self.status, lambda found: found.lower() in _ENDS, repr(self))
        if status.lower() == "failed":
            msg = f"{self!r} failed"
            raise OperationFailedError(msg, status=status, reason=self._text("resolution"))
        return status

    def __repr__(self) -> str:
        return f"<DicomBoxImportRequest {self.uri.rpartition('/')[2]}>"


def inbox_query(
    path: str, project: str | None, subject: str | None, experiment: str | None, *, cleanup: bool
) -> list[tuple[str, str]]:
    """Return the parameters of an import from the inbox.

    Raises:
        InvalidValueError: No path or no project is given, which the server needs.
    """
    if not path or not project:
        msg = "An import from the inbox needs the path of the files on the server, and project="
        raise InvalidValueError(msg)
    named = {"PROJECT_ID": project, "SUBJECT_ID": subject, "EXPT_LABEL": experiment}
    return [
        ("import-handler", "inbox"),
        ("path", path),
        ("cleanupAfterImport", "true" if cleanup else "false"),
        *((name, value) for name, value in named.items() if value is not None),
    ]


def _moment(stamp: object) -> datetime.datetime | None:
    if not isinstance(stamp, int | float):
        return None
    try:
        return datetime.datetime.fromtimestamp(stamp / 1000, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None
