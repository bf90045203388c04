"""What stands on this side already: files of an earlier run that need not travel again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs

from ..errors import TargetExistsError
from ..results import Verified
from .digest import md5_of
from .places import Places
from .report import MovedFile
from .stop import Stop
from .units import FileUnit
from .workers import work_through


@attrs.frozen
class Inventory:
    """The units of a download, told apart by what stands on this side.

    Attributes:
        present: Files that are there with the right bytes.
        missing: Units that must travel.
        blocked: Units in whose place a file with other bytes stands.
    """

    present: tuple[MovedFile, ...]
    missing: tuple[FileUnit, ...]
    blocked: tuple[tuple[FileUnit, TargetExistsError], ...] = ()


def inventory(
    units: Iterable[FileUnit],
    places: Places,
    noted: Callable[[Path], Mapping[str, object]],
    *,
    overwrite: bool,
    workers: int,
    stop: Stop,
) -> Inventory:
    """Return which units are there and which must travel; digests are worked out by several threads.

    Args:
        units: All files of the download.
        places: Where each goes.
        noted: Returns what an earlier run wrote down of a file; one that was not touched since is not read again.
        overwrite: Whether files with other bytes may be replaced.
        workers: Threads.
        stop: Ends it.

    Raises:
        UnsafeNameError: A name would leave the folder.
    """
    placed = [(unit, places.reserve(unit.name)) for unit in units]
    present: list[MovedFile] = []
    missing: list[FileUnit] = []
    blocked: list[tuple[FileUnit, TargetExistsError]] = []
    for done in work_through(placed, lambda each: _standing(*each, noted), workers=workers, stop=stop):
        if done.error is not None:
            raise done.error
        unit, path = done.unit
        if done.result is not None:
            present.append(done.result)
        elif overwrite or not os.path.lexists(path):
            missing.append(unit)
        else:
            told = f"{path} exists already, with other bytes; pass overwrite=True to replace it."
            blocked.append((unit, TargetExistsError(told, path=str(path))))
    order = {unit.name: number for number, (unit, _) in enumerate(placed)}
    present.sort(key=lambda each: order[each.name])
    missing.sort(key=lambda each: order[each.name])
    blocked.sort(key=lambda each: order[each[0].name])
    return Inventory(tuple(present), tuple(missing), tuple(blocked))


def _standing(unit: FileUnit, path: Path, about: Callable[[Path], Mapping[str, object]]) -> MovedFile | None:
    """Return the file at a path when it has the bytes of a unit."""
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None  # to read a pipe would be to wait for ever
    noted = about(path)
    if (noted.get("size"), noted.get("mtime_ns")) == (found.st_size, found.st_mtime_ns) and _agrees(unit, noted):
        return MovedFile(unit.name, path, found.st_size, unit.md5, _kind(unit), unit.uri)
    if unit.size not in {None, found.st_size} or (unit.size is None and unit.md5 is None):
        return None
    digest = md5_of(path) if unit.md5 else None
    if digest != unit.md5:
        return None
    return MovedFile(unit.name, path, found.st_size, digest, _kind(unit), unit.uri)


def _agrees(unit: FileUnit, noted: Mapping[str, object]) -> bool:
    """Return whether the server still has what the journal wrote down."""
    return unit.md5 is None or unit.md5 == noted.get("md5")


def _kind(unit: FileUnit) -> Verified:
    return "md5" if unit.md5 else "size"
