"""Which files of an item are downloaded, by patterns for scans, resources and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

import attrs

from ..objects import XnatObject
from .plan import Listed


@attrs.frozen
class FileChoice:
    """Which files are wanted; all by default, and nothing that is left out.

    A text may hold ``*``, ``?`` and ``[abc]``; case counts. Of several for one attribute one must fit.

    Attributes:
        scans: Types of scans, or whole IDs; files that belong to no scan are not wanted then.
        resources: Labels of resources.
        files: Paths of files below their resources, or their names alone.
        paths: Paths of files below their resources, taken as they are.
        without_scans: Types or IDs of scans that are left out.
        without_resources: Labels of resources that are left out.
        without_files: Paths or names of files that are left out.
    """

    scans: Sequence[str] = ()
    resources: Sequence[str] = ()
    files: Sequence[str] = ()
    paths: Sequence[str] = ()
    without_scans: Sequence[str] = ()
    without_resources: Sequence[str] = ()
    without_files: Sequence[str] = ()

    @property
    def is_of_all(self) -> bool:
        """Whether every file is wanted."""
        return not any(attrs.astuple(self))

    def wants(self, row: Listed, types: Callable[[], Mapping[str, str]]) -> bool:
        """Return whether a file is wanted.

        Args:
            row: The file, as the server's table has it.
            types: Returns the types of scans by their IDs; asked only when patterns for scans are there.
        """
        names = (row.path, row.path.rpartition("/")[2])
        if _fits(self.without_resources, row.resource) or _fits(self.without_files, *names):
            return False
        has_label = not self.resources or _fits(self.resources, row.resource)
        has_name = _fits(self.files, *names) or row.path in self.paths or not (self.files or self.paths)
        return has_label and has_name and self._has_scan(row.scan, types)

    def _has_scan(self, scan: str, types: Callable[[], Mapping[str, str]]) -> bool:
        if not self.scans and not self.without_scans:
            return True
        if not scan:
            return not self.scans
        # The ID of a scan is a small number, which a pattern for types must not find: IDs are compared as they are.
        kind = types().get(scan, "")
        is_left_out = scan in self.without_scans or _fits(self.without_scans, kind)
        return not is_left_out and (not self.scans or scan in self.scans or _fits(self.scans, kind))


EVERY_FILE: Final = FileChoice()
"""The choice of all files."""


@attrs.frozen
class Chosen:
    """An item with a choice of its own among its files.

    Attributes:
        item: A session, scan, resource or other item with files.
        choice: Which of them.
    """

    item: XnatObject
    choice: FileChoice


def _fits(patterns: Iterable[str], *names: str) -> bool:
    """Return whether one of some names fits one of some patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
