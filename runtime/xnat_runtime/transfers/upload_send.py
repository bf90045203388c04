"""One request of an upload: a file, or an archive that the server unpacks; made up for when its reply is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

import attrs

from ..errors import ConflictError, ResponseError
from ..paths import encode_path
from ..transport import Request, Response, Send
from ..uploads import OCTET_STREAM, Query, accepted, with_empty_part
from .attempts import persist
from .events import Events, Started
from .job import Connection
from .reconcile import Write
from .retry import RetryPolicy
from .stop import Stop
from .upload_body import PIECE, Body, Make, packed, pieces_of, tar_length, tar_pieces, zip_pieces
from .upload_hashes import Hashes
from .upload_plan import LocalFile
from .upload_table import GetJson, Kept, SentFile, is_kept, kept_files

Packing: TypeAlias = Literal["tar", "tgz", "zip"]
"""Kind of the archive that many files travel as."""

_TURN_SECONDS: Final = 0.2

_KINDS: Final[Mapping[Packing, tuple[str, str]]] = {
    "tar": ("folder.tar", "application/x-tar"),
    "tgz": ("folder.tgz", "application/x-gtar"),
    "zip": ("folder.zip", "application/zip"),
}


@attrs.frozen
class Arrived:
    """What a request moved.

    Attributes:
        size: Bytes that travelled; 0 when the reply was lost and the server has everything.
        md5: MD5s of the files by their names; those that are not wanted are missing.
    """

    size: int
    md5: Mapping[str, str]


@attrs.frozen
class Source:
    """The bytes of one file.

    Attributes:
        name: Path below the resource.
        size: Bytes.
        make: Reads them, each time from their beginning.
    """

    name: str
    size: int
    make: Make

    def sent(self) -> SentFile:
        """Return size and MD5; reads everything."""
        with Hashes() as hashes:
            for _ in self.make(hashes):
                pass
            return SentFile(self.size, hashes.result()[self.name])


def source_of(file: LocalFile, size: int = PIECE) -> Source:
    """Return the bytes of a file of this machine, as long as it is what it was when the upload was planned.

    Args:
        file: The file.
        size: Bytes of a piece.
    """
    return Source(file.name, file.size, lambda hashes: pieces_of(file, hashes, size))


class Traces:
    """The files of an upload that may be on the server: all that travelled, but those refused for certain.

    What the last error says is not enough: a look after a lost reply may be refused, and workers that are ended say
    nothing of what they had sent.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._names)

    def remove(self, name: str) -> None:
        """Take note that a file is not there."""
        self._names.discard(name)

    @contextmanager
    def of(self, sources: Sequence[Source], write: Write[Arrived]) -> Generator[None, None, None]:
        """Take note of files that are sent in the block.

        Raises:
            Exception: What the block raises.
        """
        with self._lock:
            new = {source.name for source in sources} - self._names
            self._names |= new
        try:
            yield
        except Exception as error:
            if not (write.is_lost or _is_doubtful(error)):
                with self._lock:
                    self._names -= taken_names(error, new) if isinstance(error, ConflictError) else new
            raise


def taken_names(error: ConflictError, names: Set[str]) -> Set[str]:
    """Return which of the files of a request came to be there meanwhile; the others are there now."""
    return set(error.duplicates) & names or names


def _is_doubtful(error: Exception) -> bool:
    """Return whether a server may have kept something of what it refused: it failed amid its work."""
    status = error.status if isinstance(error, ResponseError) else 0
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE


def limited(connection: Connection, stop: Stop) -> Send:
    """Return what sends the requests of a connection, no more of them at once than its transfers share."""
    limit = connection.limit
    if limit is None:
        return connection.send

    def send(request: Request, *, stream: bool = False) -> Response:
        while not limit.acquire(timeout=_TURN_SECONDS):
            stop.check()
        try:
            return connection.send(request, stream=stream)
        finally:
            limit.release()

    return send


@attrs.frozen
class Sender:
    """Sends files into one resource.

    Attributes:
        send: Sends one request.
        get_json: Asks the server, when a reply was lost.
        files: Path of the resource's files, encoded.
        overwrite: Whether files that exist may be replaced.
        before: What the resource held.
        query: Further parameters of each request.
        verify: Whether MD5s are worked out.
        retry: How patiently.
        events: Told of the bytes.
        stop: Ends it.
        is_continued: Whether an earlier upload was interrupted, whose last request the server may be busy with still.
        traces: What it may have left on the server.
    """

    send: Send
    get_json: GetJson
    files: str
    overwrite: bool
    before: Kept
    query: Query
    verify: bool
    retry: RetryPolicy
    events: Events
    stop: Stop
    is_continued: bool = False
    traces: Traces = attrs.field(factory=Traces)

    def file(self, source: Source, *, path: str = "", media_type: str = OCTET_STREAM) -> Arrived:
        """Send a file by itself.

        Args:
            source: Its bytes.
            path: Path of the file on the server, encoded, where it is not that of the source's name.
            media_type: What the server is told that it is.

        Raises:
            ConflictError: There is one of its name with other bytes.
            SourceChangedError: It changed meanwhile.
            ResponseError: The server refused.
        """
        request = Request("PUT", path or f"{self.files}/{encode_path(source.name)}", self._flags())
        return self._persist(
            [source], source.name, source.size, lambda: self._send_file(request, source, media_type)
        )  # fmt: skip

    def once(self, request: Request, source: Source, media_type: str) -> Arrived:
        """Send a file to where there is no table to look at when the reply is lost: once, whatever happens."""
        self.events(Started(source.name, source.size))
        return self._send_file(attrs.evolve(request, query=self._flags()), source, media_type)

    def archive(self, files: Sequence[LocalFile], packing: Packing, unit: str) -> Arrived:
        """Send files as one archive, which the server unpacks (rest-data 10.4.7).

        Args:
            files: The files.
            packing: Kind of the archive.
            unit: Name for events.

        Raises:
            ConflictError: There are files of these names with other bytes; the others are there now.
            SourceChangedError: One changed meanwhile; none of them was kept.
            ResponseError: The server refused.
        """
        total = tar_length(files) if packing == "tar" else None
        sources = [source_of(file) for file in files]
        return self._persist(sources, unit, total, lambda: self._send_archive(files, packing, unit, total))

    def _persist(self, sources: Sequence[Source], unit: str, total: int | None, send: Callable[[], Arrived]) -> Arrived:
        self.events(Started(unit, total))
        write = Write(send, lambda: self._look(sources))
        with self.traces.of(sources, write):
            try:
                return persist(write, unit, policy=self.retry, stop=self.stop, events=self.events)
            except ConflictError:
                if self.is_continued and (found := self._look(sources)) is not None:
                    return found
                raise

    def _look(self, sources: Sequence[Source]) -> Arrived | None:
        """Return what the server shows of files whose reply was lost; None when one of them is not there."""
        kept = kept_files(self.get_json, self.files)
        if any(source.name not in kept for source in sources):
            return None
        sent = {source.name: source.sent() for source in sources}
        if all(is_kept(name, each, kept[name], self.before.get(name)) for name, each in sent.items()):
            return Arrived(0, {name: each.md5 for name, each in sent.items() if each.md5})
        return None

    def _send_file(self, request: Request, source: Source, media_type: str) -> Arrived:
        if source.size:
            return self._send_pieces(request, source.make, source.size, media_type, source.name)
        # A body of no bytes is refused (rest-data 10.4.2).
        md5 = source.sent().md5 or ""
        accepted(self.send(with_empty_part(request, media_type)))
        return Arrived(0, {source.name: md5})

    def _send_archive(self, files: Sequence[LocalFile], packing: Packing, unit: str, total: int | None) -> Arrived:
        name, media_type = _KINDS[packing]
        request = Request("PUT", f"{self.files}/{name}", (("extract", "true"), *self._flags()))
        if packing == "tgz":
            return self._send_packed(request, files, media_type, unit)
        make = tar_pieces if packing == "tar" else zip_pieces
        return self._send_pieces(request, lambda hashes: make(files, hashes), total, media_type, unit)

    def _send_packed(self, request: Request, files: Sequence[LocalFile], media_type: str, unit: str) -> Arrived:
        with Hashes(is_wanted=self.verify) as hashes, packed(files, hashes) as stream:
            md5, length = hashes.result(), stream.tell()

            def make(_hashes: Hashes) -> Iterator[bytes]:
                stream.seek(0)
                return iter(lambda: stream.read(PIECE), b"")

            return attrs.evolve(self._send_pieces(request, make, length, media_type, unit), md5=md5)

    def _send_pieces(self, request: Request, make: Make, length: int | None, media_type: str, unit: str) -> Arrived:
        with Hashes(is_wanted=self.verify) as hashes:
            body = Body(make, length, hashes, unit=unit, events=self.events, stop=self.stop)
            sent = attrs.evolve(
                request, query=(*request.query, ("inbody", "true")), headers={"Content-Type": media_type}, body=body,
                length=length,
            )  # fmt: skip
            accepted(self.send(sent))
            return Arrived(body.sent, hashes.result())

    def _flags(self) -> tuple[tuple[str, str], ...]:
        return (*self.query, *((("overwrite", "true"),) if self.overwrite else ()))
