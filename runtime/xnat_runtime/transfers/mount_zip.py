"""A zip archive that is made of the files of a mounted archive, where that holds all of an item."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..partial import PartialFile
from ..results import TransferResult
from ..transport import MIB
from .meter import Meter, metered
from .mount import Mount, mount_for
from .plan import Source, listed, units_of
from .spelling import parts_of
from .units import FileUnit

if TYPE_CHECKING:
    from ..session import BaseSession
    from .events import Observer


class _OtherError(Exception):
    """A file of the mount is not what the server's table tells."""


def zip_from_mount(
    session: BaseSession, source: Source, target: Path, *, overwrite: bool, progress: Observer | None
) -> TransferResult | None:
    """Write a zip file of what the server's archive would hold; None when any of it has to travel.

    Without a mount that has a folder of the item nothing is asked; with one, the table of the files is.

    Args:
        session: The connection.
        source: What to take.
        target: Path of the zip file; its folder must exist.
        overwrite: Whether an existing file may be replaced.
        progress: Told of what happens.

    Raises:
        TargetExistsError: The target exists and may not be replaced.
        UnsafeNameError: A name of the server could not be unpacked again.
        ResponseError: The server refused.
    """
    mount = mount_for(session.server)
    origin = source.origin() if mount is not None and source.origin is not None else None
    if mount is None or origin is None or not mount.has(origin):
        return None
    units = units_of(source, listed(session.get_json(source.files), source.files))
    found = [(unit, path) for unit in units if (path := mount.find(unit, origin)) is not None]
    if not units or len(found) < len(units):
        return None
    try:
        with metered(progress, target.name) as meter:
            return _written(mount, found, target, meter, overwrite=overwrite)
    except _OtherError:
        return None


def _written(
    mount: Mount, found: Sequence[tuple[FileUnit, Path]], target: Path, meter: Meter, *, overwrite: bool
) -> TransferResult:
    meter.start(sum(unit.size or 0 for unit, _ in found))
    with PartialFile(target, overwrite=overwrite) as partial:
        with zipfile.ZipFile(partial.stream, "w", zipfile.ZIP_STORED) as archive:
            for unit, path in found:
                _add(archive, mount, unit, path, meter)
        size = partial.stream.tell()
        partial.finish()
    return TransferResult(target, size, None, "md5" if all(unit.md5 for unit, _ in found) else "size")


def _add(archive: zipfile.ZipFile, mount: Mount, unit: FileUnit, path: Path, meter: Meter) -> None:
    parts_of(unit.name)
    stream = mount.opened(path, unit.size or 0)
    if stream is None:
        raise _OtherError(unit.name)
    digest, done = hashlib.md5(usedforsecurity=False), 0
    with stream, archive.open(zipfile.ZipInfo(unit.name), "w", force_zip64=(unit.size or 0) >= 2**31 - 1) as member:
        while piece := _read(stream):
            digest.update(piece)
            member.write(piece)
            meter.advance(len(piece))
            done += len(piece)
    if done != unit.size or unit.md5 not in {None, digest.hexdigest()}:
        raise _OtherError(unit.name)


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(MIB)
    except OSError as error:  # such as a network disk that has gone away
        raise _OtherError(str(error)) from error
