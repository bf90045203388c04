"""The files of many objects in one folder: what a query, a listing or any other iterable of objects gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import InvalidValueError
from ..objects import XnatObject
from ..verbose import shown
from .download import Download
from .download_item import connection_of
from .file_choice import EVERY_FILE, Chosen, FileChoice
from .layouts import Layout, as_layout
from .manifest_items import describe
from .options import TransferOptions
from .plan import Listed, Source
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
    choice: FileChoice = EVERY_FILE,
) -> TransferReport:
    """Download the files of many objects into one folder, several at once, and return what came of them.

    An object that two of the items stand for, or that lies in another of them, is downloaded once. See
    `XnatSession.download` for the arguments; an item may be `Chosen`, with a choice of its own among its files, which
    for all others is ``choice``.

    Raises:
        InvalidValueError: One of the items is no object with files below it, or belongs to another connection.
    """
    folder, chosen = Path(target), None if layout is None else as_layout(layout)
    wanted = [each if isinstance(each, Chosen) else Chosen(_object(session, each), choice) for each in items]
    sources = sources_for(wanted, chosen)
    with shown(verbose, progress, folder.name) as told:
        download = Download(
            connection_of(session), folder, overwrite=overwrite,
            layout=chosen.template if chosen is not None else "xnat", options=options, observer=told,
            manifest=manifest,
        )  # fmt: skip
        report = download.run(sources, empty_ok=True)
    if manifest:
        workers = (options or TransferOptions()).workers
        describe(folder, [each.item for each in wanted], workers=workers)
    return report


def _object(session: BaseSession, item: object) -> XnatObject:
    if not isinstance(item, XnatObject):
        msg = f"download() takes objects with files, such as imaging sessions or scans, not {type(item).__name__}."
        raise InvalidValueError(msg)
    if item.session is not session:
        msg = f"{item!r} belongs to another connection: download it with that one."
        raise InvalidValueError(msg)
    return item


def sources_for(wanted: Iterable[Chosen], layout: Layout | None = None) -> list[Source]:
    """Return the sources of items, each once, and none that lies in another one; one request a project or subject."""
    found: dict[str, Source] = {}
    choices: dict[str, list[FileChoice]] = {}
    for each in wanted:
        for source in sources_of(each.item, layout=layout):
            found.setdefault(source.files, source)
            choices.setdefault(source.files, []).append(each.choice)
    left = [files for files in found if not any(each in found for each in _above(files))]
    return [_limited(found[files], choices[files]) for files in left]


def _limited(source: Source, choices: list[FileChoice]) -> Source:
    """Return a source with what any of some choices wants of it."""
    if any(each.is_of_all for each in choices):
        return source

    def wants(row: Listed) -> bool:
        return any(each.wants(row, source.types) for each in choices)

    return attrs.evolve(source, wants=wants)


def _above(files: str) -> list[str]:
    """Return the collections that hold all files of another one: those of a session, of its scans, of a scan."""
    owner = _RESOURCE.sub("/files", files)
    names = [owner, _SCAN.sub("/scans/ALL/files", owner)]
    return [name for name in dict.fromkeys(names) if name != files]
