"""Which series a site or a project does not want to receive (dicom-import 88).

A filter is the configuration ``config`` of tool ``seriesImportFilter``: JSON with ``mode`` (``blacklist`` or
``whitelist``), ``enabled`` and ``list``, a regular expression a line. They are searched for in the series description,
whatever the case, or in the attribute that a line such as ``[Modality]`` named before.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dicom.headers import text_of
from ..store.archive import Archive
from ..store.config import Place
from ..store.node import JsonValue

if TYPE_CHECKING:
    from pydicom import Dataset

_TOOL, _PATH = "seriesImportFilter", "config"
_DESCRIPTION = 0x0008103E
_LONGEST = 4096


@dataclass(frozen=True)
class SeriesFilter:
    """One filter.

    Attributes:
        accepting: What matches is received, and nothing else; otherwise what matches is not.
        patterns: Tag -> regular expressions; ``EXISTS`` and ``!EXISTS`` ask for the attribute alone.
    """

    accepting: bool
    patterns: tuple[tuple[int, str], ...]

    def takes(self, header: Dataset) -> bool:
        """Tell whether an object is received."""
        return any(_matches(header, tag, pattern) for tag, pattern in self.patterns) is self.accepting


def filters_of(archive: Archive, project: str) -> list[SeriesFilter]:
    """Return the filters that count for a project: the site's and its own."""
    places = [Place(_TOOL, _PATH), *([Place(_TOOL, _PATH, project)] if project else [])]
    found = (_parsed(archive.config.contents(place)) for place in places)
    return [one for one in found if one is not None]


def _parsed(text: str | None) -> SeriesFilter | None:
    """Return a filter, None for one that is off or of a kind that only a script can judge."""
    try:
        decoded: JsonValue = json.loads(text or "")
    except ValueError:
        return None
    said = decoded if isinstance(decoded, dict) else {}
    mode = str(said.get("mode", "")).lower()
    if mode not in {"blacklist", "whitelist"} or str(said.get("enabled", "")).lower() != "true":
        return None
    return SeriesFilter(mode == "whitelist", tuple(_patterns(str(said.get("list", "")))))


def _patterns(text: str) -> list[tuple[int, str]]:
    tag, found = _DESCRIPTION, list[tuple[int, str]]()
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            tag = _tag(line[1:-1])
        elif line and not line.startswith("#"):
            found.append((tag, line))
    return found


def _tag(name: str) -> int:
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - slow to load

    digits = re.sub(r"[(),\s]", "", name)
    known = tag_for_keyword(name.strip())
    return known if known is not None else int(digits, 16) if re.fullmatch("[0-9A-Fa-f]{8}", digits) else 0


def _matches(header: Dataset, tag: int, pattern: str) -> bool:
    if pattern in {"EXISTS", "!EXISTS"}:
        return (tag in header) is (pattern == "EXISTS")
    if tag not in header:
        return False
    try:
        return re.search(pattern, (text_of(header, tag) or "")[:_LONGEST], re.IGNORECASE) is not None
    except re.error:
        return False
