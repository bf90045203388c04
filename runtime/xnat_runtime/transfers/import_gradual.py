"""A folder of DICOM files into the server, file by file: continued after an interruption, counted at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..archiving import ArchiveOverwrite, experiment_named
from ..errors import InvalidValueError, NotFoundError
from ..import_parameters import ImportParameters
from ..prearchive_rows import ARRIVING, PrearchiveRow
from ..prearchive_session import PrearchiveSession
from .attempts import persist
from .dicom_files import FoundDicom, Instance, Reader, Series, find_series, read_identity
from .events import Events, Finished, Observer
from .gradual import FILTERED, Gradual
from .gradual_send import GradualSender
from .gradual_state import GradualState
from .import_counts import SeriesCount, ServerScan, compared, counted_by, received_scans, require_all, scans_of
from .import_report import ImportReport
from .importer_words import may_pass
from .options import TransferOptions
from .reconcile import settled
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
        read: Reads headers.
    """

    parameters: ImportParameters
    destination: GradualDestination | None = None
    overwrite: ArchiveOverwrite | None = None
    links: Links = "files"
    options: TransferOptions = attrs.field(factory=TransferOptions)
    state: Path | None = None
    observer: Observer | None = None
    read: Reader = read_identity

    def __attrs_post_init__(self) -> None:
        if self.destination not in _DESTINATIONS:
            msg = f"destination= is '/archive', '/prearchive' or None for a gradual import, not {self.destination!r}."
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

    def run(self, found: FoundDicom) -> ImportReport[ExperimentObject]:
        before = self._state.sent([each for one in found.series for each in one.instances], self._is_there)
        for name in before:
            self._events(Finished(name, "skipped", "an earlier run has sent it"))
        engine = self._send(found.series, before)
        report = self._told(found, before, engine)
        if report.failed:
            if self._plan.options.failures == "raise":
                raise _first_of(report.failed)
            return attrs.evolve(report, sessions=tuple(self._result(each) for each in _addresses(before, engine)))
        report = self._ended(report, found.series, {**before, **{each.name: at for each, at in engine.sent}})
        self._state.finish()
        return report

    # Sending

    def _send(self, series: Sequence[Series], before: dict[str, str]) -> Gradual:
        """Send what was not sent before."""
        sender = GradualSender(self._session, self._parameters())
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
        for address in dict.fromkeys(filter(None, places.values())):
            own = [attrs.evolve(one, instances=_at(one.instances, places, address)) for one in series]
            own = [one for one in own if one.instances]
            result, counted = self._end(address, own)
            sessions.append(result)
            counts += counted
        how = counted_by(counts, series)
        return attrs.evolve(report, sessions=tuple(sessions), series=tuple(counts), counted=how)

    def _end(self, address: str, series: Sequence[Series]) -> tuple[Result, Sequence[SeriesCount]]:
        """Bring a session where it shall go; it is counted before it goes into the archive and again there."""
        session = _received(self._session, address)
        if self._plan.destination is None or not session.exists():
            result = self._result(address)
            return result, self._counted(result, series) if self._plan.destination is not None else ()
        self._build(session)
        counts = self._counted(session, series)
        if self._plan.destination == "/prearchive":
            return session, counts
        made = session.archive(overwrite=self._plan.overwrite)
        return made, self._counted(made, series)

    def _build(self, session: PrearchiveSession[ExperimentObject]) -> None:
        """Have the session's document built, once; a lost reply is made up for by its status."""

        def look() -> bool | None:
            has_begun = session.status not in ARRIVING
            return True if has_begun and session.wait(_BUILT) == "READY" else None

        def build() -> bool:
            session.build()
            return True

        policy, stop = self._plan.options.retry, Stop()
        unit = f"session {session.id}"
        persist(
            lambda: settled(build, look), unit, policy=policy, stop=stop, events=self._events, passes=may_pass
        )  # fmt: skip

    def _counted(self, result: Result, series: Sequence[Series]) -> Sequence[SeriesCount]:
        if not self._plan.options.verify:
            return ()
        scans = server_scans(self._session, result)
        if scans is None:
            return ()
        counts = compared(series, scans)
        require_all(counts, repr(result))
        return counts

    # Sessions by address

    def _is_there(self, address: str, study: str) -> bool:
        """Return whether a session is in the prearchive still, or its study in the archive under its label."""
        received = _received(self._session, address)
        return received.exists() or self._archived(address, study) is not None

    def _archived(self, address: str, study: str = "") -> ExperimentObject | None:
        row = PrearchiveRow({}).at(address)
        project, label = row.text("project"), self._plan.parameters.get("experiment") or row.text("folderName")
        return experiment_named(self._session, project, label, study)

    def _result(self, address: str) -> Result:
        received = _received(self._session, address)
        if received.exists():
            return received
        made = self._archived(address)
        if made is None:
            raise NotFoundError("GET", address, 404, "the session has left the prearchive, and is not in the archive")
        return made


def server_scans(session: BaseSession, result: Result) -> list[ServerScan] | None:
    """Return the scans of what an import became, None when they cannot be counted (yet): at most one request."""
    if isinstance(result, PrearchiveSession):
        return received_scans(session, result.uri)
    document = getattr(result, "__xnat_document__", None)
    return None if document is None else scans_of(document)


def _received(session: BaseSession, address: str) -> PrearchiveSession[ExperimentObject]:
    return PrearchiveSession(session, PrearchiveRow({}).at(address))


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
