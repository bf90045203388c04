"""Where the files of a transfer go: below one folder, each in a place of its own, whatever a server calls them."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from ..errors import TargetExistsError, UnsafeNameError
from .spelling import file_spelled, parts_of, spelled

NameOf: TypeAlias = Callable[[str], str | tuple[str, ...]]
"""Turns the name that the server gives to a file into the one below the target, or into its parts, which may hold
slashes of their own; the identity for the server's tree."""

_SEPARATOR: Final = "/"
_INVISIBLE: Final = "Cf"


class _Folder(NamedTuple):
    """A folder of the server in which a file has its place: its path here, and how the keys of its files begin."""

    path: str
    key: str


class _Taken:
    """The names that are given away below one folder, shared by all layouts used there."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.files: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.made: set[str] = set()
        self.paths: dict[tuple[str, ...], str] = {}
        self.plain: dict[str, _Folder] = {}
        self._known: set[str] = set()

    def take(self, name: str, parts: tuple[str, ...]) -> list[str]:
        """Give a place away; return the keys that are new."""
        folder = _SEPARATOR.join(parts[:-1])
        key = _folded(f"{folder}{_SEPARATOR}{parts[-1]}" if folder else parts[-1])
        self._require_free(name, key)
        new = [] if folder in self._known else self._take_folders(name, parts)
        self._known.add(folder)
        self.files[key] = name
        return [*new, key]

    def beside(self, name: str) -> tuple[str, list[str] | None]:
        """Give a place away beside a file of the same folder; return it and the keys that are new, None without one."""
        above, _, file = name.rpartition(_SEPARATOR)
        folder = self.plain.get(above)
        if folder is None:
            return "", None
        written = file_spelled(name, file)
        key = folder.key + _folded(written)
        self._require_free(name, key)
        self.files[key] = name
        return folder.path + written, [key]

    def _require_free(self, name: str, key: str) -> None:
        if key in self.files or key in self.folders:
            raise _meeting(name, self.files.get(key) or self.folders[key])

    def _take_folders(self, name: str, parts: tuple[str, ...]) -> list[str]:
        above = [_SEPARATOR.join(parts[:depth]) for depth in range(1, len(parts))]
        new: list[str] = []
        for folder in above:
            folded = _folded(folder)
            met = self.files.get(folded) or self.folders.get(folded, folder)
            if met != folder or folded in self.files:
                self.free(new)
                raise _meeting(name, met)
            if folded not in self.folders:
                self.folders[folded] = folder
                new.append(folded)
        return new

    def free(self, keys: list[str]) -> None:
        """Take places back."""
        self._known.clear()
        self.plain.clear()
        for key in keys:
            self.files.pop(key, None)
            self.folders.pop(key, None)


class Places:
    """Gives each file of a transfer its path, and refuses those that would leave the folder or meet.

    Two names that differ by case, by the spelling of an accent or by invisible characters only are one file on other
    systems: they are refused everywhere, as is a file with the name of a folder. What a name holds that only some
    systems allow is escaped (see `xnat_runtime.transfers.spelling`).
    """

    def __init__(self, target: Path, name_of: NameOf | None = None) -> None:
        """Give places below a folder, which need not exist yet.

        Args:
            target: The folder.
            name_of: The layout, None for the server's own tree.
        """
        self.target = target
        self.name_of = name_of or _as_it_is
        self._taken = _Taken()
        self._reserved: dict[str, str] = {}
        self._tries = threading.local()

    def through(self, name_of: NameOf | None) -> Places:
        """Return places of the same folder for another item, whose layout is its own; none is given twice."""
        other = Places(self.target, name_of)
        other._taken = self._taken
        return other

    def place(self, name: str) -> Path:
        """Return the path of a file; nothing is created.

        Args:
            name: Its name by the server: slashes between folders.

        Raises:
            UnsafeNameError: The name would leave the folder, cannot be a file's, or meets another of this transfer.
        """
        return Path(self.path_of(name))

    def path_of(self, name: str) -> str:
        """Return what `place` does as text: of thousands of small files, paths as objects cost as much as they do."""
        keys: list[str] | None = None
        path = ""
        with self._taken.lock:
            held = self._reserved.pop(name, None)
            if held is None and self.name_of is _as_it_is:
                path, keys = self._taken.beside(name)
        if keys is not None:
            self._undone(lambda: self._taken.free(keys))
            return path
        if held is None:
            return self._new(name)
        self._undone(lambda: self._reserved.setdefault(name, held))
        self._refuse_links(held)
        return held

    def _new(self, name: str) -> str:
        parts = spelled(self._layout_of(name))
        folder = self._folder(parts[:-1])
        path = os.path.join(folder, parts[-1])  # noqa: PTH118 - see path_of
        self._refuse_links(path)
        with self._taken.lock:
            keys = self._taken.take(name, parts)
            above = name.rpartition(_SEPARATOR)[0]
            if above and self.name_of is _as_it_is and folder in self._taken.made:
                self._taken.plain[above] = _Folder(path[: -len(parts[-1])], _folded(_SEPARATOR.join((*parts[:-1], ""))))
        self._undone(lambda: self._taken.free(keys))
        return path

    def reserve(self, name: str) -> Path:
        """Return the path of a file that is going to come; `place` gives it once more, others do not get it."""
        path = self.path_of(name)
        self.put_back(name, path)
        return Path(path)

    def put_back(self, name: str, path: str) -> None:
        """Keep the place of a file that did not come, for another attempt: `place` gives it once more."""
        with self._taken.lock:
            self._reserved[name] = path
        self._undone(lambda: self._reserved.pop(name, None))

    @contextmanager
    def retractable(self) -> Generator[None, None, None]:
        """Free the places again that this thread was given inside a block which failed, for another attempt."""
        before: list[Callable[[], object]] | None = getattr(self._tries, "undo", None)
        undo: list[Callable[[], object]] = []
        self._tries.undo = undo
        try:
            yield
        except BaseException:
            with self._taken.lock:
                for step in reversed(undo):
                    step()
            raise
        else:
            if before is not None:
                before.extend(undo)
        finally:
            self._tries.undo = before

    def make_folder(self, path: str | Path) -> None:
        """Create a folder of a file that has its place.

        Raises:
            TargetExistsError: A file stands where a folder is needed.
        """
        name = os.fspath(path)
        if name in self._taken.made:
            return
        try:
            os.makedirs(name, exist_ok=True)  # noqa: PTH103 - as text, see path_of
        except (FileExistsError, NotADirectoryError):
            msg = f"A file stands where the folder {name} is needed. Remove it, or choose another folder."
            raise TargetExistsError(msg, path=name) from None
        self._taken.made.add(name)

    def make_folder_of(self, path: str | Path) -> None:
        """Create the folder that a file stands in; see `make_folder`."""
        name = os.fspath(path)
        if name[: name.rfind(os.sep)] not in self._taken.made:
            self.make_folder(os.path.dirname(name))  # noqa: PTH120 - as above

    def _folder(self, parts: tuple[str, ...]) -> str:
        """Return a folder; built once, since a path of many parts costs as much as a small file."""
        found = self._taken.paths.get(parts)
        if found is None:
            found = self._taken.paths[parts] = os.fspath(self.target.joinpath(*parts))
        return found

    def _layout_of(self, name: str) -> tuple[str, ...]:
        parts = parts_of(name)
        found = self.name_of(name)
        if found == name:
            return parts
        return found if isinstance(found, tuple) else parts_of(found)

    def _undone(self, step: Callable[[], object]) -> None:
        undo: list[Callable[[], object]] | None = getattr(self._tries, "undo", None)
        if undo is not None:
            undo.append(step)

    def _refuse_links(self, path: str) -> None:
        """A link in place of a folder would lead out of the target."""
        if os.path.dirname(path) in self._taken.made:  # noqa: PTH120 - asked for every file
            return
        for folder in Path(path).parents:
            if folder == self.target or os.fspath(folder) in self._taken.made:
                return
            if folder.is_symlink() or _is_junction(folder):
                msg = f"{folder} is a link; nothing is written through it. Remove it, or choose another folder."
                raise UnsafeNameError(msg, name=os.fspath(folder))


def _as_it_is(name: str) -> str:
    return name


def _folded(name: str) -> str:
    """Return what names have in common that are one file somewhere (case, accents, what macOS does not see)."""
    if name.isascii():
        return name.lower()
    plain = "".join(letter for letter in name if unicodedata.category(letter) != _INVISIBLE)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", plain).casefold())


def _is_junction(path: Path) -> bool:
    # Path.is_junction() came with Python 3.12.
    found: Callable[[], bool] | None = getattr(path, "is_junction", None)
    return found() if found else False


def _meeting(name: str, other: str) -> UnsafeNameError:
    msg = (
        f"The server sent the names {other!r} and {name!r}, which are one file on some systems or in this layout. "
        "Neither is written over the other; choose a layout that tells them apart, or download them one by one."
    )
    return UnsafeNameError(msg, name=name)
