"""The bytes of uploads: a file, or an archive of many that is made while it is sent."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from ..errors import TransferError
from .events import Advanced, Events
from .stop import Stop
from .upload_hashes import Hashes
from .upload_plan import LocalFile

PIECE: Final = 512 << 10
"""Bytes read or sent at a time."""

SMALL_PIECE: Final = 256 << 10
"""The same where several files travel at once, so that all of them together need few megabytes."""

LARGE_PIECE: Final = 1 << 20
"""The same of a file that travels alone."""

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_SPOOL_BYTES: Final = 4 << 20
_BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = b"\0" * (2 * _BLOCK)
_OCTAL: Final = 8**11
_LONGEST: Final = 100
_OWNER: Final = b"0000644\x000000000\x000000000\x00"
_TAIL: Final = b" 0" + b"\0" * 100 + b"ustar\x0000" + b"\0" * 247
_TAIL_SUM: Final = sum(_TAIL) + 7 * ord(" ")


class SourceChangedError(TransferError):
    """A file changed while it was sent; the server got a broken request and kept nothing of it.

    Attributes:
        name: The file's path below the resource.
    """

    def __init__(self, message: str, *, name: str = "") -> None:
        self.name = name
        super().__init__(message)


Make = Callable[[Hashes], Iterable[bytes]]
"""Reads the bytes of a body from their beginning."""


class Body:
    """The bytes of one request; each iteration starts over, as after a new login.

    Attributes:
        length: Bytes, None when they are not known before.
        hashes: MD5s of what was sent last.
        sent: Bytes that were sent last.
    """

    def __init__(
        self, make: Make, length: int | None, hashes: Hashes, *, unit: str, events: Events, stop: Stop
    ) -> None:
        """Take note of what is sent.

        Args:
            make: Reads it.
            length: Bytes, None when they are not known before.
            hashes: Takes the MD5s.
            unit: Name for events.
            events: Told of the bytes.
            stop: Ends it.
        """
        self.length = length
        self.hashes = hashes
        self.sent = 0
        self._make = make
        self._unit = unit
        self._events = events
        self._stop = stop

    def __iter__(self) -> Iterator[bytes]:
        self.hashes.start_over()
        self.sent = 0
        for piece in self._make(self.hashes):
            self._stop.check()
            yield piece
            self.sent += len(piece)
            self._events(Advanced(self._unit, len(piece)))


def pieces_of(file: LocalFile, hashes: Hashes, size: int = PIECE) -> Generator[bytes, None, None]:
    """Yield the bytes of a file; the last of them only when it is as it was planned.

    Args:
        file: The file.
        hashes: Takes its MD5.
        size: Bytes of a piece.

    Raises:
        SourceChangedError: It has changed since the upload was planned, or does while it is read.
        OSError: It cannot be read.
    """
    handle = os.open(file.path, _FLAGS)
    try:
        digest = hashes.begin(file.name)
        _require_unchanged(file, handle)
        left = file.size
        while left:
            piece = os.read(handle, min(size, left))
            left -= len(piece)
            if not piece or not left:
                _require_unchanged(file, handle)
            if not piece:
                raise _changed(file)
            hashes.add(digest, piece)
            yield piece
    finally:
        os.close(handle)


def tar_length(files: Iterable[LocalFile]) -> int:
    """Return the bytes of the tar archive of files."""
    return sum(_head_length(file) + file.size + -file.size % _BLOCK for file in files) + len(_END)


def tar_pieces(files: Iterable[LocalFile], hashes: Hashes) -> Generator[bytes, None, None]:
    """Yield a tar archive of files: their names and times, not their owners and modes."""
    parts: list[bytes] = []
    size = 0
    for file in files:
        parts.append(_head(file))
        for piece in pieces_of(file, hashes):
            parts.append(piece)
            size += len(piece)
            if size >= PIECE:
                yield b"".join(parts)
                parts.clear()
                size = 0
        parts.append(b"\0" * (-file.size % _BLOCK))
        size += 2 * _BLOCK
    yield b"".join((*parts, _END))


def zip_pieces(files: Iterable[LocalFile], hashes: Hashes) -> Generator[bytes, None, None]:
    """Yield a zip archive of files, deflated: stored members that are not wound back have no end that can be seen."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            info = zipfile.ZipInfo.from_file(file.path, file.name, strict_timestamps=False)
            info.compress_type, info.file_size, info.external_attr = zipfile.ZIP_DEFLATED, file.size, 0o644 << 16
            with archive.open(info, "w") as member:
                for piece in pieces_of(file, hashes):
                    member.write(piece)
                    if len(sink) >= PIECE:
                        yield sink.take()
    yield sink.take()


@contextmanager
def packed(files: Sequence[LocalFile], hashes: Hashes) -> Generator[BinaryIO, None, None]:
    """Yield a tar.gz archive of files, in memory up to 4 MiB and beyond that in a private temporary file.

    Its length must be known before it is sent (rest-data 10.4.2).
    """
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as kept:
        with gzip.GzipFile(fileobj=kept, mode="wb", compresslevel=6, mtime=0) as archive:
            for piece in tar_pieces(files, hashes):
                archive.write(piece)
        # cast: the standard library declares it as IO[bytes], which BinaryIO is but for its name.
        yield cast("BinaryIO", kept)


def _require_unchanged(file: LocalFile, handle: int) -> None:
    found = os.fstat(handle)
    if found.st_size != file.size or found.st_mtime_ns != file.mtime_ns:
        raise _changed(file)


def _changed(file: LocalFile) -> SourceChangedError:
    msg = f"{file.path} changed while it was uploaded; nothing of it was kept. Upload it again when it is complete."
    return SourceChangedError(msg, name=file.name)


def _is_plain(file: LocalFile) -> bool:
    return len(file.name) <= _LONGEST and file.name.isascii() and file.size < _OCTAL


def _head_length(file: LocalFile) -> int:
    return _BLOCK if _is_plain(file) else len(_long_head(file))


def _head(file: LocalFile) -> bytes:
    """Return the header of a member; tarfile takes ten times as long for the plain ones."""
    if not _is_plain(file):
        return _long_head(file)
    numbers = b"%011o\0%011o\0" % (file.size, _seconds(file))
    start = file.name.encode().ljust(_LONGEST, b"\0") + _OWNER + numbers
    return b"%b%06o\0%b" % (start, sum(start) + _TAIL_SUM, _TAIL)


def _seconds(file: LocalFile) -> int:
    return min(max(file.mtime_ns // 1_000_000_000, 0), _OCTAL - 1)


def _long_head(file: LocalFile) -> bytes:
    """Return the header of a member whose name is long or not ASCII, or that is over 8 GiB.

    Only in PAX headers is it settled how a name that is not ASCII is written.
    """
    info = tarfile.TarInfo(file.name)
    info.size, info.mtime = file.size, _seconds(file)
    if file.name.isascii():
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


class _Sink(io.RawIOBase):
    """Takes what a zip archive writes, for the network to take; not seekable, so that nothing is written over."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def __len__(self) -> int:
        return len(self._kept)

    def __bool__(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # zipfile writes bytes only
        self._kept += data
        return len(data)

    def take(self) -> bytes:
        piece = bytes(self._kept)
        self._kept.clear()
        return piece
