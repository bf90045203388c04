"""Uploads of one file: a path, bytes or a stream, made up for when the reply is lost, and compared with the table."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import attrs

from ..bodies import UploadSource, opened
from ..errors import InvalidValueError
from ..results import TransferResult, Verified
from ..transport import Request
from ..uploads import OCTET_STREAM, Query
from .events import Events, Finished, Observer
from .job import Connection
from .options import TransferOptions
from .stop import Stop
from .upload_body import LARGE_PIECE, PIECE, pieces_of
from .upload_hashes import Hashes
from .upload_plan import LocalFile, require_kept
from .upload_present import IfExists, agreement, conflict_of
from .upload_send import Sender, Source, limited
from .upload_table import Kept, KeptFile, SentFile, compared, kept_files
from .workers import interruptibly

_IN_RESOURCE: Final = re.compile(
    r"\A(?P<files>/data/(?!user/|prearchive/).+?/resources/[^/]+/files)/(?P<name>.+)\Z", re.S
)
_COMPARING: Final = frozenset({"skip", "skip_if_same"})
_UNKNOWN: Final = KeptFile(None, None)


def upload_one(
    connection: Connection,
    uri: str,
    source: UploadSource,
    *,
    if_exists: IfExists = "error",
    extract: bool = False,
    query: Query = (),
    content_type: str = OCTET_STREAM,
    options: TransferOptions | None = None,
    observer: Observer | None = None,
    compares: bool = True,
) -> TransferResult:
    """Send one file to a path of the server, compare it with the resource's table and return what came of it.

    Args:
        connection: What is asked.
        uri: Path of the file, encoded: ``.../resources/R/files/NAME``. At other paths there is no table.
        source: A path, bytes, or a binary stream that is read from where it stands.
        if_exists: What becomes of a file that is there.
        extract: Whether the server shall unpack the archive that is sent; then nothing is compared.
        query: Further parameters: format, content, tags.
        content_type: Media type of the file.
        options: How it is done.
        observer: Told of what happens.
        compares: Whether what arrives is the file itself, so that the table can be looked at.

    Raises:
        ConflictError: The file exists and may not be replaced.
        InvalidValueError: It is a folder, or no server keeps its name.
        SourceChangedError: It changed while it was sent.
        IncompleteTransferError: The server kept nothing of it, or less.
        DigestMismatchError: The server has other bytes.
        ResponseError: The server refused.
    """
    place = _IN_RESOURCE.match(uri) if compares and not extract else None
    name = unquote(place["name"] if place else uri.rpartition("/")[2])
    if place:
        require_kept([name])
    elif if_exists in _COMPARING:
        msg = (
            f"if_exists={if_exists!r} looks for one file in the table of a resource. For an archive that is unpacked, "
            "and for other paths, take 'error' or 'overwrite'."
        )
        raise InvalidValueError(msg)
    with _read(source, name) as bytes_:
        one = _One(
            connection, uri, place["files"] if place else "", bytes_, if_exists, options or TransferOptions(),
            Events(observer),
        )  # fmt: skip
        done = one.run((*query, *((("extract", "true"),) if extract else ())), content_type)
    return attrs.evolve(done, path=source) if isinstance(source, Path) else done


@attrs.frozen
class _One:
    """One upload of one file.

    Attributes:
        uri: Path of the file, encoded.
        files: Path of the files of its resource, "" when it is in none.
    """

    connection: Connection
    uri: str
    files: str
    source: Source
    if_exists: IfExists
    options: TransferOptions
    events: Events

    def run(self, query: Query, content_type: str) -> TransferResult:
        before = self._before()
        if (left := self._left(before)) is not None:
            self.events(Finished(self.source.name, "skipped", "it is there already"))
            return left
        connection, options, stop, name = self.connection, self.options, Stop(), self.source.name
        sender = Sender(
            limited(connection, stop), connection.get_json, self.files, self.if_exists == "overwrite", before, query,
            options.verify, options.retry, self.events, stop,
        )  # fmt: skip
        if not self.files:
            request = Request("PUT", self.uri)
            arrived = interruptibly(lambda: sender.once(request, self.source, content_type), stop)
            return TransferResult(None, self.source.size, arrived.md5.get(name), "unverified")
        arrived = interruptibly(lambda: sender.file(self.source, path=self.uri, media_type=content_type), stop)
        sent = SentFile(self.source.size, arrived.md5.get(name))
        verified = self._compared(sent, before) if options.verify else "unverified"
        self.events(Finished(name, "moved"))
        return TransferResult(None, sent.size, sent.md5, verified)

    def _before(self) -> Kept:
        """Return what is known of the file's path before; asks only where something depends on it."""
        if not self.files or self.if_exists == "error":
            return {}
        if self.if_exists == "overwrite":
            return {self.source.name: _UNKNOWN}
        return self._table()

    def _left(self, before: Kept) -> TransferResult | None:
        """Return what comes of a file that is there already and stays as it is, None for one that travels.

        Raises:
            ConflictError: It has other bytes, and may only be the same.
        """
        kept = before.get(self.source.name)
        if kept is None or self.if_exists in {"error", "overwrite"}:
            return None
        if self.if_exists == "skip":
            return TransferResult(None, self.source.size, None, "unverified")
        sent = self.source.sent()
        verified = agreement(self.source.name, sent, kept)
        if verified is None:
            raise conflict_of(self.files, [self.source.name], is_other=True)
        return TransferResult(None, sent.size, sent.md5, verified)

    def _compared(self, sent: SentFile, before: Kept) -> Verified:
        kept = self._table()
        return compared(self.source.name, sent, kept.get(self.source.name), before.get(self.source.name))

    def _table(self) -> Kept:
        return kept_files(self.connection.get_json, self.files)


@contextmanager
def _read(source: UploadSource, name: str) -> Generator[Source, None, None]:
    if isinstance(source, bytes):
        yield Source(name, len(source), lambda hashes: _passed(_slices(source), name, hashes))
    elif isinstance(source, Path):
        file = _local(source, name)
        yield Source(name, file.size, lambda hashes: pieces_of(file, hashes, LARGE_PIECE))
    else:
        with opened(source) as body:
            yield Source(name, body.length, lambda hashes: _passed(body, name, hashes))


def _local(path: Path, name: str) -> LocalFile:
    if path.is_dir():
        msg = f"{path} is a folder; upload its files."
        raise InvalidValueError(msg)
    found = path.stat()
    return LocalFile(name, os.fspath(path), found.st_size, found.st_mtime_ns)


def _slices(content: bytes) -> Iterable[bytes]:
    return (content[at : at + PIECE] for at in range(0, len(content), PIECE))


def _passed(pieces: Iterable[bytes], name: str, hashes: Hashes) -> Generator[bytes, None, None]:
    digest = hashes.begin(name)
    for piece in pieces:
        hashes.add(digest, piece)
        yield piece
