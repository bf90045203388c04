"""What all parts of one download share: the connection, the journal, and what has come of it so far."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from ..transport import JsonValue, Request, Response, Send
from .events import Events, Finished
from .journal import Journal
from .manifest import server_date
from .options import TransferOptions
from .plan import Listed, Source
from .report import FailedFile, MovedFile
from .stop import Stop
from .turns import Limit

_LOOK_UP_SECONDS: Final = 0.2


@attrs.frozen
class Connection:
    """What a download asks.

    Attributes:
        send: Sends one request.
        get_json: Asks a path for JSON.
        server: The server's address, which a journal belongs to.
        limit: Held for each file or archive that travels, so that all transfers of a connection together use no more
            connections than it allows; None for no limit.
    """

    send: Send
    get_json: Callable[[str], JsonValue]
    server: str
    limit: Limit | None = None


class Tally:
    """What came of a download so far; safe to use from threads.

    Attributes:
        moved: Files that travelled.
        skipped: Files that were there.
        failed: Files that could not be moved.
        size: Bytes that travelled.
        date: When the server answered first, by its own clock; "" when it did not tell.
        tables: The files that there are, by the tables; only where a manifest is going to be written.
    """

    def __init__(self, *, keeps_tables: bool = False) -> None:
        self.keeps_tables = keeps_tables
        self.moved: list[MovedFile] = []
        self.skipped: list[MovedFile] = []
        self.failed: list[FailedFile] = []
        self.tables: list[tuple[Source, Sequence[Listed]]] = []
        self.size = 0
        self.date = ""
        self._lock = threading.Lock()

    def passed(self, count: int) -> None:
        """Take note of bytes."""
        with self._lock:
            self.size += count


@attrs.frozen
class Job:
    """One download.

    Attributes:
        connection: What is asked.
        target: The folder.
        overwrite: Whether files with other bytes may be replaced.
        options: How it is done.
        events: Told of what happens.
        stop: Ends it.
        journal: What is done.
        mark: Stands in the names of its unfinished files.
        was_empty: Whether nothing stood in the folder when it began.
        is_continued: Whether an earlier run has moved some of it.
        tally: What has come of it.
    """

    connection: Connection
    target: Path
    overwrite: bool
    options: TransferOptions
    events: Events
    stop: Stop
    journal: Journal
    mark: str
    was_empty: bool
    is_continued: bool
    tally: Tally
    _above: str = attrs.field(init=False, default=attrs.Factory(lambda self: _folder_of(self.target), takes_self=True))

    @contextmanager
    def turn(self) -> Generator[None, None, None]:
        """Hold one of the connections that transfers may use."""
        limit = self.connection.limit
        if limit is None:
            yield
            return
        while not limit.acquire(timeout=_LOOK_UP_SECONDS):
            self.stop.check()
        try:
            yield
        finally:
            limit.release()

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer to a request, and take note of the server's clock."""
        response = self.connection.send(request, stream=stream)
        if not self.tally.date:
            self.tally.date = server_date(response.headers)
        return response

    def key(self, path: str | Path) -> str:
        """Return what the journal calls a file: its path below the folder."""
        return os.fspath(path)[len(self._above) :].replace(os.sep, "/")

    def note(self, moved: MovedFile) -> None:
        """Take note of a file that has its name."""
        self.tally.moved.append(moved)
        place = moved.place
        written = os.stat(place).st_mtime_ns  # noqa: PTH116 - asked for every file
        if moved.verified == "md5" and moved.md5:
            self.journal.come(self.key(place), moved.size, moved.md5, written)
        else:
            self.journal.done(self.key(place), size=moved.size, md5=moved.md5, mtime_ns=written)

    def take_back(self, moved: MovedFile) -> None:
        """Remove a file of this download that turned out not to be what it seemed."""
        with suppress(OSError):
            moved.path.unlink()
        self.tally.moved.remove(moved)
        self.journal.forget(self.key(moved.path))

    def skip(self, found: MovedFile) -> None:
        """Take note of a file that was there already."""
        self.events(Finished(found.name, "skipped", "it is there already"))
        self.tally.skipped.append(found)

    def fail(self, name: str, error: Exception) -> None:
        """Take note of a file, or of all files of an item, that could not be moved."""
        self.events(Finished(name, "failed", str(error)))
        self.tally.failed.append(FailedFile(name, str(error), error))


def _folder_of(target: Path) -> str:
    """Return a folder as text with its separator; nothing for the one that the process works in."""
    return os.fspath(target / "x")[:-1]
