"""The files of many objects in one folder: what a query, a listing or any other iterable of objects gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValueError
from ..objects import XnatObject
from ..verbose import shown
from .download import Download
from .download_item import connection_of
from .layouts import Layout, as_layout
from .manifest_items import describe
from .options import TransferOptions
from .plan import Source
from .sources import sources_of

if TYPE_CHECKING:
    from ..session import BaseSession
    from .events import Observer
    from .report import TransferReport


_RESOURCE: Final = re.compile(r"/resources/[^/]+/files\Z")
_SCAN: Final = re.compile(r"/scans/[^/]+/files\Z")


def download_all(
    session: BaseSession,
    items: Iterable[object],
    target: str | Path,
    *,
    layout: Layout | str | None = None,
    overwrite: bool = False,
    manifest: bool = True,
    options: TransferOptions | None = None,
    progress: Observer | None = None,
    verbose: bool = False,
) -> TransferReport:
    """Download the files of many objects into one folder, several at once, and return what came of them.

    An object that two of the items stand for, or that lies in another of them, is downloaded once. See
    `XnatSession.download` for the arguments.

    Raises:
        InvalidValueError: One of the items is no object with files below it, or belongs to another connection.
    """
    folder, chosen = Path(target), None if layout is None else as_layout(layout)
    wanted = list(items)
    sources = _sources(session, wanted, chosen)
    with shown(verbose, progress, folder.name) as told:
        download = Download(
            connection_of(session), folder, overwrite=overwrite,
            layout=chosen.template if chosen is not None else "xnat", options=options, observer=told,
            manifest=manifest,
        )  # fmt: skip
        report = download.run(sources, empty_ok=True)
    if manifest:
        workers = (options or TransferOptions()).workers
        describe(folder, [item for item in wanted if isinstance(item, XnatObject)], workers=workers)
    return report


def _sources(session: BaseSession, items: Iterable[object], layout: Layout | None) -> list[Source]:
    found: dict[str, Source] = {}
    for item in items:
        if not isinstance(item, XnatObject):
            msg = f"download() takes objects with files, such as imaging sessions or scans, not {type(item).__name__}."
            raise InvalidValueError(msg)
        if item.session is not session:
            msg = f"{item!r} belongs to another connection: download it with that one."
            raise InvalidValueError(msg)
        for source in sources_of(item, layout=layout):
            found.setdefault(source.files, source)
    return [source for files, source in found.items() if not any(each in found for each in _above(files))]


def _above(files: str) -> list[str]:
    """Return the collections that hold all files of another one: those of a session, of its scans, of a scan."""
    owner = _RESOURCE.sub("/files", files)
    names = [owner, _SCAN.sub("/scans/ALL/files", owner)]
    return [name for name in dict.fromkeys(names) if name != files]
