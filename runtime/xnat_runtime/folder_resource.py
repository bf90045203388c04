"""What a resource does with whole folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .archive_item import ArchiveObject

if TYPE_CHECKING:
    from .folder_uploads import UploadMethod
    from .progress import Progress
    from .results import TransferResult


class FolderObject(ArchiveObject):
    """Takes the files of a folder of this machine."""

    def upload_dir(
        self,
        directory: str | Path,
        overwrite: bool = False,
        method: UploadMethod = "tar",
        *,
        progress: Progress | None = None,
    ) -> TransferResult:
        """Uploads the files of a folder and of the folders in it, empty ones included, and returns the bytes sent.

        Args:
            directory: The folder; the files get their paths below it.
            overwrite: Whether files that exist may be replaced.
            method: ``tar`` and ``zip`` are one request each, made while they are sent, without a temporary file;
                ``zip`` also for servers before 1.8, which unpack nothing else (rest-data 10.4.7). ``tgz`` is packed
                into a temporary file first. ``per_file`` is one request a file. xnatpy's names are taken too.
            progress: Called with the bytes so far, and all bytes where they are known.

        Raises:
            InvalidValueError: There is no such folder or method, or there are no files.
            ConflictError: Files of these paths exist and ``overwrite`` is not set.
        """
        from .folder_uploads import upload_folder  # noqa: PLC0415  # transfers are imported when they happen

        send = self.session.send
        return upload_folder(send, self.uri, Path(directory), method=method, overwrite=overwrite, progress=progress)
