"""Compares the package on disk with what it should be, and writes what differs."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from .errors import CodegenError, Source
from .view.package import MARKER, SITE_MARKER

PLAIN_FILES = frozenset({"py.typed"})
"""Files of the package that carry no marker line, since they are empty."""

INDEXES = frozenset({"_registry.py", "listings.py", "models/__init__.py"})
"""Files that tell the others where things are."""

MARKERS = frozenset({MARKER.encode(), SITE_MARKER.encode()})
"""First lines of files that were generated."""

TEMPORARY = ".xnat-codegen-"
"""How the name of a file that is still being written begins."""


@attrs.frozen
class Changes:
    """What differs between a folder and the package that belongs there.

    Attributes:
        written: Path below the folder -> the new text.
        deleted: Generated files that are no longer part of the package.
    """

    written: Mapping[str, str]
    deleted: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.written or self.deleted)


def compare(target: Path, files: Mapping[str, str]) -> Changes:
    """Returns what to do so that a folder holds exactly these generated files.

    Raises:
        CodegenError: Something in the way was not generated, or cannot be read.
    """
    written = {path: text for path, text in files.items() if _current(target / path) != text}
    for path in written:
        _refuse_foreign(target / path, path)
    return Changes(written, tuple(path for path in _generated(target) if path not in files))


def _current(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _refuse_foreign(path: Path, name: str) -> None:
    if path.is_dir() or (name not in PLAIN_FILES and path.exists() and not _is_ours(path)):
        raise CodegenError("was not generated and is in the way: move it or name another --out", Source(str(path)))


def _is_ours(path: Path) -> bool:
    return path.stat().st_size == 0 or _has_marker(path)


def _has_marker(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.readline().rstrip() in MARKERS
    except OSError as error:
        raise CodegenError(f"cannot be read: {error.strerror}", Source(str(path))) from None


def _generated(target: Path) -> Iterator[str]:
    for path in sorted(target.rglob("*.py")):
        if path.is_file() and not path.is_symlink() and _has_marker(path):
            yield path.relative_to(target).as_posix()


def write(target: Path, changes: Changes) -> None:
    """Writes and deletes; each file is replaced as a whole.

    A run that is cut short leaves a package that works: new files come first, since nothing refers to them yet, then
    the indexes that name them, then the files that use them; what is no longer used goes last.

    Raises:
        CodegenError: The folder cannot be written.
    """
    for path in sorted(changes.written, key=lambda one: (*_turn(target, one), one)):
        replace_file(target / path, changes.written[path].encode())
    for path in changes.deleted:
        delete(target / path)
    for leftover in target.rglob(f"{TEMPORARY}*"):
        delete(leftover)


def _turn(target: Path, path: str) -> tuple[bool, bool]:
    return (target / path).exists(), path not in INDEXES


def delete(path: Path) -> None:
    """Deletes a file, if it is there.

    Raises:
        CodegenError: The folder cannot be written.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CodegenError(f"cannot be deleted: {error.strerror}", Source(str(path))) from None


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file so that readers see the old one or the new one, never a part.

    Raises:
        CodegenError: The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise CodegenError(f"cannot be written: {error.strerror}", Source(str(path))) from None


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def diff(target: Path, changes: Changes) -> Iterator[str]:
    """Yields the lines of a unified diff from what is on disk to what should be."""
    for path in sorted({*changes.written, *changes.deleted}):
        before = (_current(target / path) or "").splitlines(keepends=True)
        after = changes.written.get(path, "").splitlines(keepends=True)
        yield from difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
