"""What a resource does with whole folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .archive_item import ArchiveObject

if TYPE_CHECKING:
    from .folder_uploads import UploadMethod
    from .transfers.events import Observer
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport
    from .transfers.upload_plan import Links
    from .transfers.upload_present import IfExists


class FolderObject(ArchiveObject):
    """Takes the files of a folder of this machine."""

    def upload_dir(
        self,
        directory: str | Path,
        overwrite: bool = False,
        method: UploadMethod = "auto",
        *,
        if_exists: IfExists | None = None,
        links: Links = "files",
        state: str | Path | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> TransferReport:
        """Uploads the files of a folder and of the folders in it, empty ones included, and returns what came of them.

        The resource is listed first, so that nothing is sent when files are in the way, and once more at the end, to
        compare what arrived. When an upload was interrupted, the same call goes on: what the
        server has with the right bytes stays, whatever ``if_exists`` says.

        Args:
            directory: The folder; the files get their paths below it.
            overwrite: Whether files that exist may be replaced; the same as ``if_exists="overwrite"``.
            method: ``auto`` sends many small files as one archive and large ones by themselves, several at once.
                ``tar`` and ``zip`` are archives made while they are sent, without a temporary file; ``zip`` also for
                servers before 1.8, which unpack nothing else (rest-data 10.4.7). ``tgz`` is packed into a temporary
                file first. ``per_file`` is one request a file. xnatpy's names are taken too.
            if_exists: What becomes of files whose paths are taken: ``error`` (default), ``skip``, ``overwrite``, or
                ``skip_if_same``, where only files with the same size and MD5 may be there.
            links: ``files`` follows links to files; links to folders and those that lead nowhere are left out and
                stand in the report. ``follow`` follows links to folders too, ``skip`` none, ``error`` refuses them.
            state: Folder that remembers what is done while the upload is not complete, never the uploaded one;
                ``$XDG_STATE_HOME/xnat-sdk`` or ``~/.local/state/xnat-sdk`` by default.
            options: Connections, retries, verification, and whether failures raise.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            InvalidValueError: There is no such folder or method, there are no files, or names that no server keeps.
            ConflictError: Files of these paths exist; names them. Nothing was sent.
            TransferError: A file changed while it was sent, or the server has not what was sent: not even a refusal
                comes where an account may not edit (rest-data 10.4.11).
        """
        from .folder_uploads import upload_folder  # noqa: PLC0415  # transfers are imported when they happen

        return upload_folder(
            self.session, self.uri, Path(directory), method=method, if_exists=if_exists, overwrite=overwrite,
            links=links, state=Path(state) if state is not None else None, options=options, progress=progress,
            label=str(self.__xnat_row__.get("label") or ""),
        )  # fmt: skip
