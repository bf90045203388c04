"""What every item with files below it does: they are downloaded together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .archive_item import ArchiveObject
from .bundles import unpacked, zip_of

if TYPE_CHECKING:
    from .progress import Progress
    from .results import DirectoryResult, TransferResult


class DownloadableObject(ArchiveObject):
    """An experiment, assessor, reconstruction, scan or resource."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None, verbose: bool = False
    ) -> TransferResult:
        """Writes the files of the item's resources to one zip file, in XNAT's layout (rest-data 10.6).

        Args:
            target: Path of the zip file to write.
            overwrite: Whether an existing file may be replaced.
            progress: Called with the bytes so far and the total, which is not known here.
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no files.
            TransferError: The archive did not arrive whole; nothing is left at the target.
        """
        return zip_of(self, "/files", target, overwrite, progress, verbose=verbose)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None, verbose: bool = False
    ) -> DirectoryResult:
        """Writes the files of the item's resources below a folder, in the layout of `download`.

        Args:
            target: The folder; it is created when it does not exist.
            overwrite: Whether existing files may be replaced.
            progress: Called with the bytes of the archive so far; all bytes are unknown.
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no files.
            TargetExistsError: A file exists and ``overwrite`` is not set; none was written.
            UnsafeNameError: A name of the archive would leave the folder; none was written.
            TransferError: The archive did not arrive whole.
        """
        return unpacked(self, "/files", target, overwrite, progress, verbose=verbose)
