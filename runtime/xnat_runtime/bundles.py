"""What an item's files come as when they are asked for together: a zip archive, kept or unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .transport import Request

if TYPE_CHECKING:
    from .objects import XnatObject
    from .progress import Progress
    from .results import DirectoryResult, TransferResult


def zip_of(
    item: XnatObject, path: str, target: str | Path, overwrite: bool, progress: Progress | None
) -> TransferResult:
    """Writes the files below an item to a zip file; ``path`` is that of the files below the item."""
    from .archives import download_zip  # noqa: PLC0415  # transfers are imported when they happen

    return download_zip(item.session.send, _request(item, path), Path(target), overwrite=overwrite, progress=progress)


def unpacked(
    item: XnatObject, path: str, target: str | Path, overwrite: bool, progress: Progress | None
) -> DirectoryResult:
    """Writes the files below an item into a folder; see `zip_of`."""
    from .archives import download_dir  # noqa: PLC0415  # as in zip_of()

    return download_dir(item.session.send, _request(item, path), Path(target), overwrite=overwrite, progress=progress)


def _request(item: XnatObject, path: str) -> Request:
    return Request("GET", item.__xnat_base__() + path, (("format", "zip"),))
