"""The download of one item's files: what is there is skipped, what is missing travels as archives and file by file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ..errors import (
    AuthenticationError,
    CorruptArchiveError,
    DigestMismatchError,
    IncompleteTransferError,
    ResponseError,
    TargetExistsError,
    TransferError,
    TransportError,
    XnatError,
)
from ..transport import Request, Send
from .archive_download import Unpacking
from .attempts import persist, wanted_pause
from .events import Retried
from .file_download import FileFetch
from .freshness import is_fresh
from .job import Job
from .limits import ArchiveLimitError
from .mount import mount_for, mounted_send
from .partial_archives import requests_for
from .places import Places
from .placing import Placing
from .plan import Expectations, Listed, Source, listed, units_of
from .present import inventory
from .report import MovedFile
from .retry import PASSING_STATUSES, is_passing
from .units import FileUnit
from .unzip import ContradictionError, UnendedMemberError
from .workers import work_through

_NO_FILES: Final = frozenset({204, 404})
"""What the server answers when nothing is selected (rest-data 10.5.3)."""

_ARCHIVE_TRIES: Final = 2
"""How often a damaged archive is asked for; errors while a server sends one come back at the same place."""

_HOPELESS: Final = 8
"""Files in a row that the server could not be reached for, after all attempts, before the others are not tried."""


class SourceDownload:
    """One item of a download."""

    def __init__(self, job: Job, source: Source, places: Places, *, is_tree: bool, empty_ok: bool) -> None:
        """Prepare; nothing is asked yet.

        Args:
            job: The download.
            source: The item.
            places: Where its files go.
            is_tree: Whether that is the server's own tree.
            empty_ok: Whether it may hold no files.
        """
        self._job = job
        self._source = source
        self._places = places
        self._is_tree = is_tree
        self._empty_ok = empty_ok
        self._left: dict[str, Listed] = {}
        self._rows_by_uri: Mapping[str, Listed] = {}
        self._strangers: set[str] = set()
        self._units: Mapping[str, FileUnit] = {}
        self._lost = 0

    def run(self) -> None:
        """Download what is missing.

        Raises:
            TargetExistsError: A file with other bytes is there and may not be replaced.
            UnsafeNameError: A name of the server would leave the folder.
            ResponseError: The server refused.
        """
        options = self._job.options
        is_simple = not options.verify and options.strategy != "files" and self._source.wants is None
        if is_simple and not self._is_mounted():
            try:
                return self._unlisted()
            except UnendedMemberError:
                pass
        rows = self._rows()
        return self._listed(rows) if rows else self._empty()

    def _rows(self) -> list[Listed]:
        try:
            table = self._job.connection.get_json(self._source.files)
        except ResponseError as error:
            if self._empty_ok and error.status in _NO_FILES:
                return []
            raise
        rows = listed(table, self._source.files)
        if self._job.tally.keeps_tables:
            self._job.tally.tables.append((self._source, rows))
        return rows

    def _empty(self) -> None:
        """Have the server say that there is nothing, in its own words."""
        if not self._empty_ok:
            self._unlisted()

    def _unlisted(self) -> None:
        """Take an archive as it comes; its members have the CRC that it tells, and nothing else is compared."""
        try:
            persist(
                lambda: self._unpack(self._source.archive(), None), self._source.files,
                policy=self._job.options.retry, stop=self._job.stop, events=self._job.events, passes=_may_pass,
            )  # fmt: skip
        except ResponseError as error:
            if not (self._empty_ok and error.status in _NO_FILES):
                raise

    def _listed(self, rows: Sequence[Listed]) -> None:
        wanted = self._wanted(rows)
        left = wanted if self._is_fresh(wanted) else self._missing(wanted)
        self._left = {row.uri: row for row in left}
        self._rows_by_uri = {row.uri: row for row in rows}
        self._by_mount()
        if self._job.options.strategy != "files":
            self._by_archives(rows, wanted)
        if self._left:
            self._by_file()

    def _wanted(self, rows: Sequence[Listed]) -> Sequence[Listed]:
        wants = self._source.wants
        return rows if wants is None else [row for row in rows if wants(row)]

    def _is_fresh(self, rows: Sequence[Listed]) -> bool:
        """Return whether nothing can stand there, so that no file needs to be looked for."""
        if self._job.is_continued:
            return False
        if self._job.was_empty:
            return True
        return self._is_tree and is_fresh(self._job.target, self._source.top(), rows)

    def _missing(self, rows: Sequence[Listed]) -> list[Listed]:
        """Return the rows of files that are not there."""
        job = self._job
        units = units_of(self._source, rows)
        self._units = {unit.uri: unit for unit in units}
        found = inventory(
            units, self._places, lambda path: job.journal.about(job.key(path)),
            overwrite=job.overwrite, workers=job.options.workers, stop=job.stop,
        )  # fmt: skip
        for _, error in found.blocked:
            if job.options.failures == "raise":
                raise error
        for unit, error in found.blocked:
            job.fail(unit.name, error)
        for moved in found.present:
            job.skip(moved)
        missing = {unit.uri for unit in found.missing}
        return [row for row in rows if row.uri in missing]

    def _is_mounted(self) -> bool:
        """Return whether there is a mounted archive that may hold files of the item; only the table tells which."""
        mount, origin_of = mount_for(self._job.connection.server), self._source.origin
        return mount is not None and origin_of is not None and mount.has(origin_of())

    def _by_mount(self) -> None:
        """Copy what a mounted archive holds; what is not as it should be there travels after all."""
        job, origin_of = self._job, self._source.origin
        mount = mount_for(job.connection.server) if self._left and origin_of is not None else None
        if mount is None or origin_of is None:
            return
        origin = origin_of()
        units = {unit.uri: unit for unit in units_of(self._source, self._left.values())}
        self._units = {**units, **self._units}
        found = [unit for unit in units.values() if mount.find(unit, origin) is not None]

        def copy(unit: FileUnit) -> MovedFile:
            return self._one(unit, mounted_send(job.send, mount, unit, origin))

        for done in work_through(found, copy, workers=job.options.workers, stop=job.stop):
            if done.result is not None:
                self._came(done.result)
            elif done.error is not None:
                self._left.pop(done.unit.uri, None)
                self._failed(done.unit, done.error)

    def _by_archives(self, rows: Sequence[Listed], wanted: Sequence[Listed]) -> None:
        """Move what suits archives; a broken one goes on with the scans that are missing, or file by file."""
        expected, failures, waited = Expectations(rows), 0, 0.0
        job = self._job
        counted = wanted if _is_most(wanted, rows) else rows
        while requests := requests_for(self._source, self._left, counted, job.options.strategy):
            try:
                is_whole = requests == [self._source.archive()]
                total = _total(rows if is_whole else self._left.values()) if len(requests) == 1 else None
                for request in requests:
                    self._unpack(request, expected, total)
                return
            except UnendedMemberError:
                return
            except XnatError as error:
                failures += 1
                pause = self._pause(error, failures, waited, is_part=requests != [self._source.archive()])
                if pause is None:
                    return
                job.events(Retried(self._source.files, failures, pause, str(error)))
            job.stop.sleep(pause)
            waited += pause

    def _pause(self, error: XnatError, failures: int, waited: float, *, is_part: bool) -> float | None:
        """Return how long to wait before the next archive, None when files are to travel one by one.

        Raises:
            XnatError: The error itself, when one by one they would fare no better.
        """
        if not _may_pass(error):
            # Some servers may not take several scans in one address; a refusal of the item itself is final.
            if is_part and isinstance(error, ResponseError) and not isinstance(error, AuthenticationError):
                return None
            raise error
        pause = self._job.options.retry.pause(failures, waited, wanted_pause(error))
        if isinstance(error, CorruptArchiveError) and failures >= _ARCHIVE_TRIES:
            return None
        if pause is None and not isinstance(error, CorruptArchiveError | IncompleteTransferError):
            raise error
        return pause

    def _unpack(self, request: Request, expected: Expectations | None, total: int | None = None) -> None:
        job, unsure = self._job, list[MovedFile]()

        def moved(file: MovedFile) -> None:
            self._came(file)
            if file.verified != "md5":
                unsure.append(file)

        unpacking = Unpacking(
            places=self._places, expected=expected, overwrite=job.overwrite, durable=job.options.durable,
            limits=job.options.limits, is_wanted=self._is_wanted, moved=moved, events=job.events, stop=job.stop,
            passed=job.tally.passed, keeps=self._keeps if expected is None else None, mark=job.mark,
        )  # fmt: skip
        try:
            with job.turn(), self._places.retractable():
                unpacking.receive(job.send, request, request.path, total)
        except ContradictionError:
            for file in unsure:
                self._take_back(file)
            raise

    def _came(self, file: MovedFile) -> None:
        self._job.note(file)
        if self._left.pop(file.uri, None) is None:
            self._strangers.add(file.name)

    def _take_back(self, file: MovedFile) -> None:
        self._job.take_back(file)
        self._strangers.discard(file.name)
        if file.uri in self._rows_by_uri:
            self._left[file.uri] = self._rows_by_uri[file.uri]

    def _is_wanted(self, name: str, rows: Sequence[Listed]) -> bool:
        """Return whether a member is written: it is missing, or came after the table was read."""
        if not rows:
            return name not in self._strangers
        return any(row.uri in self._left for row in rows)

    def _keeps(self, name: str, path: Path) -> bool:
        """Return whether a file is one that this download, or the one it continues, has written."""
        noted, found = self._job.journal.about(self._job.key(path)), path.stat()
        if (noted.get("size"), noted.get("mtime_ns")) != (found.st_size, found.st_mtime_ns):
            return False
        self._job.skip(MovedFile(name, path, found.st_size, str(noted.get("md5")), "unverified"))
        return True

    def _by_file(self) -> None:
        units = self._units or {unit.uri: unit for unit in units_of(self._source, self._left.values())}
        job = self._job
        wanted = [units[uri] for uri in self._left]
        workers = min(job.options.workers, len(wanted))
        for done in work_through(wanted, self._one, workers=workers, stop=job.stop):
            if done.result is not None:
                self._lost = 0
                self._came(done.result)
            elif done.error is not None:
                self._failed(done.unit, done.error)

    def _one(self, unit: FileUnit, mounted: Send | None = None) -> MovedFile:
        if self._lost >= _HOPELESS:
            msg = f"{unit.name} was not tried: the server could not be reached for {_HOPELESS} files before it."
            raise TransferError(msg)
        job = self._job
        target = self._places.place(unit.name)
        self._places.make_folder_of(target)
        with Placing(target, overwrite=job.overwrite, durable=job.options.durable, mark=job.mark) as placing:
            if mounted is not None and (copied := self._copied(unit, mounted, placing)) is not None:
                return copied
            fetch = FileFetch(job.send, unit, placing, events=job.events, stop=job.stop, turn=job.turn)
            moved = persist(
                fetch.attempt, unit.name, policy=job.options.retry, stop=job.stop, events=job.events,
                passes=fetch.passes,
            )  # fmt: skip
        job.tally.passed(moved.size)
        return moved

    def _copied(self, unit: FileUnit, mounted: Send, placing: Placing) -> MovedFile | None:
        """Return a file of the mounted archive under its name here, None when the server has the last word after all.

        It may have other bytes of the right size, or be on a disk that cannot be read.
        """
        job = self._job
        try:
            return FileFetch(mounted, unit, placing, events=job.events, stop=job.stop, turn=job.turn).attempt()
        except TargetExistsError:
            raise
        except (DigestMismatchError, IncompleteTransferError, OSError) as error:
            job.events(Retried(unit.name, 1, 0.0, str(error)))
            placing.restart()
            return None

    def _failed(self, unit: FileUnit, error: Exception) -> None:
        if not isinstance(error, XnatError) and self._job.options.failures == "raise":
            raise error
        self._lost = self._lost + 1 if _is_lost(error) else 0 if self._lost < _HOPELESS else self._lost
        self._job.fail(unit.name, error)


def _is_most(wanted: Sequence[Listed], rows: Sequence[Listed]) -> bool:
    """Return whether so much of an archive is wanted that the rest may travel with it."""
    return len(wanted) == len(rows) or 2 * _size(wanted) >= _size(rows)


def _size(rows: Iterable[Listed]) -> int:
    return sum(row.size or 0 for row in rows)


def _total(rows: Iterable[Listed]) -> int | None:
    """Return the bytes of files in an archive that stores them; None when the table does not tell all."""
    known = list(rows)
    return None if any(row.size is None for row in known) else _size(known)


def _may_pass(error: BaseException) -> bool:
    """Return whether an archive may come when it is asked for again, or its files one by one."""
    if isinstance(error, ArchiveLimitError | UnendedMemberError):
        return False
    return isinstance(error, CorruptArchiveError) or is_passing(error)


def _is_lost(error: Exception) -> bool:
    """Return whether the server, rather than the file, is the reason."""
    if isinstance(error, ResponseError):
        return error.status in PASSING_STATUSES or isinstance(error, AuthenticationError)
    return isinstance(error, TransportError)
