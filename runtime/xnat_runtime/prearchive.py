"""The prearchive: sessions that arrived and wait to be archived (rest-data 12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from .archiving import PATIENT, ArchiveOverwrite, Pairs, archive_pairs, path_of, post_form, source_of
from .documents import read_table
from .errors import ConflictError, InvalidValueError, NotFoundError, ServerError, TransportError, UsageError
from .paths import join
from .prearchive_actions import ARCHIVE, SERVICES
from .prearchive_rows import ARRIVING, END_STATES, UNASSIGNED, PrearchiveRow
from .prearchive_session import PrearchiveSession
from .transfers.lost_actions import begun
from .waiting import Patience

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .prearchive_rows import PrearchiveStatus
    from .session import BaseSession

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)

_ALL: Final = "/data/prearchive/projects"
_PREFIX: Final = "/data/prearchive/projects/"
_PLACE_SLASHES: Final = 6


@attrs.frozen
class Outcome(Generic[E_co]):
    """What became of one of several sessions.

    Attributes:
        session: The session.
        status: The status that it stayed in, None when it left its place: archived, moved or deleted.
    """

    session: PrearchiveSession[E_co]
    status: PrearchiveStatus | None

    @property
    def failed(self) -> bool:
        """Whether the session is in CONFLICT or ERROR; its ``last_log()`` tells why."""
        return self.status in {"CONFLICT", "ERROR"}


class Prearchive(Generic[E_co]):
    """The received sessions that the account may see; nothing is kept, every call asks the server."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    # Finding

    def sessions(
        self, project: str | Iterable[str] | None = None, allow_receiving: bool = False
    ) -> list[PrearchiveSession[E_co]]:
        """Returns the sessions: one request however many there are.

        Args:
            project: ID of a project, or several; ``Unassigned`` for sessions without one; None for all.
            allow_receiving: Whether sessions that are still being received are among them.

        Raises:
            NotFoundError: There is no such project, or it is not visible.
        """
        wanted = _names_of(project)
        path = join("data", "prearchive", "projects", ",".join(wanted)) if wanted else _ALL
        rows = self._rows(path)
        # Who may see all data gets sessions without a project too, whatever was asked (rest-data 12.1).
        if wanted and UNASSIGNED not in wanted:
            rows = [row for row in rows if row.text("project") not in {"", UNASSIGNED}]
        shown = rows if allow_receiving else [row for row in rows if row.status not in ARRIVING]
        return [PrearchiveSession(self._session, row) for row in shown]

    def find(
        self,
        project: str | Iterable[str] | None = None,
        subject: str | None = None,
        session: str | None = None,
        status: PrearchiveStatus | Collection[PrearchiveStatus] | None = None,
        allow_receiving: bool = False,
        *,
        tag: str | None = None,
    ) -> list[PrearchiveSession[E_co]]:
        """Returns the sessions that fit all that is given: one request.

        Args:
            project: ID of a project, or several.
            subject: Label of the subject.
            session: Label or folder of the session.
            status: A status, or several; those of receiving need no ``allow_receiving``.
            allow_receiving: Whether sessions that are still being received are among them.
            tag: Study Instance UID.
        """
        statuses = {status} if isinstance(status, str) else set(status or ())
        found = self.sessions(project, allow_receiving or bool(statuses & ARRIVING))
        return [
            each
            for each in found
            if subject in {None, each.subject}
            and session in {None, each.label, each.folder_name}
            and tag in {None, each.tag}
            and (not statuses or each.data["status"] in statuses)
        ]

    def get(self, uri: str) -> PrearchiveSession[E_co]:
        """Returns the session at a path or full URL: one request.

        Raises:
            InvalidValueError: It is no address of a received session.
            NotFoundError: There is none.
        """
        path = path_of(self._session, uri).rstrip("/")
        if not path.startswith(_PREFIX) or path.count("/") != _PLACE_SLASHES:
            msg = "An address of a received session is /data/prearchive/projects/PROJECT/TIMESTAMP/FOLDER."
            raise InvalidValueError(msg)
        found: PrearchiveSession[E_co] = PrearchiveSession(self._session, PrearchiveRow({}).at(path))
        found.refresh()
        return found

    def recent(self, days: int = 10) -> list[PrearchiveSession[E_co]]:
        """Returns the sessions that were uploaded in the last days, oldest first: one request.

        Args:
            days: How many days, at least 1.
        """
        if days < 1:
            msg = f"recent() takes a number of days from 1 on, not {days}"
            raise InvalidValueError(msg)
        rows = self._rows("/data/prearchive/experiments", (("recent", str(days)),))
        return [PrearchiveSession(self._session, row) for row in rows]

    def _rows(self, path: str, query: Pairs = ()) -> list[PrearchiveRow]:
        return [PrearchiveRow(cells) for cells in read_table(self._session.get_json(path, query=query), path)]

    # Several at once

    def archive(
        self,
        sessions: Iterable[PrearchiveSession[E_co]],
        overwrite: ArchiveOverwrite | None = None,
        quarantine: bool | None = None,
        trigger_pipelines: bool | None = None,
        *,
        overwrite_files: bool | None = None,
        patience: Patience | None = None,
    ) -> list[Outcome[E_co]]:
        """Archives sessions, each under its own label, and waits for all: one request, and one for each question.

        A session that cannot be archived does not keep the others from it.

        Raises:
            UsageError: One belongs to no project; nothing was done.
            WaitTimeoutError: Not all have ended.
        """
        chosen = list(sessions)
        homeless = next((each for each in chosen if each.project == UNASSIGNED), None)
        if homeless is not None:
            msg = f"{homeless!r} belongs to no project, and cannot be archived from there: move() it to one first."
            raise UsageError(msg)
        pairs = archive_pairs(
            overwrite=overwrite,
            quarantine=quarantine,
            trigger_pipelines=trigger_pipelines,
            overwrite_files=overwrite_files,
        )
        if len(chosen) == 1:
            return [self._archive_one(chosen[0], pairs, patience or Patience())]
        return self._batch(ARCHIVE, chosen, pairs, patience)

    def _archive_one(self, session: PrearchiveSession[E_co], pairs: Pairs, patience: Patience) -> Outcome[E_co]:
        """The service archives a single session before it answers, and answers failures with 500."""
        try:
            post_form(self._session, ARCHIVE, (("src", source_of(session.uri)), *pairs), timeout=PATIENT)
        except (ConflictError, ServerError, TransportError) as error:
            if isinstance(error, TransportError) and not error.sent:
                raise
            # With a lost answer the server may be at it still, or have archived it.
            return Outcome(
                session, session.wait(timeout=patience.timeout, interval=patience.interval, sleep=patience.sleep)
            )
        return Outcome(session, None)

    def rebuild(
        self,
        sessions: Iterable[PrearchiveSession[E_co]],
        *,
        override_lock: bool = False,
        patience: Patience | None = None,
    ) -> list[Outcome[E_co]]:
        """Has the documents of sessions built anew and waits for all; see `archive`."""
        pairs = (("overrideLock", "true"),) if override_lock else ()
        return self._batch(f"{SERVICES}/rebuild", list(sessions), pairs, patience)

    def move(
        self, sessions: Iterable[PrearchiveSession[E_co]], new_project: str, *, patience: Patience | None = None
    ) -> list[Outcome[E_co]]:
        """Moves sessions to the prearchive of another project and waits for all; find them there afterwards.

        Raises:
            NotFoundError: One has left the prearchive, or there is no such project.
            WaitTimeoutError: Not all have ended.
        """
        return self._batch(f"{SERVICES}/move", list(sessions), (("newProject", new_project),), patience)

    def delete(
        self, sessions: Iterable[PrearchiveSession[E_co]], *, patience: Patience | None = None
    ) -> list[Outcome[E_co]]:
        """Deletes sessions from the prearchive and waits for all; see `archive`."""
        return self._batch(f"{SERVICES}/delete", list(sessions), (), patience)

    def rebuild_table(self) -> None:
        """Has every row worked out from its document again; for administrators. One request."""
        self._session.put("/data/prearchive")

    def _batch(
        self, path: str, sessions: Sequence[PrearchiveSession[E_co]], pairs: Pairs, patience: Patience | None
    ) -> list[Outcome[E_co]]:
        """Queues the work and watches the sessions until each has ended: one request a question for all of them."""
        if not sessions:
            return []
        sources = [("src", source_of(each.uri)) for each in sessions]
        projects = sorted({each.project for each in sessions})
        places = [each.uri for each in sessions]
        begun(
            lambda: post_form(self._session, path, (*sources, *pairs), format="json"),
            {each.uri: each.__xnat_current__() for each in sessions},
            lambda: {row.path: row for row in self._listed(projects)},
        )

        def ask() -> _Standing:
            return _Standing({row.path: row.status for row in self._listed(projects)}, places)

        found = (patience or Patience()).until(ask, lambda standing: not standing.busy, path.rpartition("/")[2])
        return [Outcome(each, found.statuses.get(place)) for each, place in zip(sessions, places, strict=True)]

    def _listed(self, projects: Sequence[str]) -> list[PrearchiveRow]:
        path = _ALL if UNASSIGNED in projects else join("data", "prearchive", "projects", ",".join(projects))
        try:
            return self._rows(path)
        except NotFoundError:
            # Who may not read one of the projects any more sees the others only in the list of all.
            return self._rows(_ALL)

    def __repr__(self) -> str:
        return f"<Prearchive of {self._session!r}>"


class _Standing:
    """Where several sessions stand."""

    def __init__(self, statuses: dict[str, PrearchiveStatus], places: Sequence[str]) -> None:
        self.statuses: dict[str, PrearchiveStatus] = {place: statuses[place] for place in places if place in statuses}
        self.busy = sum(status not in END_STATES for status in self.statuses.values())

    def __str__(self) -> str:
        return f"at work on {self.busy} sessions"


def _names_of(project: str | Iterable[str] | None) -> list[str]:
    return [project] if isinstance(project, str) else list(project or ())
