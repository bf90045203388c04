"""Session and scan fields from DICOM headers, folded over all files (dicom-import sections 3 to 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..datamodel.schema import DataModel
from ..datamodel.values import Value, ValueRefused, convert
from ..store.node import Node
from . import tables
from .headers import framed_text, frames_of, text_of
from .readers import Reader, contrast_agent, field_strength, numbers, orientation

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["ScanFold", "SessionFold", "field_strength", "orientation", "scan_values", "session_values"]

_JOINED = frozenset({"scanner"})
"""Fields whose distinct values are joined with a comma; all others need exactly one (dicom-import 23, section 4)."""


@dataclass
class Fold:
    """Collects the distinct values of fields over many headers, one header at a time."""

    readers: Mapping[str, Reader]
    found: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])

    def add(self, dataset: Dataset) -> None:
        """Take the values of one more header."""
        for path, read in self.readers.items():
            text = read(dataset)
            if text is not None:
                self.found.setdefault(path, set()).add(text)

    def one(self, path: str) -> str | None:
        """Return a field's only value as text; several count as none but for joined fields."""
        distinct = sorted(self.found.get(path, ()))
        if len(distinct) > 1 and path not in _JOINED:
            return None
        return ",".join(distinct) or None

    def many(self) -> list[str]:
        """Return the fields that have several values and therefore none."""
        return sorted(path for path, texts in self.found.items() if len(texts) > 1 and path not in _JOINED)

    def values(self, model: DataModel, xsi_type: str) -> dict[str, Value]:
        """Return the fields of a type; what does not fit its field is left out."""
        fields = model.type(xsi_type).fields
        values: dict[str, Value] = {}
        for path in self.readers:
            text = self.one(path)
            if path not in fields or text is None:
                continue
            try:
                values[path] = convert(text, fields[path])
            except ValueRefused:
                continue
        return values


class SessionFold:
    """Fields of a session over the files of its study."""

    def __init__(self) -> None:
        self._fold = Fold(tables.SESSION)
        self._comments = Fold({"studyComments": tables.STUDY_COMMENTS})

    def add(self, dataset: Dataset) -> None:
        """Take one more file."""
        self._fold.add(dataset)
        self._comments.add(dataset)

    def one(self, path: str) -> str | None:
        """Return a field's only value as text."""
        return self._fold.one(path)

    def many(self) -> list[str]:
        """Return the fields that have several values and therefore none."""
        return self._fold.many()

    def fill(self, model: DataModel, node: Node) -> None:
        """Write the fields into a session's node."""
        node.values.update(self._fold.values(model, node.xsi_type))
        comments = self._comments.one("studyComments")
        if comments is not None:
            values: dict[str, Value] = {"name": "studyComments", "field": comments}
            node.children["fields/field"] = [Node("xnat:experimentData_field", values)]


class ScanFold:
    """Fields of a scan over the files of its series."""

    def __init__(self, xsi_type: str) -> None:
        self.xsi_type = xsi_type
        self._fold = Fold(tables.scan_table(xsi_type))
        self._agents: set[str] = set()
        self._spots: set[str] = set()
        self._echoes: dict[str, set[str]] = {}
        self.frames = 0

    def add(self, dataset: Dataset, *, primary: bool = True) -> None:
        """Take one more file; ``frames`` counts those of primary files (dicom-import 37)."""
        self._fold.add(dataset)
        self.frames += frames_of(dataset) if primary else 0
        if (agent := contrast_agent(dataset)) is not None:
            self._agents.add(agent)
        if self.xsi_type == "xnat:ctScanData":
            self._spots.update((framed_text(dataset, "FocalSpots") or "").split("\\"))
        if self.xsi_type == "xnat:mrScanData" and (number := text_of(dataset, "EchoNumbers")) is not None:
            self._echoes.setdefault(number, set()).add(framed_text(dataset, "EchoTime") or "")

    def one(self, path: str) -> str | None:
        """Return a field's only value as text."""
        return self._fold.one(path)

    def many(self) -> list[str]:
        """Return the fields that have several values and therefore none."""
        return self._fold.many()

    def values(self, model: DataModel) -> dict[str, Value]:
        """Return the plain fields."""
        values = self._fold.values(model, self.xsi_type)
        if len(self._echoes) > 1:
            values.pop("parameters/te", None)
        values["frames"] = self.frames
        return values

    def fill(self, model: DataModel, node: Node) -> None:
        """Write the fields and the lists into a scan's node."""
        node.values.update(self.values(model))
        slots = model.type(node.xsi_type).slots
        for path, children in self._lists().items():
            if children and path in slots:
                node.children[path] = children

    def _lists(self) -> dict[str, list[Node]]:
        spots = sorted({number for text in self._spots for number in numbers(text)})
        agents = sorted(self._agents) if self.xsi_type in tables.WITH_CONTRAST and len(self._agents) == 1 else []
        return {
            "parameters/focalSpots/focalSpot": [Node("xnat:ctScanData_focalSpot", {"focalSpot": s}) for s in spots],
            "parameters/addParam": self._echo_times(),
            "contrasts/contrastBolusV2": [Node("xnat:contrastBolusV2", {"agent": agent}) for agent in agents],
        }

    def _echo_times(self) -> list[Node]:
        """Return a parameter for each echo, when there are several (dicom-import 33)."""
        if len(self._echoes) < 2:
            return []
        pairs = sorted((number, min(texts)) for number, texts in self._echoes.items() if len(texts) == 1)
        return [
            Node("xnat:addField", {"name": f"MultiEcho_TE{number}", "addField": time}) for number, time in pairs if time
        ]


def session_values(model: DataModel, xsi_type: str, headers: Iterable[Dataset]) -> dict[str, Value]:
    """Return the plain session fields of a study."""
    fold = Fold(tables.SESSION)
    for dataset in headers:
        fold.add(dataset)
    return fold.values(model, xsi_type)


def scan_values(model: DataModel, xsi_type: str, headers: Iterable[Dataset]) -> dict[str, Value]:
    """Return the plain scan fields of a series."""
    fold = ScanFold(xsi_type)
    for dataset in headers:
        fold.add(dataset)
    return fold.values(model)
