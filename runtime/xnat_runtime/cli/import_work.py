"""What ``import`` does with each file and folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import attrs

from ..archive import ExperimentObject
from ..errors import AuthenticationError, InvalidValueError, TransferError, TransportError, XnatError
from ..import_parameters import ImportOverwrite, ImportParameters
from ..import_results import DirectArchiveSession, ImportResult
from ..imports import SERVICE
from ..prearchive_session import PrearchiveSession
from ..transfers.options import TransferOptions
from .bars import STOPPED, bars
from .records import recorded
from .told import Missed, failures, settle, tell_failures

if TYPE_CHECKING:
    from ..transfers.events import Observer
    from .context import Run

_STOPPED: Final = "stopped. What was sent may have arrived: look at the prearchive before you import it again"
_PLACES: Final = {"archive": "the archive", "prearchive": "the prearchive", "direct": "the archive, to be ended there"}
# Errors that every further file would meet, too.
_ENDING: Final = (TransportError, AuthenticationError)


@attrs.frozen
class Wish:
    """What is typed.

    Attributes:
        sources: Files and folders.
        workers: Connections of an import file by file.
    """

    sources: tuple[Path, ...]
    project: str | None
    subject: str | None
    session: str | None
    overwrite: ImportOverwrite | None
    quarantine: bool | None
    trigger_pipelines: bool | None
    handler: str | None
    to_prearchive: bool = attrs.field(kw_only=True)
    to_archive: bool = attrs.field(kw_only=True)
    skip_unparsable: bool = attrs.field(kw_only=True)
    direct_archive: bool = attrs.field(kw_only=True)
    is_gradual: bool = attrs.field(kw_only=True)
    workers: int = attrs.field(kw_only=True)

    @property
    def destination(self) -> Literal["/archive", "/prearchive"] | None:
        """Where it shall go, None for what the project says."""
        if self.to_prearchive and (self.to_archive or self.direct_archive):
            msg = "--to-prearchive goes with neither --to-archive nor --direct-archive: leave one"
            raise InvalidValueError(msg)
        return "/prearchive" if self.to_prearchive else "/archive" if self.to_archive else None

    def check(self) -> None:
        """Looks whether it can be done, before anything is sent.

        Raises:
            InvalidValueError: A file is missing, or options do not go together.
        """
        missing = [path for path in self.sources if not path.exists()]
        if missing:
            msg = f"there is no {missing[0]}"
            raise InvalidValueError(msg)
        if self.is_gradual and not all(path.is_dir() for path in self.sources):
            msg = "--gradual takes folders: unpack the archive, or leave it out"
            raise InvalidValueError(msg)
        others = (self.quarantine, self.trigger_pipelines, self.handler, self.skip_unparsable or None)
        if self.is_gradual and (self.overwrite == "override" or any(each is not None for each in others)):
            msg = (
                "--gradual takes no --quarantine, --trigger-pipelines, --handler, --skip-unparsable and no "
                "--overwrite override"
            )
            raise InvalidValueError(msg)

    def parameters(self, observer: Observer | None) -> ImportParameters:
        """Returns what the import service is told."""
        return {
            "project": self.project, "subject": self.subject, "experiment": self.session, "overwrite": self.overwrite,
            "quarantine": self.quarantine, "trigger_pipelines": self.trigger_pipelines, "import_handler": self.handler,
            "ignore_unparsable": self.skip_unparsable, "progress": observer,
        }  # fmt: skip


def carry_out(run: Run, wish: Wish) -> None:
    """Imports everything, one after the other, and tells where it went.

    Raises:
        XnatError: The only one could not be imported, or none of the rest could do better.
    """
    destination = wish.destination
    wish.check()
    begun, rows, failed = time.monotonic(), list[Mapping[str, object]](), list[Missed]()
    place = f"/data{destination or '/archive'}/projects/{wish.project}" if wish.project else SERVICE
    with recorded(run, "import", [place]) as outcome:
        try:
            with bars(run, STOPPED if wish.is_gradual else _STOPPED) as observer:
                for source in wish.sources:
                    try:
                        found = _sessions(run, wish, source, observer)
                    except XnatError as error:
                        if isinstance(error, _ENDING):
                            raise
                        failed.append(Missed(str(source), str(error), error))
                    else:
                        rows += [_row(source, each) for each in found]
                        outcome.done += [each.uri for each in found]
        except _ENDING:
            if rows:
                _tell(run, rows, (), begun)
            raise
        settle(run, failed, is_nothing_done=not rows)
    _tell(run, rows, failed, begun)


def _sessions(
    run: Run, wish: Wish, source: Path, observer: Observer | None
) -> Sequence[ImportResult[ExperimentObject]]:
    services = run.connection.services
    if wish.is_gradual:
        return _gradually(run, wish, source, observer)
    call = services.import_dir_all if source.is_dir() else services.import_all
    found = call(
        source, destination=wish.destination, direct_archive=wish.direct_archive, **wish.parameters(observer)
    )  # fmt: skip
    if not found:
        msg = "the server took it and made no session of it: it has no DICOM, or a filter of the site kept it out"
        raise TransferError(msg)
    return found


def _gradually(
    run: Run, wish: Wish, source: Path, observer: Observer | None
) -> Sequence[ImportResult[ExperimentObject]]:
    overwrite = wish.overwrite if wish.overwrite != "override" else None
    report = run.connection.services.import_gradual(
        source, project=wish.project, subject=wish.subject, experiment=wish.session, destination=wish.destination,
        overwrite=overwrite, direct_archive=wish.direct_archive, options=TransferOptions(workers=wish.workers),
        progress=observer,
    )  # fmt: skip
    for each in report.omitted:
        run.out.say(f"left out: {each.name} {each.reason}")
    return report.sessions


def _row(source: Path, found: ImportResult[ExperimentObject]) -> Mapping[str, object]:
    state = (
        "prearchive" if isinstance(found, PrearchiveSession)
        else "direct" if isinstance(found, DirectArchiveSession) else "archive"
    )  # fmt: skip
    label = found.label if isinstance(found, ExperimentObject) else found.name
    return {"source": str(source), "state": state, "label": label, "uri": found.uri}


def _tell(run: Run, rows: Sequence[Mapping[str, object]], failed: Sequence[Missed], begun: float) -> None:
    seconds = round(time.monotonic() - begun, 2)
    if run.settings.format == "json":
        run.out.record({"imported": rows, "failed": failures(failed), "seconds": seconds})
    elif run.settings.format == "table":
        for row in rows:
            sys.stdout.write(f"{row['source']} is in {_PLACES[str(row['state'])]}: {row['uri']}\n")
        waiting = [str(row["uri"]) for row in rows if row["state"] == "prearchive"]
        if waiting:
            run.out.say(f"To archive it: {run.site.program} prearchive archive {waiting[0]}")
    else:
        run.out.rows(rows, ("source", "state", "label", "uri"))
    tell_failures(run, failed)
