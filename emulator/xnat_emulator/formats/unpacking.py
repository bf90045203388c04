"""The one reader of archives that clients send: zip and tar (rest-data 10.4.7, 13.1; dicom-import 87)."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import closing
from typing import IO, BinaryIO, Literal, TypeAlias, cast

from ..errors import StatusError

Kind: TypeAlias = Literal["zip", "tar"]

TARS = (".tar", ".tar.gz", ".tgz")
_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What the readers of archives raise for damaged, encrypted and unknown ones."""


def is_archive(name: str, *, tars: bool = True) -> bool:
    """Tell by its name whether a file can be unpacked; not every site takes tar files."""
    return name.lower().endswith((".zip", *TARS) if tars else ".zip")


def kind_of(name: str) -> Kind:
    """Return how to read an archive, by its name."""
    return "tar" if name.lower().endswith(TARS) else "zip"


def members(kind: Kind, stream: BinaryIO) -> Generator[tuple[str, BinaryIO]]:
    """Yield name and contents of every file inside an archive, one after the other; each is read before the next.

    Raises:
        StatusError: 400, the archive cannot be read; also raised where the contents are read.
    """
    with closing(_zip_members(stream) if kind == "zip" else _tar_members(stream)) as source:
        while (member := _next(source)) is not None:
            yield member


def _next(source: Generator[tuple[str, BinaryIO]]) -> tuple[str, BinaryIO] | None:
    try:
        return next(source, None)
    except _UNREADABLE as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> StatusError:
    return StatusError(400, f"Cannot read the archive: {type(error).__name__}")


class _Guarded:
    """Reads a member; what is wrong with its archive shows as a refusal, wherever it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        try:
            return self._source.read(size)
        except _UNREADABLE as error:
            raise _unreadable(error) from None


def _zip_members(stream: BinaryIO) -> Generator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as source:
                    yield info.filename, cast("BinaryIO", _Guarded(source))


def _tar_members(stream: BinaryIO) -> Generator[tuple[str, BinaryIO]]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is not None:
                yield info.name, cast("BinaryIO", _Guarded(source))


def safe_path(name: str) -> str:
    """Return a path below a resource.

    Raises:
        StatusError: 400, it leaves the resource, names no file, or holds what no catalog can.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    if not parts or ".." in parts:
        raise StatusError(400, "A file name must stay inside its resource")
    if any(sign < " " for sign in name):
        raise StatusError(400, "A file name must not hold control characters")
    return "/".join(parts)
