"""A scan as a DICOM file set (rest-data 10.7)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from .. import archives
from ..archives import Entry
from ..call import Call, Reply
from ..dicom.library import load
from ..errors import StatusError, not_found
from ..store.blobs import measure
from ..store.database import utc_now
from .address import find_scan, session
from .replies import attachment


def send_dicomdir(call: Call) -> Reply:
    """``GET .../scans/N/DICOMDIR``: a zip with a DICOMDIR and the images of resources whose format is DICOM."""
    scan = find_scan(call, session(call))
    if scan is None:
        raise not_found("scan")
    resources = [one for one in call.archive.items.owned(scan, "resource") if one.node.text("format") == "DICOM"]
    blobs = [file.blob for one in resources for file in call.archive.files.of(one.row)]
    folder = tempfile.TemporaryDirectory(prefix="xnat-emulator-")
    try:
        if not blobs or not _write(Path(folder.name), [call.archive.files.blobs.path(blob.name) for blob in blobs]):
            raise StatusError(404, "The scan has no DICOM files.")
    except BaseException:
        folder.cleanup()
        raise
    headers = [("Content-Disposition", attachment(f"{scan.id}.zip"))]
    return Reply(200, _Sent(folder, archives.level(call)), "application/zip", headers)


def _write(folder: Path, images: list[Path]) -> bool:
    """Write a file set of the images that can be in one, and tell whether there are any."""
    load()
    from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - only this needs it
    from pydicom.fileset import FileSet  # noqa: PLC0415

    members = FileSet()
    try:
        for image in images:
            with suppress(InvalidDicomError, ValueError, AttributeError, KeyError):
                members.add(image)  # pyright: ignore[reportUnknownMemberType] - pydicom leaves a part of it open
        if len(members) > 0:
            members.write(folder)  # pyright: ignore[reportUnknownMemberType] - as above
        return len(members) > 0
    finally:
        # A file set never removes its own temporary folder, empty as it is.
        members._stage["t"].cleanup()  # pyright: ignore[reportPrivateUsage] - there is no other way


class _Sent:
    """The zip of a folder that goes with it."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str], level: int) -> None:
        self._folder = folder
        self._level = level

    def __iter__(self) -> Iterator[bytes]:
        top = Path(self._folder.name)
        paths = sorted(path for path in top.rglob("*") if path.is_file())
        entries = (_entry(top, path) for path in paths)
        return archives.gathered(archives.zip_stream(entries, self._level))

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


def _entry(top: Path, path: Path) -> Entry:
    size, _, crc = measure(path)
    return Entry(path.relative_to(top).as_posix(), path, size, crc, datetime.fromisoformat(utc_now()))
