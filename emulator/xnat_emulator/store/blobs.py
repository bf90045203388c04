"""File contents on disk, under names of our own, so that no name a client sends ever reaches the file system."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

CHUNK = 1 << 20
"""Bytes read at a time when contents are copied."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored contents.

    Attributes:
        name: Name below the folder.
        size: Bytes.
        digest: MD5, hexadecimal.
        crc: CRC-32, which archives carry.
    """

    name: str
    size: int
    digest: str
    crc: int


class Blobs:
    """A folder of contents.

    Args:
        folder: Made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Return where contents lie."""
        return self._folder / name[:2] / name

    def add(self, source: BinaryIO) -> Blob:
        """Store a stream's contents: a temporary file, synced, then renamed; a failure leaves no file."""
        name = uuid4().hex
        target = self.path(name)
        target.parent.mkdir(exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                size, digest, crc = _copy(source, file)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return Blob(name, size, digest, crc)

    def remove(self, name: str) -> None:
        """Remove contents; nothing happens when they are gone already."""
        self.path(name).unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[int, str, int]:
    digest, size, crc = hashlib.md5(usedforsecurity=False), 0, 0
    while chunk := source.read(CHUNK):
        target.write(chunk)
        digest.update(chunk)
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
    return size, digest.hexdigest(), crc
