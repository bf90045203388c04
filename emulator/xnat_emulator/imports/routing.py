r"""The site's own rules for where DICOM objects belong, which come before the fixed ones (dicom-import 4).

One rule a line: ``(0010,4000):Project-(\w+):1``, with a replacement of the found text where one is wanted:
``(0008,1030):(.*) t:^brain r:neuro``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..dicom.headers import text_at
from ..dicom.routing import Rules, Target
from ..store.archive import Archive
from ..store.config import Place

if TYPE_CHECKING:
    from pydicom import Dataset

_TOOL = "dicom"
_PATHS: dict[Target, str] = {"Project": "projectRules", "Subject": "subjectRules", "Session": "sessionRules"}
_LINE = re.compile(
    r"\((?P<group>[0-9A-Fa-f]{4}),(?P<element>[0-9A-Fa-f]{4})\):(?P<regex>.*?)(?::(?P<number>\d+))?"
    r"(?:\s+t:(?P<target>\S+)\s+r:(?P<replacement>\S*))?\s*"
)
_LONGEST = 4096


class SiteRules:
    """The rules of a site on top of the fixed ones; a study that is assigned to a project goes there."""

    def __init__(self, archive: Archive, fixed: Rules) -> None:
        self._archive = archive
        self._fixed = fixed
        self._texts = {target: archive.config.contents(Place(_TOOL, path)) or "" for target, path in _PATHS.items()}

    def first(self, header: Dataset, target: Target) -> str:
        """Return what the first rule finds, empty when none does."""
        return next(self._site(header, target), "") or self._fixed.first(header, target)

    def project(self, header: Dataset, study: str, reachable: Callable[[str], str | None]) -> str:
        """Return the ID of the first project that the caller can reach, empty when there is none."""
        route = self._archive.studies.get(study)
        named = [*([] if route is None else [route.project]), *self._site(header, "Project")]
        found = next((project for name in named if (project := reachable(name)) is not None), "")
        return found or self._fixed.project(header, reachable)

    def _site(self, header: Dataset, target: Target) -> Iterator[str]:
        for line in self._texts.get(target, "").splitlines():
            found = _LINE.fullmatch(line.strip())
            if found is not None and (text := _applied(found, header)):
                yield text


def _applied(rule: re.Match[str], header: Dataset) -> str:
    text = text_at(header, int(rule["group"], 16), int(rule["element"], 16)) or ""
    try:
        found = re.match(rule["regex"], text[:_LONGEST])
        picked = "" if found is None else found[int(rule["number"] or (1 if found.re.groups else 0))] or ""
        return re.sub(rule["target"], rule["replacement"] or "", picked) if rule["target"] else picked
    except (re.error, IndexError):
        return ""
