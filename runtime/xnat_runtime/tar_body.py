"""A folder as a tar archive that is made while it is sent, of a length that is known before."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import attrs

from .errors import IncompleteTransferError, InvalidValueError
from .transfers.meter import Meter
from .transport import MIB

_END = b"\0" * (2 * tarfile.BLOCKSIZE)


@attrs.frozen
class _Member:
    path: Path
    head: bytes
    size: int

    @property
    def length(self) -> int:
        return len(self.head) + self.size + _padding(self.size)


class TarBody:
    """The files of a folder as the bytes of a tar archive; each iteration reads them anew.

    Owner, group and mode do not travel. Links to files are followed, links to folders are not.

    Attributes:
        length: Bytes of the archive.
        names: Names of the files inside it, sorted.
    """

    def __init__(self, folder: Path, meter: Meter | None = None) -> None:
        """Take note of the files and their sizes; they are read while they are sent.

        Args:
            folder: The folder.
            meter: Told of the bytes.

        Raises:
            InvalidValueError: It is no folder, or there are no files in it.
        """
        self._meter = meter or Meter(None, "")
        self._members = [_member(folder, path) for path in files_below(folder)]
        self.names = tuple(member.path.relative_to(folder).as_posix() for member in self._members)
        self.length = sum(member.length for member in self._members) + len(_END)

    def __iter__(self) -> Iterator[bytes]:
        self._meter.start(self.length)
        for piece in self._pieces():
            yield piece
            self._meter.advance(len(piece))

    def _pieces(self) -> Iterator[bytes]:
        for member in self._members:
            yield member.head
            yield from _content(member)
            if padding := _padding(member.size):
                yield b"\0" * padding
        yield _END


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder and the folders in it, sorted by name.

    Raises:
        InvalidValueError: It is no folder, holds no files, or a link to a file that is not there.
        OSError: A folder in it cannot be read.
    """
    if not folder.is_dir():
        msg = f"{folder} is no folder."
        raise InvalidValueError(msg)
    found = [Path(base, name) for base, _, names in os.walk(folder, onerror=_fail) for name in names]
    lost = next((path for path in found if path.is_symlink() and not path.exists()), None)
    if lost is not None:
        msg = f"{lost} is a link to nothing; remove it or mend it."
        raise InvalidValueError(msg)
    files = sorted(path for path in found if path.is_file())
    if not files:
        msg = f"There are no files in {folder}."
        raise InvalidValueError(msg)
    return files


def _fail(error: OSError) -> None:
    """Stops a walk, which by itself leaves out what it may not read."""
    raise error


def _member(folder: Path, path: Path) -> _Member:
    about = path.stat()
    info = tarfile.TarInfo(path.relative_to(folder).as_posix())
    info.size, info.mtime = about.st_size, int(about.st_mtime)
    return _Member(path, info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"), about.st_size)


def _content(member: _Member) -> Iterator[bytes]:
    left = member.size
    with member.path.open("rb") as stream:
        while left and (piece := stream.read(min(MIB, left))):
            left -= len(piece)
            yield piece
        if left or stream.read(1):
            msg = f"{member.path} changed its size while it was sent."
            raise IncompleteTransferError(msg, expected=member.size, received=member.size - left)


def _padding(size: int) -> int:
    return -size % tarfile.BLOCKSIZE
