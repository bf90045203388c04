"""Uploads of folders into a resource: what is there is looked at first, what is missing travels, all is compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from ..errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    PermissionDeniedError,
    ReasonRequiredError,
    TransferError,
    UsageError,
    XnatError,
)
from ..paths import segment
from ..uploads import Query
from .breaker import HEAVY, Breaker, Feed
from .events import Events, Finished, Observer
from .job import Connection
from .options import TransferOptions
from .report import FailedFile, MovedFile, OmittedFile, TransferReport
from .retry import is_passing
from .stop import Stop
from .turns import room_for
from .upload_body import SMALL_PIECE, SourceChangedError
from .upload_plan import Links, Loads, LocalFile, loads_of, planned
from .upload_present import IfExists, Present, Told, encoded
from .upload_send import Arrived, Packing, Sender, Traces, limited, source_of, taken_names
from .upload_state import UploadState, state_folder
from .upload_table import Kept, SentFile, compared, kept_files
from .workers import interruptibly, work_through

_HOPELESS: Final = (AuthenticationError, PermissionDeniedError, ReasonRequiredError, UsageError)
"""Refusals that meet every file alike."""

_LOOK_BYTES: Final = 64 << 20
"""Bytes of an upload beyond which the first request is looked at: an account that may not edit is not told so."""


class Upload:
    """One upload of a folder; `run` does it, once."""

    def __init__(
        self,
        connection: Connection,
        uri: str,
        *,
        if_exists: IfExists = "error",
        packing: Packing = "tar",
        links: Links = "files",
        options: TransferOptions | None = None,
        state: Path | None = None,
        is_new: bool = False,
        label: str = "",
        query: Query = (),
        observer: Observer | None = None,
    ) -> None:
        """Prepare an upload.

        Args:
            connection: What is asked.
            uri: Path of the resource, encoded.
            if_exists: What becomes of files that the server has already.
            packing: Kind of archive that many small files travel as.
            links: What becomes of links among the files.
            options: How it is done.
            state: Folder that remembers what is done until all is; see `state_folder` for the default.
            is_new: Whether the resource is known to be empty.
            label: Its label, where its path ends with its number: an upload that was interrupted is found by either.
            query: What the server is told of each file: format, content, tags.
            observer: Told of what happens.
        """
        self._connection = connection
        self._query = query
        self._files = f"{uri}/files"
        self._if_exists: IfExists = if_exists
        self._packing: Packing = packing
        self._links: Links = links
        self._options = options or TransferOptions()
        self._state = state or state_folder()
        self._is_new = is_new
        above, _, last = uri.rpartition("/")
        self._identity = f"{above}/{segment(label) if label else last}/files"
        self._events = Events(observer)
        self._stop = Stop()
        self._size = 0
        self._sent: dict[str, tuple[LocalFile, SentFile]] = {}
        self._moved: list[MovedFile] = []
        self._failed: list[FailedFile] = []
        self._breaker = Breaker()

    def run(self, folder: Path) -> TransferReport:
        """Upload the files of a folder and of those in it, and return what came of them.

        Raises:
            InvalidValueError: It is no folder, holds no files, files that cannot be uploaded, or its own state.
            ConflictError: Files exist that may not be replaced; nothing was sent.
            TransferError: Files changed, or are not on the server as they were sent, and failures are to be raised.
            ResponseError: The server refused.
            OSError: A file cannot be read.
        """
        files, omitted = planned(folder, self._links)
        _require_apart(self._state, folder)
        return self._all(files, omitted, folder, {"folder": os.path.realpath(folder)})

    def run_files(self, files: Sequence[LocalFile], omitted: Sequence[OmittedFile] = ()) -> TransferReport:
        """Upload files that were found before, wherever they are, and return what came of them; see `run`.

        Args:
            files: The files, each with a name of its own.
            omitted: What is not uploaded, for the report.
        """
        return self._all(files, omitted, Path(), _job_of(files))

    def told(self, files: Sequence[LocalFile]) -> Told:
        """Return what `run_files` would leave and send; one request, and nothing is sent.

        Raises:
            ConflictError: Files exist that may not be replaced.
        """
        with UploadState(self._state, self._job(_job_of(files))) as state:
            return self._present({} if self._is_new else self._table(), state).tell(files)

    def _job(self, job: Mapping[str, str]) -> dict[str, str]:
        return {"server": self._connection.server, "resource": self._identity, **job}

    def _present(self, before: Kept, state: UploadState) -> Present:
        return Present(self._files, before, state, self._if_exists, self._options.workers, self._stop)

    def _all(
        self, files: Sequence[LocalFile], omitted: Sequence[OmittedFile], folder: Path, job: Mapping[str, str]
    ) -> TransferReport:
        with (
            room_for(self._connection.limit, self._options.workers),
            UploadState(self._state, self._job(job)) as state,
        ):
            before = {} if self._is_new and not state.is_continued else self._table()
            told = self._present(before, state).tell(files)
            for moved in told.present:
                self._events(Finished(moved.name, "skipped", "it is there already"))
            if told.missing:
                self._send(told.missing, before, state, folder.name or "folder")
            if not self._failed:
                state.finish()
        report = TransferReport(
            folder, self._size, tuple(self._moved), told.present, tuple(self._failed), tuple(omitted)
        )  # fmt: skip
        if self._failed and self._options.failures == "raise":
            raise _first_of(self._failed)
        return report

    def _send(self, missing: Sequence[LocalFile], before: Kept, state: UploadState, name: str) -> None:
        state.begin()
        sender = self._sender(before, state)
        try:
            self._move(missing, sender, state, name)
            self._compare(before, sender.traces)
        finally:
            # A rerun goes on with what came there, and takes it for nobody else's.
            if not sender.traces:
                state.forget_if_new()

    def _sender(self, before: Kept, state: UploadState) -> Sender:
        connection, options = self._connection, self._options
        return Sender(
            limited(connection, self._stop), connection.get_json, self._files, self._if_exists == "overwrite", before,
            self._query, options.verify, options.retry, self._events, self._stop, state.is_continued,
        )  # fmt: skip

    def _table(self) -> Kept:
        return kept_files(self._connection.get_json, self._files)

    def _move(self, files: Sequence[LocalFile], sender: Sender, state: UploadState, name: str) -> None:
        loads = loads_of(files, self._options.strategy)
        looks = _Looks(self._options.verify and _is_long(loads), self._table)
        for number, batch in enumerate(loads.batches, 1):
            if (cause := self._cause()) is not None:
                self._leave(batch, cause)
                continue
            unit = f"{name}.{self._packing}" if number == 1 else f"{name}-{number}.{self._packing}"
            arrived = self._batch(batch, sender, unit)
            self._take(arrived, state if _is_parted(loads) else None, looks)
        self._singly(loads.singles, sender, state, looks)

    def _singly(self, files: Sequence[LocalFile], sender: Sender, state: UploadState, looks: _Looks) -> None:
        """Send files by themselves until there is no hope."""
        feed = Feed(files)

        def send(file: LocalFile) -> Arrived:
            try:
                arrived = sender.file(source_of(file, SMALL_PIECE))
            except XnatError as error:
                if self._is_hopeless(file.name, error):
                    feed.end()
                raise
            self._breaker.succeeded()
            return arrived

        if self._cause() is not None:
            feed.end()
        with closing(work_through(feed, send, workers=self._options.workers, stop=self._stop)) as results:
            for done in results:
                if done.result is not None:
                    self._count(done.unit.name, done.result)
                    self._take([(done.unit, done.result.md5.get(done.unit.name))], state, looks)
                elif isinstance(done.error, XnatError | OSError):
                    self._fail(done.unit.name, done.error)
                elif done.error is not None:
                    raise done.error
        if (cause := self._cause()) is not None:
            self._leave(feed.rest(), cause)

    def _cause(self) -> Exception | None:
        """Return why there is no hope, None while there is."""
        return self._breaker.cause

    def _count(self, unit: str, arrived: Arrived) -> None:
        self._size += arrived.size
        self._events(Finished(unit, "moved"))

    def _batch(self, batch: Sequence[LocalFile], sender: Sender, unit: str) -> list[tuple[LocalFile, str | None]]:
        """Send files together; return those that arrived, with their MD5s. What cannot be sent does not stop others."""
        files = list(batch)
        while files:
            try:
                arrived = interruptibly(partial(sender.archive, files, self._packing, unit), self._stop)
            except ConflictError as error:
                return self._without(files, error)
            except (XnatError, OSError) as error:
                files = self._left(files, error, unit)
            else:
                self._breaker.succeeded()
                self._count(unit, arrived)
                return [(file, arrived.md5.get(file.name)) for file in files]
        return []

    def _left(self, files: Sequence[LocalFile], error: XnatError | OSError, unit: str) -> list[LocalFile]:
        """Return the files that may travel without the one that an error is about: none, when it is about them all."""
        culprit = next((file for file in files if _is_of(error, file)), None)
        if culprit is not None:
            self._fail(culprit.name, error)
            return [file for file in files if file is not culprit]
        if not isinstance(error, XnatError):
            raise error
        for file in files:
            self._fail(file.name, error)
        self._breaker.failed(error, unit, weight=HEAVY)
        return []

    def _without(self, files: Sequence[LocalFile], error: ConflictError) -> list[tuple[LocalFile, str | None]]:
        """Return what arrived of files of which some came to be there meanwhile; those were left as they were."""
        taken = taken_names(error, {file.name for file in files})
        for name in sorted(taken):
            self._fail(name, error)
        return [(file, None) for file in files if file.name not in taken]

    def _take(self, arrived: Iterable[tuple[LocalFile, str | None]], state: UploadState | None, looks: _Looks) -> None:
        for file, md5 in arrived:
            self._sent[file.name] = file, SentFile(file.size, md5)
            if state is not None:
                state.done(file, md5)
        looks.look(self._sent)

    def _compare(self, before: Kept, traces: Traces) -> None:
        """Compare what was sent with what the server has now."""
        after = self._table() if self._options.verify and self._sent else None
        for name, (file, sent) in sorted(self._sent.items()):
            try:
                verified = "unverified" if after is None else compared(name, sent, after.get(name), before.get(name))
            except TransferError as error:
                if after is not None and name not in after:
                    traces.remove(name)
                self._fail(name, error)
            else:
                uri = f"{self._files}/{encoded(name)}"
                self._moved.append(MovedFile(name, Path(file.path), sent.size, sent.md5, verified, uri))

    def _is_hopeless(self, name: str, error: XnatError) -> bool:
        """Return whether to try no more files; what is each file's own matter does not count."""
        if not isinstance(error, ConflictError | SourceChangedError):
            is_slow = is_passing(error) and not self._sent
            self._breaker.failed(error, name, weight=HEAVY if is_slow else 1)
        return self._cause() is not None or isinstance(error, _HOPELESS)

    def _leave(self, files: Iterable[LocalFile], cause: Exception) -> None:
        for file in files:
            self._fail(file.name, cause, f"not sent, since those before it were refused alike: {cause}")

    def _fail(self, name: str, error: Exception, reason: str = "") -> None:
        if isinstance(error, _HOPELESS):
            raise error
        self._failed.append(FailedFile(name, reason or str(error), error))
        self._events(Finished(name, "failed", self._failed[-1].reason))


class _Looks:
    """Looks once, early in a long upload, whether the server keeps what it is sent."""

    def __init__(self, is_wanted: bool, table: Callable[[], Kept]) -> None:
        self._is_wanted = is_wanted
        self._table = table

    def look(self, sent: dict[str, tuple[LocalFile, SentFile]]) -> None:
        """Return when files that were sent are there.

        Raises:
            IncompleteTransferError: None is.
        """
        if not self._is_wanted or not sent:
            return
        self._is_wanted = False
        kept = self._table()
        if not any(name in kept for name in sent):
            name, (_, about) = next(iter(sent.items()))
            compared(name, about, None, None)


def _first_of(failed: Sequence[FailedFile]) -> BaseException:
    error = failed[0].error
    if len(failed) > 1:
        error.add_note(f"{failed[0].name} is the first of {len(failed):,} files that were not uploaded.")
    return error


def _require_apart(state: Path, folder: Path) -> None:
    if Path(os.path.realpath(state)).is_relative_to(os.path.realpath(folder)):
        msg = f"The state of the upload would lie among its files: choose a folder outside of {folder} with state=."
        raise InvalidValueError(msg)


def _job_of(files: Sequence[LocalFile]) -> dict[str, str]:
    """Return what an upload of files that lie anywhere is found by when it was interrupted."""
    places = sorted(f"{file.name}\0{os.path.realpath(file.path)}" for file in files)
    return {"files": hashlib.sha256("\0\0".join(places).encode("utf-8", "surrogatepass")).hexdigest()}


def _is_parted(loads: Loads) -> bool:
    return len(loads.batches) + len(loads.singles) > 1


def _is_long(loads: Loads) -> bool:
    files = (*loads.singles, *(file for batch in loads.batches for file in batch))
    return _is_parted(loads) and sum(file.size for file in files) > _LOOK_BYTES


def _is_of(error: Exception, file: LocalFile) -> bool:
    """Return whether an error is about a file."""
    if isinstance(error, SourceChangedError):
        return error.name == file.name
    return isinstance(error, OSError) and error.filename == file.path
