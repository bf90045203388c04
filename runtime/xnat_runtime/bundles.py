"""What an item's files come as when they are asked for together: a zip archive, kept or unpacked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidValueError
from .paths import segment
from .transport import Request

if TYPE_CHECKING:
    from .objects import XnatObject
    from .results import TransferResult
    from .session import BaseSession
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
    uri = item.__xnat_base__() + path
    if os.environ.get("XNAT_DATA") and (done := _mounted(item, uri, Path(target), overwrite, progress)) is not None:
        return done
    return zip_at(item.session, uri, Path(target), overwrite, progress, verbose=verbose)


def _mounted(
    item: XnatObject, uri: str, target: Path, overwrite: bool, progress: Observer | None
) -> TransferResult | None:
    """Writes the zip of what a mounted archive holds, None when any of it has to travel."""
    from .transfers.mount_zip import zip_from_mount  # noqa: PLC0415  # few programs run beside an archive
    from .transfers.sources import source_at  # noqa: PLC0415  # as above

    return zip_from_mount(item.session, source_at(item, uri), target, overwrite=overwrite, progress=progress)


def zip_at(
    session: BaseSession,
    uri: str,
    place: Path,
    overwrite: bool,
    progress: Observer | None,
    *,
    verbose: bool = False,
) -> TransferResult:
    """Writes the archive of a path to a zip file; one that breaks off or is damaged is asked for again."""
    from .archives import download_zip  # noqa: PLC0415  # transfers are imported when they happen
    from .transfers.persistent import persistently  # noqa: PLC0415  # as above
    from .verbose import shown  # noqa: PLC0415  # as above

    request = Request("GET", uri, (("format", "zip"),))
    with shown(verbose, progress, place.name) as told:
        return persistently(
            session, place.name, told,
            lambda: download_zip(session.send, request, place, overwrite=overwrite, progress=told),
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
