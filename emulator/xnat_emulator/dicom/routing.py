"""Which project, subject and session a DICOM object says it belongs to (dicom-import section 1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from .headers import text_of

if TYPE_CHECKING:
    from pydicom import Dataset

Target: TypeAlias = Literal["Project", "Subject", "Session", "AA"]

_COMMENTS = ("PatientComments", "StudyComments", "AdditionalPatientHistory")
_WHOLE: dict[Target, tuple[str, ...]] = {
    "Project": ("StudyDescription", "AccessionNumber"),
    "Subject": ("PatientName",),
    "Session": ("PatientID",),
    "AA": (),
}
_UNLABELLED = re.compile(r"[^A-Za-z0-9_-]")
_PUNCTUATION = re.compile(r"[\s`~@#$%^&*()+=\[\]{}|\\/?:;\"',.<>]")
_NO_WORD = re.compile(r"\W", re.ASCII)
_INVALID = re.compile(r"^INVALID:\s?")


class Rules:
    """One of the two sets of rules; they differ in how an assignment is written (dicom-import 2 and 3).

    Args:
        strict: As the session importer reads: keyword in this very case, value without ``-``.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._value = r"\w*" if strict else r"[\w-]*"
        self._flags = re.ASCII if strict else re.ASCII | re.IGNORECASE

    def candidates(self, dataset: Dataset, target: Target) -> Iterator[str]:
        """Yield what each rule finds, first rule first."""
        for keyword in _COMMENTS:
            found = self.assignment(text_of(dataset, keyword) or "", target)
            if found:
                yield found
        for keyword in _WHOLE[target]:
            if text := text_of(dataset, keyword):
                yield text

    def first(self, dataset: Dataset, target: Target) -> str:
        """Return what the first rule finds, empty when none does."""
        return next(self.candidates(dataset, target), "")

    def project(self, dataset: Dataset, reachable: Callable[[str], str | None]) -> str:
        """Return the ID of the first candidate that the caller can reach, empty when there is none (dicom-import 5).

        To the session importer an accession number counts only where there is no study description.
        """
        names = list(self.candidates(dataset, "Project"))
        if self._strict and all(text_of(dataset, keyword) for keyword in _WHOLE["Project"]):
            names.pop()
        found = (reachable(name) for name in names)
        return next((project for project in found if project is not None), "")

    def assignment(self, text: str, keyword: Target) -> str:
        """Return the value assigned in a text: at its very start, else the last assignment.

        The whole text must be one line.
        """
        if "\n" in text or "\r" in text:
            return ""
        pattern = rf"(?:^|(?:.*[\s,;])){keyword}\s*:\s*({self._value})(?:[\s,;].*)?$"
        start = re.match(rf"{keyword}\s*:\s*({self._value})(?:[\s,;].*)?$", text, self._flags)
        found = start or re.match(pattern, text, self._flags)
        return "" if found is None else found[1]


def auto_archive(dataset: Dataset) -> bool | None:
    """Return what an ``AA:`` assignment says, None when there is none (dicom-import 73)."""
    return {"t": True, "true": True, "f": False, "false": False}.get(Rules().first(dataset, "AA").lower())


def received_label(text: str) -> str:
    """Return a label as it is received: signs other than letters, digits, ``_`` and ``-`` become ``_``."""
    return _UNLABELLED.sub("_", text)


def archived_label(text: str) -> str:
    """Return a label as it is archived: blanks and most punctuation become ``_`` (dicom-import 11, 14)."""
    return _PUNCTUATION.sub("_", _INVALID.sub("", text.strip()))


def folder_name(text: str) -> str:
    """Return the folder of the session importer: every sign that is no word character becomes ``_``."""
    return _NO_WORD.sub("_", text) or "session"


def scan_folder(dataset: Dataset) -> str:
    """Return the folder of a scan: its number, else a label made of its series UID, else ``NA`` (dicom-import 48)."""
    number = text_of(dataset, "SeriesNumber") or ""
    if number and re.fullmatch(r"[\w.-]+", number, re.ASCII) and number not in {".", ".."}:
        return number
    return received_label(text_of(dataset, "SeriesInstanceUID") or "") or "NA"


def described(text: str) -> str:
    """Return a series description without the mark of an invalid one (dicom-import 14)."""
    return _INVALID.sub("", text)
