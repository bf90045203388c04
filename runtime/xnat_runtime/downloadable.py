"""What every item with files below it does: they are downloaded together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .bundles import zip_of
from .mounted_object import MountedObject

if TYPE_CHECKING:
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.layouts import Layout
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport


class DownloadableObject(MountedObject):
    """An experiment, assessor, reconstruction, scan or resource."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Observer | None = None, verbose: bool = False
    ) -> TransferResult:
        """Writes the files of the item's resources to one zip file, in XNAT's layout (rest-data 10.6).

        Args:
            target: Path of the zip file to write.
            overwrite: Whether an existing file may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no files.
            TransferError: The archive did not arrive whole; nothing is left at the target.
        """
        return zip_of(self, "/files", target, overwrite, progress, verbose=verbose)

    def download_dir(
        self,
        target: str | Path,
        *,
        layout: Layout | str | None = None,
        overwrite: bool = False,
        manifest: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
        verbose: bool = False,
    ) -> TransferReport:
        """Writes the files of the item's resources below a folder, in the layout of `download`.

        Files that stand there with the right bytes are skipped, so that an interrupted download goes on where it
        stopped.

        Args:
            target: The folder; it is created when it does not exist.
            layout: How the files are arranged: ``xnat`` (the default), ``flat``, or a template such as
                ``{subject}/{session}/{scan}-{type}/{file}``; see `xnat_runtime.transfers.layouts.Layout`.
            overwrite: Whether files with other bytes may be replaced.
            manifest: Whether ``manifest.json`` is written, which tells what the folder holds and checks it later.
            options: Workers, retries, strategy and limits; see `xnat_runtime.transfers.options.TransferOptions`.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no files.
            TargetExistsError: A file with other bytes is there and ``overwrite`` is not set.
            UnsafeNameError: A name of the server would leave the folder.
            TransferError: Files did not arrive as announced, after all attempts; what came stays.
        """
        from .transfers.download_item import download_into  # noqa: PLC0415  # transfers are imported when they happen

        return download_into(
            self, target, layout=layout, overwrite=overwrite, manifest=manifest, options=options,
            progress=progress, verbose=verbose,
        )  # fmt: skip
