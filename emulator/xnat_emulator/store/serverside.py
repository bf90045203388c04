"""Files on the machine of the server that requests may name: only what lies below ``server/`` in the data folder.

A path such as ``/incoming/scan`` means ``<data folder>/server/incoming/scan``; one that starts with the real place of
that folder means the same. Nothing else of the machine can be named.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def root(data: Path) -> Path:
    """Return the folder of an archive whose contents requests may name."""
    return data / "server"


def locate(data: Path, name: str) -> Path | None:
    """Return the file or folder that a server path means, None when there is none to be had.

    Args:
        data: Folder of the archive.
        name: Absolute path as a request gives it.
    """
    base = root(data).resolve()
    relative = name.removeprefix(str(base)).lstrip("/")
    try:
        found = (base / relative).resolve()
        return found if found.is_relative_to(base) and found.exists() else None
    except (OSError, ValueError):
        return None


def walk(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a folder with its path below it, by name; a file yields itself with its name."""
    if path.is_file():
        yield path.name, path
        return
    for found in sorted(path.rglob("*")):
        if found.is_file() and not found.is_symlink():
            yield found.relative_to(path).as_posix(), found
