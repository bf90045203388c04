"""The files of a resource on their way from server to server: compared with both, never written over."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import attrs

from ..documents import read_table
from ..downloads import open_download, received
from ..errors import ConflictError, IncompleteTransferError, XnatError
from ..results import Verified
from ..transport import JsonValue, Request, checked
from .copy_resources import CopiedFile, CopiedResource
from .copy_state import CopyState
from .download import Connection, Download
from .events import Events, Finished
from .options import TransferOptions
from .plan import Listed
from .plan import Source as DownloadSource
from .stop import Stop
from .strategy import FEW, SMALL_BYTES
from .upload_body import PIECE
from .upload_hashes import Hashes
from .upload_plan import BATCH_BYTES, BATCH_FILES, LocalFile
from .upload_send import Sender, Source
from .upload_table import Kept, KeptFile, SentFile, compared, kept_files

_SPOOL_BYTES: Final = 2 << 20


@attrs.frozen
class CopiedBytes:
    """One file that came to the target, or was there.

    Attributes:
        name: Its path below the resource.
        uri: Its path on the source.
        target: Path of its resource on the target.
        size: Bytes.
        md5: MD5 of what was sent as lower-case hex, None when it was not worked out.
        verified: What the target's copy was compared with.
    """

    name: str
    uri: str
    target: str
    size: int
    md5: str | None
    verified: Verified


@attrs.frozen
class CopyFailure:
    """Something that could not be copied.

    Attributes:
        name: What it is.
        reason: Why, in one line.
        error: The error itself.
    """

    name: str
    reason: str
    error: BaseException = attrs.field(repr=False, eq=False)


@attrs.define
class Carried:
    """What came of the files of one resource.

    Attributes:
        moved: Files that travelled.
        skipped: Files that were on the target already, with the same bytes.
        failed: Files that could not be copied, and those that stand there with other bytes.
    """

    moved: list[CopiedBytes] = attrs.field(factory=list[CopiedBytes])
    skipped: list[CopiedBytes] = attrs.field(factory=list[CopiedBytes])
    failed: list[CopyFailure] = attrs.field(factory=list[CopyFailure])


@attrs.frozen
class FileCopy:
    """Copies the files of resources.

    Attributes:
        source: What is read.
        target: What is written.
        state: What earlier runs did.
        options: How it is done.
        events: Told of the bytes.
        stop: Ends it.
    """

    source: Connection
    target: Connection
    state: CopyState
    options: TransferOptions
    events: Events
    stop: Stop

    def resource(self, resource: CopiedResource, uri: str) -> Carried:
        """Make a resource and copy its files.

        Args:
            resource: The resource.
            uri: Its path on the target, encoded.

        Raises:
            XnatError: It could not be made, or its table not be read.
        """
        found = Carried()
        key = f"files {resource.uri}"
        if self.state.is_done(key):
            return found
        is_new = self._make(resource, uri)
        before = {} if is_new or not resource.files else kept_files(self.target.get_json, f"{uri}/files")
        missing = [file for file in resource.files if not self._is_there(file, before, uri, found)]
        for query, files in _by_metadata(missing):
            self._move(resource, files, self._sender(uri, before, query), uri, found)
        self._compare(uri, before, found)
        if not found.failed:
            self.state.done(key)
        return found

    def _make(self, resource: CopiedResource, uri: str) -> bool:
        """Make a resource unless it is there; return whether it is new, and so empty."""
        unit, new = f"resource {resource.uri}", [not self.state.is_ours(f"resource {resource.uri}")]

        def send() -> str:
            try:
                checked(self.target.send(Request("PUT", uri, resource.about)))
            except ConflictError:
                # A label that stands twice in one item, or an item that was there before: files are compared.
                new[0] = False
            return resource.label

        self.state.once(unit, send, lambda: self._made(uri))
        return new[0]

    def _made(self, uri: str) -> str | None:
        base, _, label = uri.rpartition("/")
        rows = read_table(self.target.get_json(base), base)
        return unquote(label) if any(row.get("label") == unquote(label) for row in rows) else None

    def _sender(self, uri: str, before: Kept, query: tuple[tuple[str, str], ...]) -> Sender:
        return Sender(
            self.target.send, self.target.get_json, f"{uri}/files", False, before, query, True,
            self.options.retry, self.events, self.stop,
        )  # fmt: skip

    def _is_there(self, file: CopiedFile, before: Kept, uri: str, found: Carried) -> bool:
        kept, row = before.get(file.row.path), file.row
        if kept is None:
            return False
        verified = _agreed(row, kept)
        if verified is not None:
            size = row.size or kept.size or 0
            found.skipped.append(CopiedBytes(row.path, row.uri, uri, size, row.md5, verified))
            self.events(Finished(row.uri, "skipped", "it is there already"))
        else:
            told = "stands on the target with other bytes; it is not written over"
            self._fail(f"{uri}/files/{row.path}", ConflictError("PUT", uri, 409, told), found)
        return True

    def _move(
        self, resource: CopiedResource, files: Sequence[CopiedFile], sender: Sender, uri: str, found: Carried
    ) -> None:
        small = [file for file in files if file.row.size is not None and file.row.size < SMALL_BYTES]
        if len(small) <= FEW or self.options.strategy == "files" or sum(f.row.size or 0 for f in small) > BATCH_BYTES:
            small = []
        if small and not self._staged(resource, small, sender, uri, found):
            small = []
        done = {file.row.uri for file in small}
        for file in files:
            if file.row.uri not in done:
                self._tried(file, sender, uri, found)

    def _tried(self, file: CopiedFile, sender: Sender, uri: str, found: Carried) -> None:
        try:
            size, md5 = self._stream(file, sender)
        except XnatError as error:
            self._fail(f"{uri}/files/{file.row.path}", error, found)
        else:
            found.moved.append(CopiedBytes(file.row.path, file.row.uri, uri, size, md5 or None, "unverified"))
            self.events(Finished(file.row.path, "moved"))

    def _stream(self, file: CopiedFile, sender: Sender) -> tuple[int, str]:
        """Send a file while it arrives; one whose size the table does not tell is spooled first."""
        row = file.row
        if row.size is not None:
            source = Source(row.path, row.size, lambda hashes: self._pieces(file, hashes))
            return row.size, sender.file(source).md5.get(row.path, "")
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as kept:
            for piece in self._received(file):
                kept.write(piece)
            size = kept.tell()

            def again(hashes: Hashes) -> Iterator[bytes]:
                digest = hashes.begin(row.path)
                kept.seek(0)
                while piece := kept.read(PIECE):
                    hashes.add(digest, piece)
                    yield piece

            return size, sender.file(Source(row.path, size, again)).md5.get(row.path, "")

    def _pieces(self, file: CopiedFile, hashes: Hashes) -> Generator[bytes, None, None]:
        digest = hashes.begin(file.row.path)
        for piece in self._received(file):
            hashes.add(digest, piece)
            yield piece

    def _received(self, file: CopiedFile) -> Generator[bytes, None, None]:
        """Yield the bytes of a file of the source; the last piece only when all are as its table says."""
        row, held = file.row, b""
        with (
            open_download(self.source.send, Request("GET", row.uri)) as response,
            self.stop.cutting(response.close),
        ):
            for piece in received(response, md5=row.md5, size=row.size):
                self.stop.check()
                if held:
                    yield held
                held = piece
        if held:
            yield held

    def _staged(
        self, resource: CopiedResource, files: Sequence[CopiedFile], sender: Sender, uri: str, found: Carried
    ) -> bool:
        """Send many small files as archives, by way of a private folder that holds at most 256 MiB.

        Returns whether they were sent; when their names cannot stand side by side here, they go one by one.
        """
        wanted = {file.row.uri: file for file in files}
        whole = len(files) == len(resource.files)
        with tempfile.TemporaryDirectory(prefix=self.state.staging) as folder:
            options = attrs.evolve(self.options, strategy="auto" if whole else "files", failures="raise")
            try:
                local = self._fetched(wanted, Path(folder), options)
            except XnatError:
                return False
            for batch in _batches(local):
                try:
                    md5 = sender.archive(batch, "tar", f"{resource.name}.tar").md5
                except XnatError as error:
                    for each in batch:
                        self._fail(f"{uri}/files/{each.name}", error, found)
                else:
                    self._sent(batch, md5, wanted, uri, found)
        return True

    def _fetched(self, wanted: dict[str, CopiedFile], folder: Path, options: TransferOptions) -> list[LocalFile]:
        """Download some files of a resource, and no others of it, into a folder."""
        files = next(iter(wanted)).partition("/files/")[0] + "/files"
        table: JsonValue = {"ResultSet": {"Result": [file.told for file in wanted.values()]}}

        def told(path: str) -> JsonValue:
            return table if path == files else self.source.get_json(path)

        source = attrs.evolve(self.source, get_json=told)
        report = Download(source, folder, options=options).run([DownloadSource(files, "")])
        local: list[LocalFile] = []
        for moved in report.files:
            if moved.uri in wanted:
                found = moved.path.stat()
                local.append(LocalFile(wanted[moved.uri].row.path, str(moved.path), found.st_size, found.st_mtime_ns))
        if len(local) != len(wanted):
            msg = "The archive of the source does not hold the files that its table names."
            raise IncompleteTransferError(msg)
        return local

    def _sent(
        self,
        batch: Sequence[LocalFile],
        md5: Mapping[str, str],
        wanted: dict[str, CopiedFile],
        uri: str,
        found: Carried,
    ) -> None:
        by_name = {file.row.path: file.row for file in wanted.values()}
        for each in batch:
            row = by_name[each.name]
            found.moved.append(CopiedBytes(row.path, row.uri, uri, each.size, md5.get(each.name), "unverified"))

    def _compare(self, uri: str, before: Kept, found: Carried) -> None:
        """Compare what was sent with what the target has now: one request for a resource."""
        if not found.moved:
            return
        after = kept_files(self.target.get_json, f"{uri}/files")
        moved, found.moved = found.moved, []
        for each in moved:
            kept = after.get(each.name)
            try:
                verified = compared(each.name, SentFile(each.size, each.md5), kept, before.get(each.name))
            except XnatError as error:
                self._fail(f"{uri}/files/{each.name}", error, found)
            else:
                found.moved.append(attrs.evolve(each, verified=verified))

    def _fail(self, name: str, error: XnatError, found: Carried) -> None:
        self.events(Finished(name, "failed", str(error)))
        found.failed.append(CopyFailure(name, str(error), error))


def _agreed(row: Listed, kept: KeptFile) -> Verified | None:
    """Return what the tables of both servers agree in, None when they differ; a site may keep no digests."""
    if row.md5 and kept.md5:
        return "md5" if row.md5 == kept.md5 else None
    if row.size and kept.size:
        return "size" if row.size == kept.size else None
    # Neither tells more than that it is there: a request that broke off leaves no file.
    return "unverified" if row.size is None and kept.size is None else None


def _by_metadata(
    files: Iterable[CopiedFile],
) -> list[tuple[tuple[tuple[str, str], ...], list[CopiedFile]]]:
    """Return files together that have the same format, content and tags."""
    found: dict[tuple[tuple[str, str], ...], list[CopiedFile]] = {}
    for file in files:
        found.setdefault(file.about, []).append(file)
    return list(found.items())


def _batches(files: Sequence[LocalFile]) -> list[Sequence[LocalFile]]:
    return [files[at : at + BATCH_FILES] for at in range(0, len(files), BATCH_FILES)]
