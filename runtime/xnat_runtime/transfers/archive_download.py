"""An archive of the server, unpacked while it arrives, each file compared with the table and then renamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from ..downloads import open_download
from ..errors import ConnectionFailedError, IncompleteTransferError, TargetExistsError
from ..partial import new_file_mode
from ..results import Verified
from ..transport import Request, Send
from .ahead import Ahead
from .events import Advanced, Events, Finished, Started
from .limits import Limits
from .places import Places
from .placing import Placing, put
from .plan import Expectations, Listed
from .report import MovedFile
from .stop import Stop
from .unzip import ZipMember, ZipStream


def _nothing(_count: int) -> None:
    """Take no note."""


Keeps = Callable[[str, Path], bool]
"""Whether a file that stands at a path is that member of the archive, so that it is not written again."""


@attrs.frozen
class Unpacking:
    """How an archive is unpacked.

    Attributes:
        places: Where its files go.
        expected: What the table says of them, None without a table.
        overwrite: Whether files that exist may be replaced.
        durable: Whether each file is to be on the disk before it gets its name.
        limits: What it may unpack to.
        is_wanted: Which members are written, by name and the rows that they may be; the others are read over.
        moved: Called with each file that got its name.
        events: Told of the bytes.
        stop: Ends it.
        passed: Called with the number of bytes of each piece that arrives.
        keeps: Asked about files that stand there; None when it is known that none does, or that all are replaced.
        mark: Stands in the names of unfinished files.
    """

    places: Places
    expected: Expectations | None
    overwrite: bool
    durable: bool
    limits: Limits
    is_wanted: Callable[[str, Sequence[Listed]], bool]
    moved: Callable[[MovedFile], None]
    events: Events
    stop: Stop
    passed: Callable[[int], None] = _nothing
    keeps: Keeps | None = None
    mark: str = ""
    _mode: int = attrs.field(init=False, factory=new_file_mode)

    def receive(self, send: Send, request: Request, unit: str, total: int | None = None) -> int:
        """Unpack the answer to a request and return the bytes that travelled.

        A file with other bytes than the table says does not get its name, and is no error here: it counts as missing.

        Args:
            send: Sends one request.
            request: The GET of the archive.
            unit: Its name for events.
            total: About how many bytes will come, None when nobody tells.

        Raises:
            TargetExistsError: A file exists and may not be replaced.
            UnsafeNameError: A name would leave the folder.
            UnendedMemberError: Files are to be fetched one by one.
            CorruptArchiveError: It is cut off or damaged; what has its name by then is whole.
            IncompleteTransferError: The connection broke.
            ResponseError: The server refused.
        """
        self.events(Started(unit, total))
        with (
            open_download(send, request) as response,
            self.stop.cutting(response.abort),
            Ahead(response.read, response.abort) as ahead,
        ):
            stream = ZipStream(self._watched(ahead.read, unit))
            unpacked = 0
            try:
                for number, member in enumerate(stream, 1):
                    self.limits.check(unpacked=unpacked, received=stream.received, members=number)
                    unpacked += self._member(member, stream, unpacked, number)
            except ConnectionFailedError as error:
                self.stop.check()
                told = f"GET {request.path}: the connection broke after {stream.received} bytes."
                raise IncompleteTransferError(told, received=stream.received) from error
        self.events(Finished(unit, "moved"))
        return stream.received

    def _watched(self, read: Callable[[int], bytes], unit: str) -> Callable[[int], bytes]:
        def watched(size: int) -> bytes:
            self.stop.check()
            piece = read(size)
            self.passed(len(piece))
            self.events(Advanced(unit, len(piece)))
            return piece

        return watched

    def _member(self, member: ZipMember, stream: ZipStream, before: int, number: int) -> int:
        """Write one member where it is wanted; return its bytes."""

        def check(size: int) -> None:
            self.limits.check(unpacked=before + size, received=stream.received, members=number)

        name = member.name
        if member.is_folder:
            return _read_over(member, check)
        rows = self.expected.of(name) if self.expected is not None else ()
        if not self.is_wanted(name, rows):
            return _read_over(member, check)
        target = self.places.path_of(name)
        if self.keeps is not None and self._stands(name, target, self.keeps):
            return _read_over(member, check)
        self.places.make_folder_of(target)
        content = member.whole()
        if content is None:
            return self._in_pieces(member, target, rows, check)
        check(len(content))
        return self._at_once(name, target, rows, content)

    def _at_once(self, name: str, target: str, rows: Sequence[Listed], content: memoryview) -> int:
        """Write a member that is here already: nothing is written of one that is not what the table says."""
        size, md5 = len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()
        row = self._fitting(name, target, rows, size, md5)
        if row or not rows:
            put(target, content, overwrite=self.overwrite, durable=self.durable, mark=self.mark, mode=self._mode)
            self.moved(_moved(name, target, size, md5, row))
        return size

    def _in_pieces(self, member: ZipMember, target: str, rows: Sequence[Listed], check: Callable[[int], None]) -> int:
        with Placing(Path(target), overwrite=self.overwrite, durable=self.durable, mark=self.mark) as placing:
            for piece in member.pieces():
                placing.write(piece)
                check(placing.size)
            row = self._fitting(member.name, target, rows, placing.size, placing.md5)
            if row or not rows:
                placing.finish()
                self.moved(_moved(member.name, target, placing.size, placing.md5, row))
        return placing.size

    def _fitting(self, name: str, target: str, rows: Sequence[Listed], size: int, md5: str) -> Listed | None:
        """Return the row that the bytes fit; where there are rows and none fits, the place stays free for others."""
        row = fitting(rows, size, md5)
        if rows and row is None:
            self.places.put_back(name, target)
        return row

    def _stands(self, name: str, target: str, keeps: Keeps) -> bool:
        if not os.path.lexists(target):
            return False
        if keeps(name, Path(target)):
            return True
        if self.overwrite:
            return False
        told = f"{target} exists already; pass overwrite=True to replace it."
        raise TargetExistsError(told, path=target)


def _read_over(member: ZipMember, check: Callable[[int], None]) -> int:
    """Return the bytes of a member that is not written; a bomb may stand there too."""
    size = 0
    for piece in member.pieces():
        size += len(piece)
        check(size)
    return size


def fitting(rows: Sequence[Listed], size: int, md5: str) -> Listed | None:
    """Return the row that a file's bytes fit, None when there is none.

    Args:
        rows: What the file may be.
        size: Its bytes.
        md5: Their MD5.
    """
    for row in rows:
        if row.md5 == md5:
            return row
    return next((row for row in rows if row.md5 is None and row.size in {None, size}), None)


def _moved(name: str, target: str, size: int, md5: str, row: Listed | None) -> MovedFile:
    """Return what came; a file without a row was uploaded after the table was read, and its CRC was right."""
    if row is None:
        return MovedFile(name, target, size, md5, "unverified")
    verified: Verified = "md5" if row.md5 else "unverified" if row.size is None else "size"
    return MovedFile(name, target, size, md5, verified, row.uri)
