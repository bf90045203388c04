"""What an upload consists of: the files below a folder, links decided upon, and how they travel."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

import attrs

from ..errors import InvalidValueError
from .options import Strategy
from .placing import PREFIX
from .report import OmittedFile

Links: TypeAlias = Literal["files", "follow", "skip", "error"]
"""Links to files are followed, links to folders too, none is, or one is an error. What is not followed is reported."""

LINKS: Final = frozenset({"files", "follow", "skip", "error"})

SMALL_BYTES: Final = 4 << 20
"""Size below which a file loses more time to its own request than to waiting for its turn in an archive."""

FEW: Final = 3
"""Small files up to which an archive saves nothing."""

BATCH_BYTES: Final = 256 << 20
"""Bytes of files that travel as one archive: what is sent again at most when a connection breaks."""

BATCH_FILES: Final = 10_000
"""Files of one archive."""

# A backslash is a folder to some servers, and a catalog, which is XML, holds no control characters and no halves of
# surrogate pairs, which stand for bytes that are no UTF-8.
_UNKEPT: Final = re.compile("[\x00-\x1f\\\\\ud800-\udfff]")
_MOST_NAMED: Final = 5


@attrs.frozen
class LocalFile:
    """A file of this machine on its way to the server.

    Attributes:
        name: Path that it gets below the resource, slashes between folders.
        path: The file.
        size: Bytes when the upload was planned.
        mtime_ns: Time of its last change then, in nanoseconds.
    """

    name: str
    path: str
    size: int
    mtime_ns: int


@attrs.frozen
class Loads:
    """How files travel.

    Attributes:
        batches: Files that travel together, as one archive each.
        singles: Files that travel by themselves.
    """

    batches: tuple[tuple[LocalFile, ...], ...]
    singles: tuple[LocalFile, ...]


def planned(folder: Path, links: Links, *, any_name: bool = False) -> tuple[list[LocalFile], list[OmittedFile]]:
    """Return the files below a folder, sorted by name, and what is there beside them and does not travel.

    Args:
        folder: The folder; that it may be a link itself is no matter.
        links: What becomes of links in it.
        any_name: Whether names that no server keeps are taken too.

    Raises:
        InvalidValueError: It is no folder, holds no files, links that are not wanted, or names that no server keeps.
        OSError: A folder in it cannot be read.
    """
    if links not in LINKS:
        msg = f"links= is one of {sorted(LINKS)}, not {links!r}."
        raise InvalidValueError(msg)
    if not folder.is_dir():
        msg = f"{folder} is no folder."
        raise InvalidValueError(msg)
    walk = _Walk(folder, links)
    if not walk.files:
        msg = f"There are no files in {folder}{' but what is not uploaded' if walk.omitted else ''}."
        raise InvalidValueError(msg)
    if not any_name:
        require_kept(file.name for file in walk.files)
    return sorted(walk.files, key=_name_of), sorted(walk.omitted, key=_name_of)


def require_kept(names: Iterable[str]) -> None:
    """Return when a server can keep files of these names.

    Raises:
        InvalidValueError: It cannot; names them.
    """
    found = [name for name in names if _UNKEPT.search(name)]
    if found:
        msg = (
            "Names with a backslash, a control character or bytes that are no UTF-8 cannot be uploaded: "
            f"{told(found)}. Rename the files."
        )
        raise InvalidValueError(msg)


def told(names: Sequence[str]) -> str:
    """Return names for a message, the first few of many."""
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(repr(name) for name in names[:_MOST_NAMED]) + more


def loads_of(files: Sequence[LocalFile], strategy: Strategy) -> Loads:
    """Return how files travel: many small ones as archives, large ones by themselves, unless one way is wanted."""
    if strategy == "files":
        return Loads((), tuple(files))
    small = [file for file in files if file.size < SMALL_BYTES] if strategy == "auto" else list(files)
    if strategy == "auto" and len(small) <= FEW:
        return Loads((), tuple(files))
    singles = tuple(file for file in files if file.size >= SMALL_BYTES) if strategy == "auto" else ()
    return Loads(tuple(_batches(small)), singles)


def _batches(files: Iterable[LocalFile]) -> list[tuple[LocalFile, ...]]:
    found: list[tuple[LocalFile, ...]] = []
    batch: list[LocalFile] = []
    size = 0
    for file in files:
        if batch and (size + file.size > BATCH_BYTES or len(batch) == BATCH_FILES):
            found.append(tuple(batch))
            batch, size = [], 0
        batch.append(file)
        size += file.size
    return [*found, tuple(batch)] if batch else found


def _name_of(file: LocalFile | OmittedFile) -> str:
    return file.name


class _Walk:
    """One walk through a folder."""

    def __init__(self, folder: Path, links: Links) -> None:
        self.files: list[LocalFile] = []
        self.omitted: list[OmittedFile] = []
        self._links = links
        self._refused: list[str] = []
        self._waiting: list[tuple[str, str, frozenset[tuple[int, int]]]] = []
        self._enter(os.fspath(folder), "", frozenset())
        while self._waiting:
            self._folder(*self._waiting.pop())
        if self._refused:
            msg = f"There are links among the files, and links='error' was asked for: {told(sorted(self._refused))}."
            raise InvalidValueError(msg)

    def _enter(self, path: str, prefix: str, above: frozenset[tuple[int, int]]) -> bool:
        """Take note of a folder to walk through; return False when it is one of those it lies in."""
        if self._links == "follow":
            found = os.stat(path)  # noqa: PTH116 - thousands of Path objects would be made for nothing
            identity = (found.st_dev, found.st_ino)
            if identity in above:
                return False
            above |= {identity}
        self._waiting.append((path, prefix, above))
        return True

    def _folder(self, path: str, prefix: str, above: frozenset[tuple[int, int]]) -> None:
        with os.scandir(path) as entries:
            for entry in entries:
                name = prefix + entry.name
                if _is_link(entry):
                    self._link(entry, name, above)
                elif entry.is_dir(follow_symlinks=False):
                    self._enter(entry.path, f"{name}/", above)
                else:
                    self._file(name, entry.path, entry.stat(follow_symlinks=False))

    def _file(self, name: str, path: str, found: os.stat_result) -> None:
        if PREFIX in name and _is_leftover(name):
            self.omitted.append(OmittedFile(name, "is left of a download that was not completed"))
        elif stat.S_ISREG(found.st_mode):
            self.files.append(LocalFile(name, path, found.st_size, found.st_mtime_ns))
        else:
            self.omitted.append(OmittedFile(name, "is no file but a pipe, socket or device"))

    def _link(self, entry: os.DirEntry[str], name: str, above: frozenset[tuple[int, int]]) -> None:
        if self._links == "error":
            self._refused.append(name)
        elif self._links == "skip":
            self.omitted.append(OmittedFile(name, "is a link"))
        else:
            self._followed(entry, name, above)

    def _followed(self, entry: os.DirEntry[str], name: str, above: frozenset[tuple[int, int]]) -> None:
        try:
            found = os.stat(entry.path)  # noqa: PTH116 - as above
        except OSError:
            self.omitted.append(OmittedFile(name, "is a link that leads nowhere"))
            return
        if not stat.S_ISDIR(found.st_mode):
            self._file(name, entry.path, found)
        elif self._links == "files":
            self.omitted.append(OmittedFile(name, "is a link to a folder"))
        elif not self._enter(entry.path, f"{name}/", above):
            self.omitted.append(OmittedFile(name, "is a link to a folder that it lies in"))


def _is_leftover(name: str) -> bool:
    return name.rpartition("/")[2].startswith(PREFIX) and name.endswith((".part", ".jsonl"))


def _is_link(entry: os.DirEntry[str]) -> bool:
    # DirEntry.is_junction() came with Python 3.12.
    is_junction: Callable[[], bool] | None = getattr(entry, "is_junction", None)
    return entry.is_symlink() or (is_junction is not None and is_junction())
