"""File contents on disk, under names of our own, so that no name a client sends ever reaches the file system."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

CHUNK = 1 << 20
"""Bytes read at a time when contents are copied."""

_PART = ".part"
_DRAFTS = ".drafts"


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


class Draft:
    """Contents on their way in: written once from the start, then read like a file.

    Small ones stay in memory; larger ones go to a file that ``Blobs.add`` only has to rename. Closing a draft drops
    what nobody added. Wherever a binary file is read, ``as_file`` may be given.

    Args:
        folder: Where the file goes, on the file system of the blobs; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO = io.BytesIO()
        self._path: Path | None = None
        self._digest = hashlib.md5(usedforsecurity=False)
        self._crc = 0
        self._size = 0

    @property
    def as_file(self) -> BinaryIO:
        """The draft, as those see it who read files."""
        return cast("BinaryIO", self)

    def write(self, data: bytes | bytearray) -> int:
        """Append bytes and return how many."""
        if self._path is None and self._size + len(data) > CHUNK:
            self._spill()
        self._digest.update(data)
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        return self._file.write(data)

    def _spill(self) -> None:
        self._folder.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=_PART)
        self._path = Path(name)
        written = cast("io.BytesIO", self._file).getvalue()
        self._file = cast("BinaryIO", os.fdopen(handle, "w+b"))
        self._file.write(written)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from any place."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, everything that is left for a negative size."""
        return self._file.read(size)

    def readline(self, size: int = -1) -> bytes:
        """Return the next line."""
        return self._file.readline(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place and return it, bytes from the start."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place of the next read, bytes from the start."""
        return self._file.tell()

    def become(self, target: Path) -> tuple[int, str, int] | None:
        """Give the file away, synced, under its final name.

        Returns:
            Size in bytes, MD5 and CRC-32; None when there is no file to give, or not all of it is asked for.
        """
        if self._path is None or self._file.tell() != 0:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(target)
        self._path = None
        self._file = target.open("rb")
        return self._size, self._digest.hexdigest(), self._crc

    def close(self) -> None:
        """Forget the contents, unless they were added."""
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


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

    def draft(self) -> Draft:
        """Return a place for contents that come in piece by piece."""
        return Draft(self._folder / _DRAFTS)

    def add(self, source: BinaryIO) -> Blob:
        """Store what is left of a stream: a temporary file, synced, then renamed; a failure leaves no file."""
        name = uuid4().hex
        target = self.path(name)
        target.parent.mkdir(exist_ok=True)
        if isinstance(source, Draft) and (facts := source.become(target)) is not None:
            return Blob(name, *facts)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=_PART)
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

    def sweep(self, known: Container[str]) -> int:
        """Remove what a killed server left behind; only while nobody stores anything.

        Args:
            known: Names of the contents that something refers to.

        Returns:
            How many files were removed: half-written ones, and whole ones that nothing refers to.
        """
        removed = 0
        for path in self._folder.glob("*/*"):
            if path.name not in known and path.is_file():
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def measure(path: Path) -> tuple[int, str, int]:
    """Return size in bytes, MD5 and CRC-32 of a file."""
    with path.open("rb") as source:
        return _copy(source, None)


def _copy(source: BinaryIO, target: BinaryIO | None) -> tuple[int, str, int]:
    digest, size, crc = hashlib.md5(usedforsecurity=False), 0, 0
    while chunk := source.read(CHUNK):
        if target is not None:
            target.write(chunk)
        digest.update(chunk)
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
    return size, digest.hexdigest(), crc
