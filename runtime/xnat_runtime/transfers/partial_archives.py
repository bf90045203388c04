"""The requests for what is missing of an item: all of it, or the scans of which nothing is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..paths import segment
from ..transport import Request
from .options import Strategy
from .plan import Listed, Source, archive_of
from .strategy import chosen, whole_scans

_SCANS: Final = re.compile(r"\A(?P<session>.*)/scans/[^/]+/files\Z", re.S)
_PER_REQUEST: Final = 100
"""Scans named in one address, which servers and proxies take up to about 8,000 characters of."""


def requests_for(
    source: Source, missing: Mapping[str, Listed], rows: Sequence[Listed], strategy: Strategy
) -> list[Request]:
    """Return the archives to ask for; what they do not hold travels file by file.

    Args:
        source: The item.
        missing: The rows of the files that must travel.
        rows: The rows of all its files.
        strategy: How they are to travel.
    """
    left = list(missing.values())
    if len(left) == len(rows):
        return [source.archive()] if chosen(left, strategy) == "archive" else []
    found = _SCANS.match(source.files)
    if found is None:
        return []
    # A comma parts the scans of a request (rest-data 10.6), so that a scan with one in its ID cannot be asked for.
    scans = [scan for scan in whole_scans(left, rows)[0] if "," not in scan]
    of_scans = [row for row in left if row.scan in set(scans)]
    if not of_scans or chosen(of_scans, strategy) != "archive":
        return []
    return [archive_of(f"{found['session']}/scans/{names}/files") for names in _joined(scans)]


def _joined(scans: Sequence[str]) -> Iterable[str]:
    for at in range(0, len(scans), _PER_REQUEST):
        yield ",".join(segment(scan) for scan in scans[at : at + _PER_REQUEST])
