"""The records of a zip archive, read from bytes: local headers, the table of contents, and its end."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, NamedTuple

import attrs

from ..errors import CorruptArchiveError

LOCAL, CENTRAL, DESCRIPTOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
STORED, DEFLATED = 0, 8

LOCAL_FIXED: Final = struct.Struct("<4x2xHH4xIIIHH")
CENTRAL_FIXED: Final = struct.Struct("<4x4xHH4xIIIHHH4xII")
END_FIXED: Final = struct.Struct("<4x6xHIIH")
END64_FIXED: Final = struct.Struct("<4xQ")
END64_REST: Final = struct.Struct("<12x8xQQQ")

_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800
_MANY32, _MANY16 = 0xFFFFFFFF, 0xFFFF
_ZIP64_EXTRA = 0x0001


class Header(NamedTuple):
    """What a local header, or an entry of the table of contents, says of a member.

    Attributes:
        name: Name as it stands there, slashes between folders; not checked.
        method: `STORED` or `DEFLATED`, or something else.
        flags: General purpose flags.
        crc: CRC-32, 0 when a descriptor behind the content tells it.
        packed: Bytes in the archive, 0 likewise.
        size: Bytes unpacked, 0 likewise.
        offset: Where the local header stands in the archive.
        mode: Kind and permissions as POSIX has them, 0 when they are not told; local headers never do.
    """

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def has_descriptor(self) -> bool:
        """Whether CRC and sizes come behind the content."""
        return bool(self.flags & _DESCRIPTOR)

    @property
    def is_folder(self) -> bool:
        """Whether this stands for a folder."""
        return self.name.endswith("/")


def local_header(fixed: bytes, take: Callable[[int], bytes], offset: int) -> Header:
    """Return a local header.

    Args:
        fixed: Its first 30 bytes.
        take: Returns so many of the bytes behind them: name and extra fields.
        offset: Where it stands.

    Raises:
        CorruptArchiveError: It is cut off, or its extra fields are.
    """
    flags, method, crc, packed, size, name_length, extra_length = LOCAL_FIXED.unpack(fixed)
    rest = take(name_length + extra_length)
    if extra_length or _MANY32 in {packed, size}:
        size, packed = _widened(rest[name_length:], [size, packed])
    return Header(_text(rest[:name_length], flags), method, flags, crc, packed, size, offset)


def central_header(fixed: bytes, take: Callable[[int], bytes]) -> Header:
    """Return an entry of the table of contents.

    Args:
        fixed: Its first 46 bytes.
        take: Returns so many of the bytes behind them: name, extra fields and comment.

    Raises:
        CorruptArchiveError: It is cut off, or its extra fields are.
    """
    flags, method, crc, packed, size, length, extra, comment, attributes, offset = CENTRAL_FIXED.unpack(fixed)
    rest = take(length + extra + comment)
    if extra or _MANY32 in {packed, size}:
        size, packed, offset = _widened(rest[length : length + extra], [size, packed, offset])
    return Header(_text(rest[:length], flags), method, flags, crc, packed, size, offset, attributes >> 16)


def _text(name: bytes, flags: int) -> str:
    if flags & _UTF8 or name.isascii():
        return name.decode("utf-8", "surrogateescape")
    try:
        # Programs write UTF-8 without saying so more often than the code page of 1981.
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def _widened(extra: bytes, values: list[int]) -> list[int]:
    """Return sizes and offset with those that did not fit into 4 bytes taken from the zip64 field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        field, at = extra[at + 4 : at + 4 + length], at + 4 + length
        if kind == _ZIP64_EXTRA:
            return _from_field(field, values)
    if _MANY32 in values[:2]:
        msg = "The archive is damaged: a size of 8 bytes is missing."
        raise CorruptArchiveError(msg)
    return values


def _from_field(field: bytes, values: list[int]) -> list[int]:
    found: list[int] = []
    for value in values:
        if value != _MANY32:
            found.append(value)
            continue
        if len(field) < 8:
            msg = "The archive is damaged: a size of 8 bytes is cut off."
            raise CorruptArchiveError(msg)
        found.append(int.from_bytes(field[:8], "little"))
        field = field[8:]
    return found


def is_descriptor(found: bytes, *, crc: int, packed: int, size: int) -> int:
    """Return the length of the descriptor that `found` begins with, 0 when it is none that fits.

    Its signature may be left out and its sizes may be of 4 or 8 bytes, so all four spellings are compared.
    """
    for signature in (DESCRIPTOR, b""):
        for shape in ("<III", "<IQQ"):
            if shape == "<III" and max(packed, size) > _MANY32:
                continue
            whole = signature + struct.pack(shape, crc, packed, size)
            if found.startswith(whole):
                return len(whole)
    return 0


@attrs.frozen
class EndRecord:
    """What the end of an archive says: how many members, and where the table of contents stands.

    Attributes:
        count: Members, None when they do not fit into 2 bytes.
        start: Where the table begins, None when it does not fit into 4 bytes.
        comment: Bytes of comment behind it.
    """

    count: int | None
    start: int | None
    comment: int


def end_record(fixed: bytes) -> EndRecord:
    """Return the end of the archive, from its 22 bytes."""
    count, _, start, comment = END_FIXED.unpack(fixed)
    return EndRecord(None if count == _MANY16 else count, None if start == _MANY32 else start, comment)
