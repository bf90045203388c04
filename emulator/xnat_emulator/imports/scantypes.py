"""Quality and type of archived scans (dicom-import 38 and 39)."""

from __future__ import annotations

import re

from ..datamodel.values import Value
from ..dicom.routing import described
from ..store.archive import Archive
from ..store.config import Place
from ..store.node import Node

_QUALITIES = "scan-quality"
_IGNORED = re.compile(r"[\s_*-]")


def describe_scans(archive: Archive, project: str, scans: list[Node]) -> None:
    """Give scans missing quality and type, and take ``INVALID: `` off their descriptions (dicom-import 14, 38, 39)."""
    quality = default_quality(archive, project)
    known = _Known(archive, project) if archive.project_settings.get(project, "scan_type_mapping") == "true" else None
    for scan in scans:
        if (description := scan.text("series_description")) != described(description):
            scan.values["series_description"] = described(description)
        if not scan.text("quality"):
            scan.values["quality"] = quality
        if not scan.text("type"):
            scan.values["type"] = (known.type_of(scan) if known is not None else "") or plain_type(scan)


def plain_type(scan: Node) -> str:
    """Return the type of a scan that none resembles: its description."""
    return scan.text("series_description") or "unknown"


def default_quality(archive: Archive, project: str) -> str:
    """Return the first label of the list of qualities, ``usable`` by default."""
    places = [Place(_QUALITIES, "labels", project), Place(_QUALITIES, "labels", "")]
    stored = next((text for place in places if (text := archive.config.contents(place))), "")
    labels = [part.strip() for part in re.split(r"[,\n]", stored)]
    return next((label for label in labels if label), "usable")


class _Known:
    """Types of the scans a project has already, by description."""

    def __init__(self, archive: Archive, project: str) -> None:
        self._database = archive.database
        self._project = project
        self._types: dict[str, list[tuple[str, Value | None, str]]] | None = None

    def type_of(self, scan: Node) -> str:
        """Return the type of an earlier scan of equal description: equal ``frames`` first, for MR equal images too."""
        key = _key(scan.text("series_description"))
        found = self._read().get(key, []) if key else []
        alike = [one for one in found if one[1] == scan.values.get("frames")]
        exact = [one for one in alike if one[2] == scan.text("parameters/imageType")]
        return next((one[0] for one in [*exact, *alike, *found]), "")

    def _read(self) -> dict[str, list[tuple[str, Value | None, str]]]:
        if self._types is None:
            sql = (
                "SELECT DISTINCT json_extract(document, '$.v.series_description'), json_extract(document, '$.v.type'), "
                "json_extract(document, '$.v.frames'), json_extract(document, '$.v.\"parameters/imageType\"') "
                "FROM items WHERE kind = 'scan' AND project = ? ORDER BY row"
            )
            self._types = {}
            for description, kind, frames, image in self._database.rows(sql, (self._project,)):
                if description and kind:
                    row = (str(kind), frames if isinstance(frames, int) else None, str(image or ""))
                    self._types.setdefault(_key(str(description)), []).append(row)
        return self._types


def _key(description: str) -> str:
    return _IGNORED.sub("", description).upper()
