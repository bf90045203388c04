"""A zip archive unpacked while it arrives: no temporary file, and nothing believed that was not compared."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from ..errors import CorruptArchiveError, UnsafeNameError
from ..transport import MIB
from . import zip_headers as headers
from .zip_headers import Header

_MIN_DESCRIPTOR: Final = 12
_MAX_DESCRIPTOR: Final = 24


class UnendedMemberError(CorruptArchiveError):
    """A stored member tells its size only behind its content, so that its end cannot be seen while it arrives."""


class ContradictionError(CorruptArchiveError):
    """The table of contents at the end names other members than those that came."""


class _Source:
    """Bytes of the archive as they arrive, with some looked at before they are taken."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._piece = b""
        self._at = 0
        self.position = 0

    def peek(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer at the end, and leave them."""
        while len(self._piece) - self._at < count:
            more = self._read(MIB)
            if not more:
                break
            self._piece, self._at = self._piece[self._at :] + more, 0
        return self._piece[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes.

        Raises:
            CorruptArchiveError: There are fewer.
        """
        end = self._at + count
        found = self._piece[self._at : end] if end <= len(self._piece) else self.peek(count)
        if len(found) < count:
            raise cut_off(self.position + len(found))
        self._at += count
        self.position += count
        return found

    def whole(self, count: int) -> memoryview | None:
        """Return the next `count` bytes without a copy, None when not all of them are here yet."""
        end = self._at + count
        if end > len(self._piece):
            return None
        found = memoryview(self._piece)[self._at : end]
        self._at = end
        self.position += count
        return found

    def some(self, most: int) -> memoryview:
        """Return 1 to `most` bytes that are there without a copy, none at the end."""
        if self._at >= len(self._piece):
            self._piece, self._at = self._read(MIB), 0
        found = memoryview(self._piece)[self._at : self._at + most]
        self._at += len(found)
        self.position += len(found)
        return found

    def give_back(self, count: int) -> None:
        """Leave the last `count` bytes of what `some` returned last to be read again."""
        self._at -= count
        self.position -= count


class ZipMember:
    """One member of an arriving archive; read it before the next one is asked for.

    Attributes:
        name: Name as the archive has it; not checked.
        is_folder: Whether it stands for a folder.
        size: Bytes unpacked, None when they are told only behind the content.
        packed: Bytes in the archive, None likewise.
    """

    def __init__(self, header: Header, source: _Source) -> None:
        self.name = header.name
        self.is_folder = header.is_folder
        self.header = header
        self._source = source
        self._left: Iterator[bytes | memoryview] | None = None

    @property
    def size(self) -> int | None:
        """Bytes unpacked, None when they are told only behind the content."""
        return None if self.header.has_descriptor else self.header.size

    @property
    def packed(self) -> int | None:
        """Bytes in the archive, None likewise."""
        return None if self.header.has_descriptor else self.header.packed

    def whole(self) -> memoryview | None:
        """Return all of the content when it is here already and not packed, None when it is to be read in `pieces`.

        Most files of a session with thousands of them are small: to read them in pieces takes longer than to write
        them.

        Raises:
            CorruptArchiveError: It is damaged.
        """
        header = self.header
        if header.method != headers.STORED or header.has_descriptor or self._left is not None:
            return None
        content = self._source.whole(header.packed)
        if content is not None:
            self._left = iter(())
            if header.crc != zlib.crc32(content) or header.size != header.packed:
                raise self._damaged()
        return content

    def skip(self) -> None:
        """Read over what is left of the content.

        Raises:
            CorruptArchiveError: It is damaged or cut off.
        """
        if self._left is None and self.whole() is not None:
            return
        for _ in self.pieces():
            pass

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the content, unpacked, in pieces of up to 1 MiB; valid until the next is asked for.

        Raises:
            CorruptArchiveError: It is damaged or cut off; raised at the end when CRC or size do not fit.
        """
        if self._left is None:
            self._left = self._checked()
        return self._left

    def _checked(self) -> Iterator[bytes | memoryview]:
        crc = size = 0
        start = self._source.position
        for piece in self._unpacked():
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            yield piece
        if not self._fits(crc, self._source.position - start, size):
            raise self._damaged()

    def _fits(self, crc: int, packed: int, size: int) -> bool:
        header = self.header
        if not header.has_descriptor:
            return (header.crc, header.packed, header.size) == (crc, packed, size)
        found = self._source.peek(_MAX_DESCRIPTOR)
        length = headers.is_descriptor(found, crc=crc, packed=packed, size=size)
        self._source.take(length)
        self.header = header._replace(crc=crc, packed=packed, size=size)
        return length >= _MIN_DESCRIPTOR

    def _damaged(self) -> CorruptArchiveError:
        msg = f"The archive is damaged at {self.name!r}: its content does not fit its checksum. Download again."
        return CorruptArchiveError(msg)

    def _unpacked(self) -> Iterator[bytes | memoryview]:
        return self._stored() if self.header.method == headers.STORED else self._deflated()

    def _stored(self) -> Iterator[memoryview]:
        left = self.header.packed
        while left:
            piece = self._source.some(left)
            if not piece:
                raise cut_off(self._source.position)
            left -= len(piece)
            yield piece

    def _deflated(self) -> Iterator[bytes]:
        unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while not unpack.eof:
                piece = self._source.some(MIB)
                if not piece:
                    raise cut_off(self._source.position)
                yield unpack.decompress(piece, MIB)
                while unpack.unconsumed_tail and not unpack.eof:
                    yield unpack.decompress(unpack.unconsumed_tail, MIB)
                self._source.give_back(len(unpack.unused_data))
        except zlib.error:
            msg = f"The archive is damaged at {self.name!r}: it cannot be unpacked. Download again."
            raise CorruptArchiveError(msg) from None


class ZipStream:
    """The members of an archive, in the order in which they arrive.

    When the iteration ends without an error, every member that was read had the CRC and size that its header, or the
    descriptor behind it, tells, and the table of contents at the end names the same members at the same places.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """Read from a function that returns up to so many bytes, b"" at the end."""
        self._source = _Source(read)
        self._seen: list[Header] = []

    @property
    def received(self) -> int:
        """Bytes of the archive so far."""
        return self._source.position

    def __iter__(self) -> Iterator[ZipMember]:
        """Yield each member; what is not read of one is read over.

        Raises:
            CorruptArchiveError: The archive is cut off, damaged, encrypted, or no zip archive.
            UnsafeNameError: Its table of contents calls a member a symbolic link.
            UnendedMemberError: A member has no end that can be seen; files are to be fetched one by one.
        """
        source, seen = self._source, self._seen
        while (fixed := source.peek(headers.LOCAL_FIXED.size))[:4] == headers.LOCAL:
            member = ZipMember(self._header(fixed), source)
            yield member
            member.skip()
            seen.append(member.header)
        self._compare()

    def _header(self, fixed: bytes) -> Header:
        offset = self._source.position
        self._source.take(headers.LOCAL_FIXED.size)
        header = headers.local_header(fixed, self._source.take, offset)
        if header.is_encrypted or header.method not in {headers.STORED, headers.DEFLATED}:
            msg = f"The archive's member {header.name!r} is encrypted or packed in a way that is not known here."
            raise CorruptArchiveError(msg)
        if header.has_descriptor and header.method == headers.STORED and not header.is_folder:
            msg = f"The archive's member {header.name!r} has no end that can be seen while it arrives."
            raise UnendedMemberError(msg)
        return header

    def _compare(self) -> None:
        start, count = self._source.position, 0
        while self._source.peek(4) == headers.CENTRAL:
            fixed = self._source.take(headers.CENTRAL_FIXED.size)
            entry = headers.central_header(fixed, self._source.take)
            if count >= len(self._seen) or not _same(self._seen[count], entry):
                raise _contradiction(entry.name)
            if stat.S_ISLNK(entry.mode):
                msg = f"The archive holds a symbolic link, which is not followed: {entry.name!r}."
                raise UnsafeNameError(msg, name=entry.name)
            count += 1
        if count != len(self._seen):
            raise _contradiction(self._seen[count].name) if self._source.peek(1) else cut_off(self._source.position)
        self._end(start)

    def _end(self, start: int) -> None:
        if self._source.peek(4) == headers.END64:
            length = headers.END64_FIXED.unpack(self._source.take(headers.END64_FIXED.size))[0]
            record = self._source.take(min(length, MIB))
            if len(record) < headers.END64_REST.size or headers.END64_REST.unpack_from(record)[0] != len(self._seen):
                raise _contradiction("the end of the archive")
        if self._source.peek(4) == headers.LOCATOR64:
            self._source.take(20)
        if self._source.peek(4) != headers.END:
            raise cut_off(self._source.position)
        end = headers.end_record(self._source.take(headers.END_FIXED.size))
        self._source.take(end.comment)
        if end.count not in {None, len(self._seen)} or end.start not in {None, start} or self._source.peek(1):
            raise _contradiction("the end of the archive")


def _same(seen: Header, entry: Header) -> bool:
    name, method, _, crc, packed, size, offset, _ = entry
    return (name, method, crc, packed, size, offset) == (
        seen.name, seen.method, seen.crc, seen.packed, seen.size, seen.offset,
    )  # fmt: skip


def _contradiction(name: str) -> ContradictionError:
    msg = f"The archive is damaged: its table of contents contradicts what was received, at {name!r}. Download again."
    return ContradictionError(msg)


def cut_off(received: int) -> CorruptArchiveError:
    """Return the error for an archive that ends too early, or is none."""
    msg = f"The {received} bytes received are no complete zip archive. Download again."
    return CorruptArchiveError(msg)
