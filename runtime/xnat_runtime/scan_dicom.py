"""The DICOM files of a scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import UsageError

if TYPE_CHECKING:
    from .archive import ScanObject
    from .files import FileData


def files_of(scan: ScanObject) -> Iterator[FileData]:
    """Yields the files in resources that are named or formatted DICOM; one request."""
    return (file for file in scan.files if "DICOM" in {file.collection, file.file_format})


def first_of(scan: ScanObject) -> FileData:
    """Returns the first of these files.

    Raises:
        UsageError: The scan has none.
    """
    for file in files_of(scan):
        return file
    raise no_files(scan)


def no_files(scan: ScanObject) -> UsageError:
    """Returns the error for a scan without such files."""
    return UsageError(f"{scan.uri} has no file in a resource DICOM")
