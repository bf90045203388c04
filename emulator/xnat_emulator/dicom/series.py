"""Sorting the files of a study into scans and naming these (dicom-import 30 and 31)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .sop import PRIMARY, lead_modality, scan_type


@dataclass
class SeriesFacts:
    """One series of a study.

    Attributes:
        uid: Series Instance UID.
        number: Series number as text, empty when it is missing.
        classes: Storage classes of its files.
        modalities: Modalities of its files.
    """

    uid: str
    number: str = ""
    classes: set[str] = field(default_factory=set[str])
    modalities: set[str] = field(default_factory=set[str])

    @property
    def xsi_type(self) -> str:
        """The type of its scan."""
        return scan_type(self.classes)


def scan_ids(series: Sequence[SeriesFacts]) -> Mapping[str, str]:
    """Return series UID -> scan id.

    The id is the number, or the UID where there is none. Series that share a number are all renamed after their
    modality: ``4-MR1`` and ``4-MR2``, in the order of their UIDs.
    """
    by_number: dict[str, list[SeriesFacts]] = {}
    for one in sorted(series, key=lambda one: one.uid):
        by_number.setdefault(_number(one), []).append(one)
    named: dict[str, str] = {}
    for number, group in by_number.items():
        counts: dict[str, int] = {}
        for one in group:
            modality = lead_modality(one.modalities)
            counts[modality] = counts.get(modality, 0) + 1
            named[one.uid] = number if len(group) == 1 else f"{number}-{modality}{counts[modality]}"
    return named


def _number(series: SeriesFacts) -> str:
    number = series.number.strip() or re.sub(r"\W", "_", series.uid, flags=re.ASCII)
    number = "_" + number[1:] if number.startswith("+") else number
    return re.sub(r"[/\\]", "_", number)


def resource_label(storage_class: str, *, separate: bool = True) -> str:
    """Return the resource a file belongs to: ``DICOM``, or ``secondary`` for what is no image (dicom-import 44, 47)."""
    return "DICOM" if storage_class in PRIMARY or not separate else "secondary"
