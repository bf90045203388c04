"""What an item's files come as when they are asked for together: a zip archive, kept or unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidValueError
from .paths import segment
from .transport import Request

if TYPE_CHECKING:
    from .objects import XnatObject
    from .results import TransferResult
    from .transfers.events import Observer


def zip_of(
    item: XnatObject,
    path: str,
    target: str | Path,
    overwrite: bool,
    progress: Observer | None,
    *,
    verbose: bool = False,
) -> TransferResult:
    """Writes the files below an item to a zip file; ``path`` is that of the files below the item."""
    from .archives import download_zip  # noqa: PLC0415  # transfers are imported when they happen
    from .transfers.persistent import persistently  # noqa: PLC0415  # as above
    from .verbose import shown  # noqa: PLC0415  # as above

    request, place = _request(item, path), Path(target)
    with shown(verbose, progress, place.name) as told:
        return persistently(
            item.session, place.name, told,
            lambda: download_zip(item.session.send, request, place, overwrite=overwrite, progress=told),
        )  # fmt: skip


def scans_path(scan_filter: str) -> str:
    """Returns the path of the files of some scans: of ``ALL``, or of IDs and types, joined by commas.

    Raises:
        InvalidValueError: Nothing is named.
    """
    if not scan_filter.strip():
        msg = "scan_filter= names scans: ALL, or IDs and types joined by commas, such as 1,T1"
        raise InvalidValueError(msg)
    # Commas stay: they part what is chosen (rest-data 10.6).
    return f"/scans/{','.join(segment(part) for part in scan_filter.split(','))}/files"


def _request(item: XnatObject, path: str) -> Request:
    return Request("GET", item.__xnat_base__() + path, (("format", "zip"),))
