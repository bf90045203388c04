"""What an import of many files came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from .import_counts import Counted, SeriesCount
from .report import FailedFile, MovedFile, OmittedFile

if TYPE_CHECKING:
    from ..archive import ExperimentObject
    from ..import_results import ImportResult

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)


@attrs.frozen(repr=False)
class ImportReport(Generic[E_co]):
    """An import, file by file: what was sent, what is on the server, and what failed.

    Attributes:
        path: The folder on this side.
        size: Bytes of the files that travelled.
        sessions: What the files became: experiments, or sessions in the prearchive.
        series: Objects of each series here and there, () where the server was not asked.
        counted: Whether objects were counted by series, all together, or not ("unverified"): servers change what is
            imported, so that there is nothing else to compare.
        moved: Files that were sent.
        skipped: Files that an earlier, interrupted run had sent.
        failed: Files that could not be sent; empty unless failures were asked for instead of an error.
        omitted: Files that are none to send: no DICOM, the same file twice, or kept out by a filter of the site.
    """

    path: Path
    size: int
    sessions: tuple[ImportResult[E_co], ...] = ()
    series: tuple[SeriesCount, ...] = ()
    counted: Counted = "unverified"
    moved: tuple[MovedFile, ...] = ()
    skipped: tuple[MovedFile, ...] = ()
    failed: tuple[FailedFile, ...] = ()
    omitted: tuple[OmittedFile, ...] = ()

    def __repr__(self) -> str:
        counts = f"{len(self.moved):,} moved, {len(self.skipped):,} skipped, {len(self.failed):,} failed"
        return f"<ImportReport {self.path}: {counts}, {len(self.sessions)} sessions, {self.counted}>"
