"""A scan as a DICOM file set (rest-data 10.7)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..address import find_scan, session
from ..call import Call, Reply
from ..dicom.headers import read_header, text_of
from ..dicom.library import load
from ..errors import StatusError, not_found
from ..formats import archives
from ..formats.archives import Entry
from ..store.blobs import measure
from ..store.database import utc_now
from .replies import attachment

if TYPE_CHECKING:
    from pydicom import Dataset

_NAMED = {
    "PatientID": "0",
    "StudyDate": "19000101",
    "StudyTime": "000000",
    "StudyID": "0",
    "Modality": "OT",
    "SeriesNumber": 0,
    "InstanceNumber": 0,
}
"""What stands in a directory where an image does not say it."""


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
    """Write a file set of the images that can be in one, byte for byte, and tell whether there are any."""
    load()
    from pydicom.errors import InvalidDicomError  # noqa: PLC0415 - only this needs it
    from pydicom.fileset import FileSet  # noqa: PLC0415

    members, originals = FileSet(), dict[str, Path]()
    try:
        for image in images:
            if (header := read_header(image)) is None:
                continue
            with suppress(InvalidDicomError, ValueError, AttributeError, KeyError):
                members.add(_complete(header))  # pyright: ignore[reportUnknownMemberType] - pydicom leaves it open
                originals[str(header.SOPInstanceUID)] = image
        if originals:
            members.write(folder)  # pyright: ignore[reportUnknownMemberType] - as above
            for member in members:
                shutil.copyfile(originals[str(member.SOPInstanceUID)], member.path)
        return bool(originals)
    finally:
        # A file set never removes its own temporary folder, empty as it is.
        members._stage["t"].cleanup()  # pyright: ignore[reportPrivateUsage] - there is no other way


def _complete(header: Dataset) -> Dataset:
    """Return a header with what a directory must name, so that no image is left out for want of it."""
    for keyword, value in _NAMED.items():
        if text_of(header, keyword) is None:
            setattr(header, keyword, value)
    return header


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
