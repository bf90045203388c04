"""How the files of a download travel: chosen from their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

from .options import Strategy


class Sized(Protocol):
    """A file as a table tells of it."""

    @property
    def size(self) -> int | None:
        """Its bytes, None when the table does not tell."""
        ...

    @property
    def scan(self) -> str:
        """The ID of its scan, "" for none."""
        ...


S = TypeVar("S", bound=Sized)

SMALL_BYTES: Final = 2 << 20
"""Mean size below which one archive is preferred to a request for each file.

Measured with 96 MiB in files of equal size on 4 connections: with 20 ms for every request the two ways meet between 1
and 2 MiB (at 256 KiB an archive takes a third of the time); without latency single files win from 1 MiB on, by 0.2 s.
"""


FEW: Final = 3
"""Files up to which an archive saves an upload nothing."""


def chosen(files: Sequence[Sized], wanted: Strategy) -> Strategy:
    """Return "archive" or "files".

    Many small files lose their time to round trips, few large ones to one connection; a file whose size is not known
    counts as small. A single small file is no quicker by itself: its name needs the table of scans, which an
    archive spares.
    """
    if wanted != "auto":
        return wanted
    mean = sum(file.size or 0 for file in files) / max(len(files), 1)
    return "archive" if mean < SMALL_BYTES else "files"


def whole_scans(missing: Iterable[S], every: Iterable[Sized]) -> tuple[list[str], list[S]]:
    """Return the scans of which nothing is there, and the missing files of the others.

    What is left of an interrupted download: whole scans come as an archive again, the rest file by file.
    """
    lacking = list(missing)
    counts: dict[str, int] = {}
    for file in every:
        counts[file.scan] = counts.get(file.scan, 0) + 1
    for file in lacking:
        counts[file.scan] -= 1
    whole = {scan for scan, left in counts.items() if scan and not left}
    return sorted(whole), [file for file in lacking if file.scan not in whole]
