"""Unpack a stored zip archive while it arrives, with urllib3 alone: CRC compared, MD5 worked out, temporary names.

Usage: session_bare.py URL PATH TARGET SIZE
"""

import hashlib
import os
import struct
import sys
import zlib
from pathlib import Path

import urllib3
from transfer import measured

url, path, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
pool = urllib3.PoolManager()
pool.request("GET", f"{url}/data/version")
LOCAL = struct.Struct("<4s2xHH4xIIIHH")


class Arriving:
    """Bytes of an answer, so many at a time."""

    def __init__(self, reply: urllib3.BaseHTTPResponse) -> None:
        self._reply = reply
        self._piece = memoryview(b"")

    def some(self, most: int) -> memoryview:
        """Return some bytes, up to a number of them, none at the end."""
        if not self._piece:
            self._piece = memoryview(self._reply.read(1 << 20, decode_content=False))
        found, self._piece = self._piece[:most], self._piece[most:]
        return found

    def take(self, count: int) -> bytes:
        """Return so many bytes."""
        found = b""
        while len(found) < count and (piece := self.some(count - len(found))):
            found += piece
        return found


def unpack(arriving: Arriving) -> None:
    """Write all members."""
    made = set()
    while (head := arriving.take(LOCAL.size))[:4] == b"PK\x03\x04":
        _, _, _, crc, left, _, name_length, extra_length = LOCAL.unpack(head)
        place = target / arriving.take(name_length).decode()
        arriving.take(extra_length)
        if place.parent not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(place.parent)
        digest, found = hashlib.md5(), 0
        with open(f"{place}.part", "wb", buffering=0) as stream:  # noqa: PTH123 - as bare as can be
            while left:
                piece = arriving.some(left)
                found, left = zlib.crc32(piece, found), left - len(piece)
                digest.update(piece)
                stream.write(piece)
        if found != crc:
            sys.exit(f"{place} is damaged")
        digest.hexdigest()
        os.rename(f"{place}.part", place)  # noqa: PTH104 - as above
    while arriving.some(1 << 20):
        pass


target.mkdir()
with measured(target, size):
    unpack(Arriving(pool.request("GET", url + path, preload_content=False)))
