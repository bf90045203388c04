"""Downloads of everything that patterns fit."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from .errors import InvalidValueError, ResponseError, TargetExistsError
from .levels import Level
from .mapping import map_items
from .selecting import select

if TYPE_CHECKING:
    from .objects import XnatObject
    from .patterns import Filters
    from .session import BaseSession
    from .transfers.report import TransferReport

# What the server answers when nothing is selected (rest-data 10.5.3).
_NO_FILES = frozenset({204, 404})


@runtime_checkable
class _Downloaded(Protocol):
    def download_dir(self, target: Path, *, overwrite: bool = False) -> TransferReport: ...


def batch_download(
    session: BaseSession,
    target: Path,
    level: Level[XnatObject],
    wanted: Filters,
    *,
    overwrite: bool,
    logfile: str | Path | None,
    workers: int,
) -> dict[str, int]:
    """Downloads what filters choose; see `BaseSession.batch_download`."""
    items = select(session, None, level, wanted)
    places = _Places()

    def download(item: object) -> int:
        if not isinstance(item, _Downloaded):
            msg = f"{type(item).__name__} cannot be downloaded to a folder"
            raise InvalidValueError(msg)
        try:
            done = item.download_dir(target, overwrite=overwrite)
        except ResponseError as error:
            if error.status in _NO_FILES:
                return 0
            raise
        places.take(done, cast("XnatObject", item).uri)
        return len(done.files)

    return map_items(items, download, level.value, logfile, workers)


class _Places:
    """The files that one run has written, and for which item: items of equal labels have the same places."""

    def __init__(self) -> None:
        self._owners: dict[Path, str] = {}
        self._lock = threading.Lock()

    def take(self, done: TransferReport, uri: str) -> None:
        """Takes note of the files of an item.

        Raises:
            TargetExistsError: One has replaced a file of another item of this run.
        """
        with self._lock:
            owners = [(self._owners.setdefault(file.path, uri), file.path) for file in done.files]
        owner, path = next((one for one in owners if one[0] != uri), (uri, done.path))
        if owner != uri:
            msg = (
                f"{path} is a file of {owner} too, which was replaced: equal labels share a folder, so download one "
                "project (or subject) at a time, each into a folder of its own."
            )
            raise TargetExistsError(msg, path=str(path))
