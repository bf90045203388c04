"""What can be done with a received session: archive, move, rebuild, delete, and wait (rest-data 12.2, 12.3)."""

from __future__ import annotations

from collections.abc import Mapping
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
    OperationFailedError,
    ServerError,
    TransportError,
    UsageError,
    XnatError,
)
from .prearchive_rows import ARRIVING, END_STATES, FAILED, UNASSIGNED, PrearchiveRow
from .prearchive_standing import StandingSession
from .transfers.lost_actions import acted, moved, queued
from .transfers.lost_items import gone
from .transfers.reconcile import settled
from .waiting import Patience

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .prearchive_rows import PrearchiveStatus
    from .transport import Response, TimeoutSpec

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)

ARCHIVE: Final = "/data/services/archive"
VALIDATE: Final = "/data/services/validate-archive"
SERVICES: Final = "/data/services/prearchive"
_RESTING: Final = END_STATES | ARRIVING


class SessionActions(StandingSession, Generic[E_co]):
    """The operations of a received session, each of which leaves it knowing where it lies."""

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
        status = self.__xnat_wait__(patience)
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
        if self.__xnat_wait__(Patience()) is not None:
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
        self._repeatable("build")

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
        return self._row.status if asynchronous else self._ended(self.__xnat_wait__(patience or Patience()), "rebuilt")

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

        def send() -> list[str]:
            return places_of(self._session, self._act("move", ("newProject", new_project), timeout=timeout))

        places = moved(send, lambda: self._resting() is None, lambda: self._rows(new_project), self._row)
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

    def _repeatable(self, action: str, *pairs: tuple[str, str]) -> None:
        """Does what has the same effect when it is done twice; after a lost reply, once the server is not at it."""
        acted(lambda: self._act(action, *pairs), self._resting, self.__xnat_current__())

    def _resting(self) -> PrearchiveRow | None:
        """Returns the row when the server is not at the session any more, None when that has left its place."""
        return None if self.__xnat_wait__(Patience(), _RESTING) is None else self._row

    def _queue(self, service: str, asynchronous: bool | None, *pairs: tuple[str, str]) -> None:
        """Hands the session to a service that answers before it is done, with the row as it waits (rest-data 12.3)."""
        path = f"{SERVICES}/{service}"
        said = () if asynchronous is None else (("async", flag_text(asynchronous)),)

        def send() -> PrearchiveRow:
            rows = read_table(post_form(self._session, path, (self._source, *pairs, *said), format="json").json(), path)
            return PrearchiveRow(rows[0]) if rows else self._row

        self._row = queued(send, self._resting, self.__xnat_current__(), self._row)

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
