"""What can be done with a received session: archive, move, rebuild, delete, and wait (rest-data 12.2, 12.3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar, cast

from .archiving import (
    PATIENT,
    ArchiveNotice,
    ArchiveOverwrite,
    archive_pairs,
    archived,
    experiment_at,
    experiment_from,
    experiment_named,
    flag_text,
    notices,
    places_of,
    post_form,
    refusal,
    source_of,
)
from .documents import read_table
from .errors import (
    BadRequestError,
    NotFoundError,
    OperationFailedError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    UsageError,
    XnatError,
)
from .prearchive_rows import ARRIVING, END_STATES, FAILED, UNASSIGNED, PrearchiveRow
from .transfers.lost_items import gone
from .transfers.reconcile import settled
from .waiting import Patience

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .prearchive_rows import PrearchiveStatus
    from .session import BaseSession
    from .transport import Response, TimeoutSpec

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)

ARCHIVE: Final = "/data/services/archive"
VALIDATE: Final = "/data/services/validate-archive"
SERVICES: Final = "/data/services/prearchive"
FRESH_SECONDS: Final = 5.0
_GONE: Final = "the session has left the prearchive: it was archived, moved or deleted"


class SessionActions(Generic[E_co]):
    """The operations of a received session, each of which leaves it knowing where it lies."""

    def __init__(self, session: BaseSession, row: PrearchiveRow) -> None:
        self._session = session
        self._row = row
        self._told_at: tuple[float, int] | None = None
        if "status" in row.cells:
            self._note_status()

    @property
    def uri(self) -> str:
        """The path of the session, percent-encoded."""
        return self._row.path

    def _names(self) -> tuple[str, str, str]:
        row = self._row
        return row.text("project") or UNASSIGNED, row.text("timestamp"), row.text("folderName")

    # Where it stands

    def refresh(self) -> None:
        """Reads the session's row again: one request.

        Raises:
            NotFoundError: It has left the prearchive.
        """
        row = self._find()
        if row is None:
            raise NotFoundError("GET", self.uri, 404, _GONE)
        self._row = row
        self._note_status()

    def _note_status(self) -> None:
        self._told_at = (time.monotonic(), self._session.__xnat_changes__)

    def _is_told(self) -> bool:
        """Return whether the status was just told, nothing was changed since, and nobody has read it yet."""
        told, self._told_at = self._told_at, None
        if told is None or told[1] != self._session.__xnat_changes__:
            return False
        return time.monotonic() - told[0] <= FRESH_SECONDS

    def exists(self) -> bool:
        """Returns whether the session is still in the prearchive, at its place: one request."""
        return self._find() is not None

    def _find(self) -> PrearchiveRow | None:
        """Returns the row as it is now; an unknown session is an empty table, not a 404 (rest-data 12.2)."""
        try:
            rows = read_table(self._session.get_json(self.uri), self.uri)
        except NotFoundError:
            return None
        except (BadRequestError, UnexpectedAnswerError):
            # XNAT 1.7.0 to 1.7.2 know no JSON of one session.
            listing = self.uri.rsplit("/", 2)[0]
            found = map(PrearchiveRow, read_table(self._session.get_json(listing), listing))
            return next((row for row in found if row.path == self.uri), None)
        return PrearchiveRow(rows[0]) if rows else None

    def wait(
        self,
        until: Collection[PrearchiveStatus] = ("READY", "CONFLICT", "ERROR"),
        *,
        timeout: float = 600.0,
        interval: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> PrearchiveStatus | None:
        """Waits for an end state and returns it, or None when the session has left the prearchive.

        A session that is being received stays so until the server has heard nothing of it for some minutes.

        Args:
            until: The statuses that are waited for; leaving the prearchive always ends a wait.
            timeout: Seconds until the wait is given up.
            interval: Longest pause between two questions, in seconds; one request each.
            sleep: What pauses.

        Raises:
            WaitTimeoutError: The time is over; the server goes on.
        """
        return self._wait(Patience(timeout, interval, sleep), frozenset(until))

    def _wait(self, patience: Patience, until: Collection[str] = END_STATES) -> PrearchiveStatus | None:
        def ask() -> PrearchiveStatus | None:
            row = self._find()
            self._row = row or self._row
            return None if row is None else row.status

        return patience.until(ask, lambda status: status is None or status in until, f"{self!r}")

    # Into the archive

    def archive(  # noqa: PLR0917 - xnatpy takes them by position too
        self,
        overwrite: ArchiveOverwrite | None = None,
        quarantine: bool | None = None,
        trigger_pipelines: bool | None = None,
        project: str | None = None,
        subject: str | None = None,
        experiment: str | None = None,
        *,
        overwrite_files: bool | None = None,
        fields: Mapping[str, str] | None = None,
        timeout: TimeoutSpec | None = None,
        patience: Patience | None = None,
    ) -> E_co:
        """Moves the session into the archive and returns the experiment that it became: two requests.

        The request is never repeated. When its answer is lost, or the server is slow, the session is watched until it
        is known what became of it.

        Args:
            overwrite: What happens when the session exists; see `ArchiveOverwrite`.
            quarantine: Whether it is quarantined; None for what the project says.
            trigger_pipelines: Whether the project's pipelines run.
            project: Another project than the session's.
            subject: Label or ID of another subject.
            experiment: Another label.
            overwrite_files: Whether files that exist are replaced.
            fields: Values by schema path, such as ``{"xnat:mrSessionData/note": "..."}``.
            timeout: Seconds to wait for the answer, or (connect, read); 660 for reading by default.
            patience: How the session is watched, where that is needed.

        Raises:
            UsageError: The session belongs to no project: move it to one first.
            ConflictError: It exists, or does not fit what exists; the status is the server's, which is 500 for all.
            PermissionDeniedError: Not allowed, or the server is at this session already.
            NotFoundError: It has left the prearchive.
            ServerError: It cannot be archived; ``last_log`` may tell more.
        """
        if self._names()[0] == UNASSIGNED:
            msg = f"{self!r} belongs to no project, and cannot be archived from there: move() it to one first."
            raise UsageError(msg)
        pairs = archive_pairs(
            overwrite=overwrite,
            quarantine=quarantine,
            trigger_pipelines=trigger_pipelines,
            overwrite_files=overwrite_files,
            project=project,
            subject=subject,
            experiment=experiment,
            fields=fields,
        )
        try:
            answer = post_form(self._session, ARCHIVE, (self._source, *pairs), timeout=timeout or PATIENT)
        except (ServerError, TransportError) as error:
            return cast("E_co", self._settled(error, patience or Patience(), project, experiment))
        return cast("E_co", archived(self._session, answer))

    def _settled(
        self, error: ServerError | TransportError, patience: Patience, project: str | None, label: str | None
    ) -> ExperimentObject:
        """Finds out what became of an archiving whose answer was lost or bad, and returns the experiment."""
        if isinstance(error, TransportError) and not error.sent:
            raise error
        own, _, _ = self._names()
        status = self._wait(patience)
        if status is None:
            made = self._archived(project or own, label)
            if made is not None:
                return made
        if status == "CONFLICT" and isinstance(error, ServerError):
            raise refusal(error) from None
        raise error

    def validate(
        self,
        overwrite: ArchiveOverwrite | None = None,
        *,
        project: str | None = None,
        subject: str | None = None,
        experiment: str | None = None,
    ) -> list[ArchiveNotice]:
        """Returns all that archiving the session would run into, which is done to nothing: one request.

        Args:
            overwrite: As for `archive`.
            project: Another project than the session's.
            subject: Label or ID of another subject.
            experiment: Another label.
        """
        pairs = archive_pairs(overwrite=overwrite, project=project, subject=subject, experiment=experiment)
        return notices(post_form(self._session, VALIDATE, (self._source, *pairs), format="json"))

    def commit(
        self,
        *,
        auto_archive: bool | None = None,
        visit: str | None = None,
        protocol: str | None = None,
        timezone: str | None = None,
        source: str | None = None,
        timeout: TimeoutSpec | None = None,
    ) -> E_co | Self:
        """Ends the reception: builds the session and, where that happens by itself, archives it.

        Args:
            auto_archive: Whether it is archived, unless its row says so (dicom-import 73); None for the project's way.
            visit: Visit of the session; None leaves it, as for the next three.
            protocol: Protocol of the session.
            timezone: Time zone of the upload.
            source: What brought the data.
            timeout: Seconds to wait for the answer, or (connect, read).

        Returns:
            The experiment, or this session when it stays in the prearchive.

        Raises:
            ConflictError: The server is at this session.
            ServerError: It could not be archived.
        """
        flag = None if auto_archive is None else flag_text(auto_archive)
        given = {"AA": flag, "VISIT": visit, "PROTOCOL": protocol, "TIMEZONE": timezone, "SOURCE": source}
        said = [(name, value) for name, value in given.items() if value is not None]
        places = settled(
            lambda: places_of(self._session, self._act("commit", *said, timeout=timeout)),
            lambda: self._whereabouts(is_kept=not auto_archive),
        )
        if places and not places[0].startswith("/data/prearchive/"):
            return cast("E_co", experiment_at(self._session, places[0]))
        self.refresh()
        return self

    def _whereabouts(self, *, is_kept: bool) -> list[str] | None:
        """Returns where a session is whose commit was not answered, None when nothing has begun or it failed."""
        row = self._find()
        if row is not None and row.status in ARRIVING:
            return None
        if self._wait(Patience()) is not None:
            return [self.uri] if is_kept and self._row.status == "READY" else None
        made = self._archived(self._names()[0], None)
        return None if made is None else [made.uri]

    def _archived(self, project: str, label: str | None) -> ExperimentObject | None:
        """Returns what this session became; one that is known by its address alone is found by its folder."""
        name = label or self._row.text("name")
        if name:
            return experiment_named(self._session, project, name, self._row.text("tag"))
        return experiment_from(self._session, project, *self._names()[1:])

    # Within the prearchive

    def build(self) -> None:
        """Has the document built of the headers, at once: one request; the session is READY or ERROR then.

        Raises:
            ConflictError: The server is at this session.
        """
        self._act("build")

    def rebuild(
        self, asynchronous: bool | None = None, *, override_lock: bool = False, patience: Patience | None = None
    ) -> PrearchiveStatus | None:
        """Has the document built anew, and returns how it ended; None when the session was archived by itself.

        Args:
            asynchronous: Whether to return at once, with the status as it waits.
            override_lock: Whether to do so even though the server seems to be at this session.
            patience: How to wait.

        Raises:
            OperationFailedError: The session ended in CONFLICT or ERROR.
            WaitTimeoutError: It has not ended yet.
        """
        extra = (("overrideLock", "true"),) if override_lock else ()
        self._queue("rebuild", asynchronous, *extra)
        return self._row.status if asynchronous else self._ended(self._wait(patience or Patience()), "rebuilt")

    def move(self, new_project: str, asynchronous: bool | None = None, *, timeout: TimeoutSpec | None = None) -> Self:
        """Moves the session to the prearchive of another project and returns it: one request.

        Args:
            new_project: ID of the project, ``Unassigned`` for none.
            asynchronous: Whether to return at once; then this object does not know the new place.
            timeout: Seconds to wait for the answer, or (connect, read).

        Raises:
            NotFoundError: It has left the prearchive.
            PermissionDeniedError: Not allowed in one of both projects.
            OperationFailedError: The server is at this session, which stays where it is.
        """
        if asynchronous:
            self._queue("move", asynchronous, ("newProject", new_project))
            return self
        answer = self._act("move", ("newProject", new_project), timeout=timeout)
        places = places_of(self._session, answer)
        if not places:
            msg = f"{self!r} was not moved, since the server is at it: wait() and try again"
            raise OperationFailedError(msg, status=self._row.text("status"))
        self._row = self._row.at(places[0])
        return self

    def delete(self, asynchronous: bool | None = None) -> None:
        """Deletes the session and its files from the prearchive: one request.

        Args:
            asynchronous: Whether to return before it is done.

        Raises:
            NotFoundError: It has left the prearchive.
            PermissionDeniedError: Not allowed.
        """
        if asynchronous:
            self._queue("delete", asynchronous)
        else:
            gone(lambda: self._session.delete(self.uri), self.exists)

    # How it is asked

    @property
    def _source(self) -> tuple[str, str]:
        return ("src", source_of(self.uri))

    def _act(self, action: str, *pairs: tuple[str, str], timeout: TimeoutSpec | None = None) -> Response:
        return post_form(self._session, self.uri, (("action", action), *pairs), timeout=timeout or PATIENT)

    def _queue(self, service: str, asynchronous: bool | None, *pairs: tuple[str, str]) -> None:
        """Hands the session to a service that answers before it is done, with the row as it waits (rest-data 12.3)."""
        path = f"{SERVICES}/{service}"
        said = () if asynchronous is None else (("async", flag_text(asynchronous)),)
        answer = post_form(self._session, path, (self._source, *pairs, *said), format="json")
        rows = read_table(answer.json(), path)
        self._row = PrearchiveRow(rows[0]) if rows else self._row

    def _ended(self, status: PrearchiveStatus | None, what: str) -> PrearchiveStatus | None:
        if status in FAILED:
            msg = f"{self!r} could not be {what} and is in {status}"
            raise OperationFailedError(msg, status=status, reason=self._told())
        return status

    def _told(self) -> str:
        try:
            return self.last_log()
        except XnatError:
            return ""

    def last_log(self) -> str:
        """Returns what the server noted last of this session, as one line, "" for nothing: one request."""
        from .html import reason  # noqa: PLC0415 - only for failures

        return reason(self._session.get(f"{self.uri}/logs/last").content)
