"""Whether anything of a download can stand in its target already, found out without asking the server."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import UnsafeNameError
from .plan import Listed, archive_name
from .spelling import spelled


def is_fresh(target: Path, root: str, rows: Iterable[Listed]) -> bool:
    """Return whether none of the files of the server's own tree is there; True is never wrong.

    Args:
        target: The folder.
        root: Folder that the tree begins with.
        rows: The files. The folder of a scan may have any type behind the ID, which the table does not tell.
    """
    try:
        top = target.joinpath(*spelled(tuple(root.split("/"))))
        if not os.path.lexists(top):
            return True
        scans = _scans(top)
        return not any(_may_stand(top, row, scans) for row in rows)
    except (OSError, UnsafeNameError):
        return False


def _scans(top: Path) -> set[str]:
    """Return the IDs that the folders of scans may have."""
    try:
        names = [each.name for each in (top / "scans").iterdir()]
    except FileNotFoundError:
        return set()
    found: set[str] = set()
    for name in (each.casefold() for each in names):
        found.update([name, *(name[:at] for at, character in enumerate(name) if character == "-")])
    return found


def _may_stand(top: Path, row: Listed, scans: set[str]) -> bool:
    if row.scan:
        return spelled((row.scan, "x"))[0].casefold() in scans
    return os.path.lexists(top.joinpath(*spelled(tuple(archive_name("", row, {}).split("/")))))
