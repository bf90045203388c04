"""A folder of DICOM files into the server, file by file: continued after an interruption, counted at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..archiving import ArchiveOverwrite
from ..errors import InvalidValueError, NotFoundError, OperationFailedError
from ..import_parameters import ImportParameters
from ..import_results import DirectArchiveSession
from ..prearchive_session import PrearchiveSession
from .attempts import persist
from .dicom_files import FoundDicom, Instance, Reader, Series, find_series, read_identity
from .events import Events, Finished, Observer
from .gradual import FILTERED, Gradual
from .gradual_send import GradualSender
from .gradual_state import GradualState
from .import_counts import (
    Counted,
    SeriesCount,
    ServerScan,
    compared,
    counted_by,
    received_scans,
    require_all,
    scans_of,
    weakest,
)
from .import_places import ImportPlaces
from .import_report import ImportReport
from .importer_words import may_pass
from .options import TransferOptions
from .report import FailedFile, MovedFile, OmittedFile
from .stop import Stop
from .upload_plan import Links, planned
from .upload_state import state_folder

if TYPE_CHECKING:
    from ..archive import ExperimentObject
    from ..import_results import ImportResult
    from ..session import BaseSession

    Result: TypeAlias = ImportResult[ExperimentObject]

GradualDestination: TypeAlias = Literal["/archive", "/prearchive"]
"""Where sessions go when all files are there; without one they stay as they are received, and the server goes on."""

_DESTINATIONS: Final = frozenset({None, "/archive", "/prearchive"})
_BUILT: Final = ("READY", "CONFLICT", "ERROR")


@attrs.frozen
class GradualPlan:
    """What is asked of one import.

    Attributes:
        parameters: Project, labels and switches.
        destination: Where its sessions go at the end.
        overwrite: What happens when a session exists in the archive.
        links: What becomes of links among the files.
        options: How it is done.
        state: Folder that remembers what is done.
        observer: Told of what happens.
        direct_archive: Whether files go to the archive without a stay in the prearchive, where the server can.
        read: Reads headers.
    """

    parameters: ImportParameters
    destination: GradualDestination | None = None
    overwrite: ArchiveOverwrite | None = None
    links: Links = "files"
    options: TransferOptions = attrs.field(factory=TransferOptions)
    state: Path | None = None
    observer: Observer | None = None
    direct_archive: bool = False
    read: Reader = read_identity

    def __attrs_post_init__(self) -> None:
        if self.destination not in _DESTINATIONS:
            msg = f"destination= is '/archive', '/prearchive' or None for a gradual import, not {self.destination!r}."
            raise InvalidValueError(msg)
        if self.direct_archive and self.destination == "/prearchive":
            msg = "direct_archive=True goes past the prearchive; leave out destination='/prearchive', or the other one."
            raise InvalidValueError(msg)


def import_gradual(session: BaseSession, folder: Path, plan: GradualPlan) -> ImportReport[ExperimentObject]:
    """Import the DICOM files of a folder and return what came of them; see `Services.import_gradual`."""
    files, omitted = planned(folder, plan.links)
    found = find_series(files, plan.read)
    _require_one_study(found, plan.parameters.get("experiment"), folder)
    state = GradualState(plan.state or state_folder(), _job(session, folder, plan.parameters))
    try:
        run = _Import(session, folder, plan, state)
        return run.run(attrs.evolve(found, omitted=(*omitted, *found.omitted)))
    finally:
        state.close()


def _require_one_study(found: FoundDicom, label: str | None, folder: Path) -> None:
    studies = {one.study for one in found.series}
    if not studies:
        msg = f"There are no DICOM files in {folder} that an importer takes."
        raise InvalidValueError(msg)
    if label is not None and len(studies) > 1:
        msg = (
            f"{folder} holds {len(studies)} studies, which become {len(studies)} sessions: experiment= would give all "
            "of them one label. Import their folders one by one, or leave it out."
        )
        raise InvalidValueError(msg)


def _job(session: BaseSession, folder: Path, parameters: ImportParameters) -> dict[str, str]:
    said = {name: str(value) for name, value in parameters.items() if value is not None}
    return {**said, "server": session.server, "folder": os.path.realpath(folder)}


class _Import:
    """One import."""

    def __init__(self, session: BaseSession, folder: Path, plan: GradualPlan, state: GradualState) -> None:
        self._session = session
        self._folder = folder
        self._plan = plan
        self._state = state
        self._events = Events(plan.observer)
        self._places = ImportPlaces(session, plan.parameters.get("experiment"))

    def run(self, found: FoundDicom) -> ImportReport[ExperimentObject]:
        before = self._state.sent([each for one in found.series for each in one.instances], self._places.is_there)
        for name in before:
            self._events(Finished(name, "skipped", "an earlier run has sent it"))
        engine = self._send(found.series, before)
        report = self._told(found, before, engine)
        if report.failed:
            if self._plan.options.failures == "raise":
                raise _first_of(report.failed)
            return attrs.evolve(report, sessions=self._known(_addresses(before, engine)))
        report = self._ended(report, found.series, {**before, **{each.name: at for each, at in engine.sent}})
        self._state.finish()
        return report

    # Sending

    def _send(self, series: Sequence[Series], before: dict[str, str]) -> Gradual:
        """Send what was not sent before."""
        sender = GradualSender(self._session, self._parameters(), direct_archive=self._plan.direct_archive)
        options = self._plan.options
        engine = Gradual(
            sender.send,
            sender.look,
            workers=options.workers,
            retry=options.retry,
            observer=self._plan.observer,
            note=self._state.done,
        )
        left = [attrs.evolve(one, instances=_without(one.instances, before)) for one in series]
        warm = {one.uid for one in series if any(before.get(each.name) for each in one.instances)}
        if any(one.instances for one in left):
            self._state.begin()
            engine.run(left, warm)
        return engine

    def _parameters(self) -> ImportParameters:
        """A session that is ended here must not be built and archived by itself while files are missing."""
        if self._plan.destination is None:
            return self._plan.parameters
        return {**self._plan.parameters, "prevent_auto_commit": True}

    def _told(self, found: FoundDicom, before: dict[str, str], engine: Gradual) -> ImportReport[ExperimentObject]:
        every = {each.name: each for one in found.series for each in one.instances}
        filtered = [each.name for each, address in engine.sent if not address]
        filtered += [name for name, address in before.items() if not address]
        return ImportReport(
            self._folder,
            sum(each.file.size for each, _ in engine.sent),
            moved=tuple(_moved(each, address) for each, address in engine.sent if address),
            skipped=tuple(_moved(every[name], address) for name, address in before.items() if address),
            failed=(*found.failed, *engine.failed),
            omitted=(*found.omitted, *(OmittedFile(name, f"was not taken: {FILTERED}") for name in filtered)),
        )

    # The sessions at the end

    def _ended(
        self, report: ImportReport[ExperimentObject], series: Sequence[Series], places: dict[str, str]
    ) -> ImportReport[ExperimentObject]:
        sessions: list[Result] = []
        counts: list[SeriesCount] = []
        ways: list[Counted] = []
        for address in dict.fromkeys(filter(None, places.values())):
            own = [attrs.evolve(one, instances=_at(one.instances, places, address)) for one in series]
            own = [one for one in own if one.instances]
            result, counted = self._end(address, own)
            sessions.append(result)
            counts += counted
            ways.append(counted_by(counted, own))
        return attrs.evolve(report, sessions=tuple(sessions), series=tuple(counts), counted=weakest(ways))

    def _end(self, address: str, series: Sequence[Series]) -> tuple[Result, Sequence[SeriesCount]]:
        """Bring a session where it shall go; it is counted before it goes into the archive, where it can be, and there.

        Without a destination it is left alone.
        """
        if self._plan.destination is None:
            return self._places.result(address), ()
        waiting = self._places.waiting(address)
        if not waiting.exists():
            result = self._places.result(address)
            return result, self._counted(result, series)
        if isinstance(waiting, DirectArchiveSession):
            made = waiting.archive()
            return made, self._counted(made, series)
        self._build(waiting)
        counts = self._counted(waiting, series)
        if self._plan.destination == "/prearchive":
            return waiting, counts
        made = waiting.archive(overwrite=self._plan.overwrite)
        return made, self._counted(made, series)

    def _known(self, addresses: Iterable[str]) -> tuple[Result, ...]:
        """Return what the sessions are of an import that was not completed; those that nobody finds are left out."""
        found: list[Result] = []
        for address in addresses:
            with suppress(NotFoundError):
                found.append(self._places.result(address))
        return tuple(found)

    def _build(self, session: PrearchiveSession[ExperimentObject]) -> None:
        """Have the session's document built.

        Raises:
            OperationFailedError: The server cannot read what it received.
        """
        # How its row was before shows, when the reply is lost, whether it was built.
        session.refresh()
        policy, unit = self._plan.options.retry, f"session {session.id}"
        persist(session.build, unit, policy=policy, stop=Stop(), events=self._events, passes=may_pass)
        if session.wait(_BUILT) == "ERROR":
            msg = f"{session!r} could not be built of the files that it received; they stay there. See its last_log()."
            raise OperationFailedError(msg, status="ERROR")

    def _counted(self, result: Result, series: Sequence[Series]) -> Sequence[SeriesCount]:
        if not self._plan.options.verify:
            return ()
        scans = server_scans(self._session, result)
        if scans is None:
            return ()
        counts = compared(series, scans)
        require_all(counts, repr(result))
        return counts


def server_scans(session: BaseSession, result: Result) -> list[ServerScan] | None:
    """Return the scans of what an import became, None when they cannot be counted (yet): at most one request."""
    if isinstance(result, PrearchiveSession):
        return received_scans(session, result.uri)
    document = getattr(result, "__xnat_document__", None)
    return None if document is None else scans_of(document)


def _first_of(failed: Sequence[FailedFile]) -> BaseException:
    error = failed[0].error
    if len(failed) > 1:
        error.add_note(f"{failed[0].name} is the first of {len(failed):,} files that were not imported.")
    return error


def _without(instances: Iterable[Instance], before: dict[str, str]) -> tuple[Instance, ...]:
    return tuple(each for each in instances if each.name not in before)


def _at(instances: Iterable[Instance], places: dict[str, str], address: str) -> tuple[Instance, ...]:
    return tuple(each for each in instances if places.get(each.name) == address)


def _addresses(before: dict[str, str], engine: Gradual) -> list[str]:
    return list(dict.fromkeys(filter(None, (*before.values(), *(at for _, at in engine.sent)))))


def _moved(instance: Instance, address: str) -> MovedFile:
    return MovedFile(instance.name, Path(instance.file.path), instance.file.size, None, "unverified", address)
