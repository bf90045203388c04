"""The files of an object in a folder: what its `download_dir` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..verbose import shown
from .download import Connection, Download
from .layouts import Layout, as_layout
from .manifest_items import describe
from .options import TransferOptions
from .sources import sources_of

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession
    from .events import Observer
    from .report import TransferReport


def download_into(
    item: XnatObject,
    target: str | Path,
    *,
    scan_filter: str = "ALL",
    layout: Layout | str | None = None,
    overwrite: bool = False,
    manifest: bool = False,
    options: TransferOptions | None = None,
    progress: Observer | None = None,
    verbose: bool = False,
    empty_ok: bool = False,
) -> TransferReport:
    """Download the files of an object into a folder and return what came of it.

    Args:
        item: A project, subject, experiment, scan, assessor, reconstruction or resource.
        target: The folder; it is created when it does not exist.
        scan_filter: Which scans of an imaging session.
        layout: How the files are arranged; None for the server's tree.
        overwrite: Whether files with other bytes may be replaced.
        manifest: Whether ``manifest.json`` is written.
        options: How it is done.
        progress: Told of what happens.
        verbose: Whether to tell on stderr how far it is.
        empty_ok: Whether items without files are left out, and no error.

    Raises:
        NotFoundError: There are no files.
        TargetExistsError: A file with other bytes is there and may not be replaced.
        UnsafeNameError: A name of the server would leave the folder.
        TransferError: Files did not arrive as announced.
        ResponseError: The server refused.
    """
    folder = Path(target)
    chosen = None if layout is None else as_layout(layout)
    with shown(verbose, progress, folder.name) as told:
        download = Download(
            connection_of(item.session), folder, overwrite=overwrite,
            layout=chosen.template if chosen is not None else "xnat", options=options, observer=told,
            manifest=manifest,
        )  # fmt: skip
        report = download.run(sources_of(item, scan_filter, layout=chosen), empty_ok=empty_ok)
    if manifest:
        describe(folder, [item], workers=(options or TransferOptions()).workers)
    return report


def connection_of(session: BaseSession) -> Connection:
    """Return what a download asks, of a login: its transfers share its connections."""
    return Connection(session.send, session.get_json, session.server, session.__xnat_transfers__)
