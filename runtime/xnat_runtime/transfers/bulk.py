"""The files of many objects in one folder: what a query, a listing or any other iterable of objects gives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidValueError
from ..objects import XnatObject
from ..verbose import shown
from .download import Download
from .download_item import connection_of
from .layouts import Layout, as_layout
from .plan import Source
from .sources import sources_of

if TYPE_CHECKING:
    from ..session import BaseSession
    from .events import Observer
    from .options import TransferOptions
    from .report import TransferReport


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

    An object that two of the items stand for is downloaded once. See `XnatSession.download` for the arguments.

    Raises:
        InvalidValueError: One of the items is no object with files below it, or belongs to another connection.
    """
    folder, chosen = Path(target), None if layout is None else as_layout(layout)
    sources = _sources(session, items, chosen)
    with shown(verbose, progress, folder.name) as told:
        download = Download(
            connection_of(session), folder, overwrite=overwrite,
            layout=chosen.template if chosen is not None else "xnat", options=options, observer=told,
            manifest=manifest,
        )  # fmt: skip
        return download.run(sources, empty_ok=True)


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
    return list(found.values())
