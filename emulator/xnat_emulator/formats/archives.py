"""Zip and tar archives written while they are sent: no temporary file, no known length (rest-data 10.5)."""

from __future__ import annotations

import struct
import tarfile
import tempfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from ..call import Call

CHUNK = 1 << 20
"""Bytes sent at a time: large pieces cost fewer steps between threads."""
_IN_MEMORY = 1 << 22

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LIMIT = 0xFFFFFFFF
_UTF8 = 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive.

    Attributes:
        name: Name inside the archive.
        path: Where its contents lie; or the contents themselves.
        size: Bytes.
        crc: CRC-32 of the contents.
        modified: When it was stored.
    """

    name: str
    path: Path | bytes
    size: int
    crc: int
    modified: datetime


def level(call: Call) -> int:
    """Return the zip level a request asks for, by default the site's: 0, stored (rest-data 10.5.3)."""
    text = call.parameter("compression") or "0"
    return int(text) if len(text) == 1 and text in "0123456789" else 0


class OpenFile:
    """The contents of a file that was opened at once: they can be sent although the file is removed meanwhile.

    Args:
        path: The file.
        start: First byte.
        length: How many bytes, None for all that follow.

    Raises:
        FileNotFoundError: There is no such file.
    """

    def __init__(self, path: Path, start: int = 0, length: int | None = None) -> None:
        self._file = path.open("rb", buffering=0)
        self._left = path.stat().st_size - start if length is None else length
        self._file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def written(name: str, data: bytes, modified: datetime) -> Entry:
    """Return an entry whose contents are at hand."""
    return Entry(name, data, len(data), zlib.crc32(data), modified)


def chunks(path: Path | bytes) -> Iterator[bytes]:
    """Yield contents; a file is opened with the first chunk."""
    if isinstance(path, bytes):
        yield path
        return
    with closing(OpenFile(path)) as file:
        yield from file


def zip_stream(entries: Iterable[Entry], level: int = 0) -> Generator[bytes]:
    """Yield a zip archive; level 0 stores, with size and CRC in the local headers, others deflate."""
    central: list[bytes] = []
    offset = 0
    for entry in entries:
        written = 0
        packed = _Packed(entry, level)
        for part in packed.parts():
            written += len(part)
            yield part
        central.append(packed.central(offset))
        offset += written
    size = sum(len(header) for header in central)
    yield from central
    yield _end(len(central), size, offset)


class _Packed:
    """One entry of a zip on its way out."""

    def __init__(self, entry: Entry, level: int) -> None:
        self._entry = entry
        self._level = level
        self._name = entry.name.encode()
        self._packed_size = entry.size

    def parts(self) -> Iterator[bytes]:
        """Yield header and contents."""
        if not self._level:
            yield self._header()
            yield from chunks(self._entry.path)
            return
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as packed:
            self._deflate(packed)
            yield self._header()
            yield from iter(lambda: packed.read(CHUNK), b"")

    def _deflate(self, target: IO[bytes]) -> None:
        """Write the packed contents: their size must be known before they are sent."""
        packer = zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS)
        for chunk in chunks(self._entry.path):
            target.write(packer.compress(chunk))
        target.write(packer.flush())
        self._packed_size = target.tell()
        target.seek(0)

    @property
    def _large(self) -> bool:
        return max(self._entry.size, self._packed_size) >= _LIMIT

    def _common(self) -> tuple[int, int, int, int, int, int, int]:
        """Return version, flags, method, time, date, CRC and packed size, as both headers hold them."""
        when = self._entry.modified
        clock = when.hour << 11 | when.minute << 5 | when.second // 2
        day = max(when.year - 1980, 0) << 9 | when.month << 5 | when.day
        method = zlib.DEFLATED if self._level else 0
        packed = _LIMIT if self._large else self._packed_size
        return 45 if self._large else 20, _UTF8, method, clock, day, self._entry.crc, packed

    def _header(self) -> bytes:
        extra = struct.pack("<2H2Q", 1, 16, self._entry.size, self._packed_size) if self._large else b""
        size = _LIMIT if self._large else self._entry.size
        head = _LOCAL.pack(b"PK\3\4", *self._common(), size, len(self._name), len(extra))
        return head + self._name + extra

    def central(self, offset: int) -> bytes:
        """Return the entry of the central directory."""
        extra = b""
        if self._large or offset >= _LIMIT:
            extra = struct.pack("<2H3Q", 1, 24, self._entry.size, self._packed_size, offset)
        version, flags, method, clock, day, crc, packed = self._common()
        sizes = (_LIMIT, _LIMIT) if extra else (packed, self._entry.size)
        place = _LIMIT if extra else offset
        facts = (len(self._name), len(extra), 0, 0, 0, 0, place)
        head = _CENTRAL.pack(b"PK\1\2", version, version, flags, method, clock, day, crc, *sizes, *facts)
        return head + self._name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    """Return the end of a zip, with the records for large archives when they are needed."""
    if count < 0xFFFF and size < _LIMIT and offset < _LIMIT:
        return _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
    return large + locator + _END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, _LIMIT, _LIMIT, 0)


def tar_stream(entries: Iterable[Entry]) -> Generator[bytes]:
    """Yield a tar archive."""
    for entry in entries:
        info = tarfile.TarInfo(entry.name)
        info.size, info.mtime, info.mode = entry.size, int(entry.modified.timestamp()), 0o644
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from chunks(entry.path)
        yield b"\0" * (-entry.size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def gathered(parts: Iterable[bytes]) -> Generator[bytes]:
    """Yield the same bytes in fewer parts, so that many small files do not cost a step each."""
    waiting = bytearray()
    for part in parts:
        if not waiting and len(part) >= CHUNK:
            yield part
            continue
        waiting += part
        if len(waiting) >= CHUNK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def gzip_stream(parts: Iterable[bytes]) -> Generator[bytes]:
    """Yield parts in gzip form."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()
