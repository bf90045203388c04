"""Downloads of many files into a folder: what is there is skipped, what is missing travels, everything is compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import XnatError
from .events import Events, Observer
from .job import Connection, Job, Tally
from .journal import Journal
from .manifest import Manifest, add_to, existing_manifest, files_of
from .options import TransferOptions
from .places import NameOf, Places
from .placing import PREFIX, SUFFIX
from .plan import Source, scan_folder, unit_of
from .report import TransferReport
from .source_download import SourceDownload
from .stop import Stop
from .turns import room_for
from .workers import work_through

__all__ = ["Connection", "Download", "scan_folders_of"]

JOURNAL: Final = ".xnat-transfer-"
LINES: Final = ".jsonl"


class Download:
    """One download of one or more sources into a folder."""

    def __init__(
        self,
        connection: Connection,
        target: Path,
        *,
        overwrite: bool = False,
        name_of: NameOf | None = None,
        layout: str = "xnat",
        options: TransferOptions | None = None,
        observer: Observer | None = None,
        manifest: bool = False,
    ) -> None:
        """Prepare; nothing is asked or written yet.

        Args:
            connection: What is asked.
            target: The folder; it is created when it does not exist.
            overwrite: Whether files with other bytes may be replaced.
            name_of: The layout, None for the server's tree; that of a source comes before it.
            layout: What the layout is called in journal and manifest.
            options: How it is done.
            observer: Told of what happens.
            manifest: Whether ``manifest.json`` is written when all is done.
        """
        self._connection = connection
        self._target = target
        self._overwrite = overwrite
        self._options = options or TransferOptions()
        self._name_of = name_of
        self._layout = layout
        self._places = Places(target)
        self._events = Events(observer)
        self._stop = Stop()
        self._tally = Tally(keeps_tables=manifest)
        self._has_manifest = manifest

    def run(self, sources: Sequence[Source], *, empty_ok: bool = False) -> TransferReport:
        """Download the sources, several at once, and return what came of them.

        Args:
            sources: The items.
            empty_ok: Whether items without files are left out; else the server's own refusal is raised.

        Raises:
            TargetExistsError: A file with other bytes is there and may not be replaced.
            UnsafeNameError: A name of the server would leave the folder.
            TransferError: Files did not arrive as announced, and failures are to be raised.
            ResponseError: The server refused.
        """
        if self._has_manifest:
            # What cannot be joined is told before bytes travel.
            existing_manifest(self._target, self._connection.server)
        is_new = not self._target.exists()
        self._target.mkdir(parents=True, exist_ok=True)
        about, path = self._journal_of(sources)
        was_begun = path.exists()
        # Before anything is touched: where another run of this download is under way, all that is there is that one's.
        with room_for(self._connection.limit, self._options.workers), Journal(path, about) as journal:
            if was_begun:
                self._remove_leftovers(path)
            # No file of a server has a name that begins like those of our own.
            was_empty = all(entry.name.startswith(PREFIX) for entry in self._target.iterdir())
            had_entries = len(journal) > 0
            try:
                self._all(sources, self._job(journal, mark_of(path), was_empty=was_empty), empty_ok=empty_ok)
                if not self._tally.failed:
                    journal.finish()
            finally:
                self._tidy(journal, is_new=is_new, has_entries=had_entries)
        report = self._report()
        if self._has_manifest:
            self._add_manifest(report)
        return report

    def _add_manifest(self, report: TransferReport) -> None:
        units = [unit_of(source, row, "") for source, rows in self._tally.tables for row in rows]
        files = files_of(report, units)
        add_to(self._target, Manifest(self._connection.server, self._tally.date, self._layout, files))

    def _journal_of(self, sources: Sequence[Source]) -> tuple[Mapping[str, str], Path]:
        """Return what identifies the download, and its journal; others into the same folder have their own."""
        files = " ".join(source.files for source in sources)
        about = {"server": self._connection.server, "files": files, "layout": self._layout}
        name = hashlib.sha256(repr(sorted(about.items())).encode()).hexdigest()[:16]
        return about, self._target / f"{JOURNAL}{name}{LINES}"

    def _job(self, journal: Journal, mark: str, *, was_empty: bool) -> Job:
        return Job(
            self._connection, self._target, self._overwrite, self._options, self._events, self._stop, journal, mark,
            was_empty, len(journal) > 0, self._tally,
        )  # fmt: skip

    def _all(self, sources: Sequence[Source], job: Job, *, empty_ok: bool) -> None:
        def work(source: Source) -> None:
            name_of = source.name_of() if source.name_of is not None else self._name_of
            places = self._places.through(name_of)
            SourceDownload(job, source, places, is_tree=name_of is None, empty_ok=empty_ok).run()

        if len(sources) == 1:
            work(sources[0])
            return
        workers = min(self._options.workers, len(sources)) or 1
        for done in work_through(sources, work, workers=workers, stop=self._stop):
            if done.error is not None:
                if not isinstance(done.error, XnatError):
                    raise done.error
                job.fail(done.unit.files, done.error)

    def _remove_leftovers(self, journal: Path) -> None:
        """Remove the unfinished files of a run of this download that was killed."""
        mark = PREFIX + mark_of(journal)
        for folder, _, names in os.walk(self._target):
            for name in names:
                if name.startswith(mark) and name.endswith(SUFFIX):
                    with suppress(OSError):
                        Path(folder, name).unlink()

    def _tidy(self, journal: Journal, *, is_new: bool, has_entries: bool) -> None:
        """Remove a journal, and folders, that nothing came into."""
        if self._tally.moved or self._tally.skipped:
            return
        with suppress(OSError):
            if not has_entries:
                journal.finish()
            if is_new:
                for folder, _, _ in os.walk(self._target, topdown=False):
                    Path(folder).rmdir()

    def _report(self) -> TransferReport:
        tally = self._tally
        report = TransferReport(self._target, tally.size, tuple(tally.moved), tuple(tally.skipped), tuple(tally.failed))
        if report.failed and self._options.failures == "raise":
            raise _first_of(report)
        return report


def _first_of(report: TransferReport) -> BaseException:
    """Return the first failure, which says how many others there are."""
    first, *others = report.failed
    if others:
        told = f"{len(others):,} other files failed too, {len(report.moved):,} were moved"
        first.error.add_note(f"{told}; TransferOptions(failures='report') returns them all.")
    return first.error


def mark_of(journal: Path) -> str:
    """Return what stands in the names of unfinished files of the download with a journal."""
    return journal.name.removeprefix(JOURNAL).removesuffix(LINES) + "-"


def scan_folders_of(table: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return the folder of each scan in archives, from the rows of the scans' table."""
    return {str(row["ID"]): scan_folder(str(row["ID"]), str(row.get("type") or "")) for row in table}
