"""The archive as a tree of folders and files, named as in the server's own paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import attrs

from ..documents import read_table
from ..errors import InvalidValueError, NotFoundError
from ..paths import join
from .plan import Listed, listed

if TYPE_CHECKING:
    from ..session import BaseSession
    from ..transport import JsonValue

R = TypeVar("R")
Parts = tuple[str, ...]

# What lies below an item of a collection; "" is the server itself.
_BELOW: Final[Mapping[str, Parts]] = {
    "": ("projects", "experiments"),
    "projects": ("subjects", "resources"),
    "subjects": ("experiments", "resources"),
    "experiments": ("scans", "assessors", "reconstructions", "resources"),
    "scans": ("resources",),
    "assessors": ("in", "out", "resources"),
    "reconstructions": ("in", "out", "resources"),
    "in": ("resources",),
    "out": ("resources",),
    "resources": ("files",),
}
# Columns whose values name an item; the first that has a value is shown, all are addresses.
_NAMES: Final[Mapping[str, Parts]] = {
    "projects": ("ID",),
    "subjects": ("label", "ID"),
    "experiments": ("label", "ID"),
    "scans": ("ID",),
    "assessors": ("label", "ID"),
    "reconstructions": ("ID",),
    "resources": ("label", "xnat_abstractresource_id"),
}
_SIDES: Final = frozenset({"in", "out"})


@attrs.frozen
class Entry:
    """A folder or file of the tree.

    Attributes:
        name: Its name in its folder.
        type: Which of the two.
        size: Bytes of a file, None when the server does not tell; 0 for folders.
        md5: MD5 of a file, None when the server does not tell.
        uri: Path of a file on the server, encoded; "" for folders.
    """

    name: str
    type: Literal["file", "directory"] = "directory"
    size: int | None = 0
    md5: str | None = None
    uri: str = ""


@attrs.frozen
class _Place:
    """What a path stands for: an item, a collection of items, or something in the files of a resource."""

    kind: Literal["item", "collection", "files"]
    name: str
    """Name of the collection that it is, or that the item is in."""
    base: Parts
    """The path; that of the files' resource for files."""
    rest: Parts = ()
    """Path below the files of a resource."""


class RemoteTree:
    """Folders and files below ``projects`` and ``experiments``; each collection is asked for once."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session
        self._names: dict[Parts, dict[str, None]] = {}
        self._shown: dict[Parts, list[str]] = {}
        self._files: dict[Parts, dict[Parts, Listed]] = {}

    def forget(self) -> None:
        """Ask again from now on."""
        self._names, self._shown, self._files = {}, {}, {}

    def entry(self, parts: Parts) -> Entry:
        """Return what a path stands for.

        Raises:
            FileNotFoundError: There is nothing.
        """
        place = _place(parts)
        if place.kind == "item":
            self._require_item(place)
        elif place.kind == "files":
            return self._in_files(place)
        else:
            self._require_item(_place(parts[:-1]))
        return Entry(parts[-1] if parts else "")

    def entries(self, parts: Parts) -> list[Entry]:
        """Return what a folder holds.

        Raises:
            FileNotFoundError: There is no such folder.
            NotADirectoryError: It is a file.
        """
        place = _place(parts)
        if place.kind == "files":
            return self._below_files(place)
        if place.kind == "collection":
            self._read(place)
            return [Entry(name) for name in self._shown[place.base]]
        self._require_item(place)
        return [Entry(name) for name in _BELOW[place.name]]

    def address(self, parts: Parts) -> str:
        """Return the path on the server, encoded, of a file of a resource, whether or not the file is there.

        Raises:
            InvalidValueError: No file can be there.
            FileNotFoundError: There is no such resource.
        """
        require_in_files(parts[:-1])
        self._require_item(_place(_place(parts).base[:-1]))
        return join("data", *parts)

    def _require_item(self, place: _Place) -> None:
        if not place.base or place.name in _SIDES:
            return
        if place.base[-1] not in self._read(_place(place.base[:-1])):
            raise FileNotFoundError("/".join(place.base))

    def _read(self, place: _Place) -> dict[str, None]:
        """Return all names of the items of a collection."""
        known = self._names.get(place.base)
        if known is None:
            rows = self._asked(place.base, read_table)
            # Labels are not unique over the whole site.
            columns = ("ID",) if place.base == ("experiments",) else _NAMES[place.name]
            named = [[str(row[column]) for column in columns if row.get(column)] for row in rows]
            self._shown[place.base] = list(dict.fromkeys(names[0] for names in named if names))
            known = self._names[place.base] = dict.fromkeys(name for names in named for name in names)
        return known

    def forget_files(self, parts: Parts) -> None:
        """Ask again for the files of a resource that one of them is in."""
        self._files.pop(_place(parts).base, None)

    def _table(self, base: Parts) -> dict[Parts, Listed]:
        """Return the files of a resource by their path in it: one request."""
        known = self._files.get(base)
        if known is None:
            rows = self._asked(base, listed)
            known = self._files[base] = {tuple(row.path.split("/")): row for row in rows}
        return known

    def _asked(self, parts: Parts, read: Callable[[JsonValue, str], R]) -> R:
        path = join("data", *parts)
        try:
            return read(self._session.get_json(path), path)
        except NotFoundError:
            raise FileNotFoundError("/".join(parts)) from None

    def _in_files(self, place: _Place) -> Entry:
        table = self._table(place.base)
        if place.rest in table:
            return _file(table[place.rest])
        if place.rest and not _below(table, place.rest):
            raise FileNotFoundError("/".join((*place.base, *place.rest)))
        return Entry((*place.base, *place.rest)[-1])

    def _below_files(self, place: _Place) -> list[Entry]:
        table, depth = self._table(place.base), len(place.rest)
        if place.rest in table:
            raise NotADirectoryError("/".join((*place.base, *place.rest)))
        found = _below(table, place.rest)
        if place.rest and not found:
            raise FileNotFoundError("/".join((*place.base, *place.rest)))
        folders = dict.fromkeys(path[depth] for path in found if len(path) > depth + 1)
        files = [_file(table[path]) for path in found if len(path) == depth + 1]
        return [*(Entry(name) for name in folders), *files]


def _place(parts: Parts) -> _Place:
    """Return what a path stands for, by its names alone.

    Raises:
        FileNotFoundError: No such path can exist.
    """
    kind, at = "", 0
    while at < len(parts):
        collection = parts[at]
        if collection not in _BELOW[kind]:
            raise FileNotFoundError("/".join(parts))
        at += 1
        if collection == "files":
            return _Place("files", collection, parts[:at], parts[at:])
        if collection not in _SIDES:
            if at == len(parts):
                return _Place("collection", collection, parts)
            at += 1
        kind = collection
    return _Place("item", kind, parts)


def require_in_files(parts: Parts) -> None:
    """Check that a path stands for the files of a resource, or something among them, by its names alone.

    Raises:
        InvalidValueError: It stands for an item, or for nothing.
    """
    try:
        is_in_files = _place(parts).kind == "files"
    except FileNotFoundError:
        is_in_files = False
    if not is_in_files:
        msg = f"{'/'.join(parts)} is not among files: files are in resources, as .../resources/LABEL/files/NAME."
        raise InvalidValueError(msg)


def _below(paths: Iterable[Parts], folder: Parts) -> list[Parts]:
    return [path for path in paths if len(path) > len(folder) and path[: len(folder)] == folder]


def _file(row: Listed) -> Entry:
    return Entry(row.path.rpartition("/")[2], "file", row.size, row.md5, row.uri)


def parts_of(path: str) -> Parts:
    """Return the names of a path.

    Raises:
        InvalidValueError: One of them would lead elsewhere.
    """
    parts = tuple(name for name in path.split("/") if name)
    if {".", ".."} & set(parts):
        msg = f"A path with '.' or '..' is not followed: {path!r}."
        raise InvalidValueError(msg)
    return parts
