"""How one field is read from one DICOM header (dicom-import sections 3 to 5)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from .headers import framed_text, items_of, text_of

if TYPE_CHECKING:
    from pydicom import Dataset

Reader: TypeAlias = "Callable[[Dataset], str | None]"

_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
_GAUSS = 500
_TOLERANCE = 0.001


def plain(keyword: str) -> Reader:
    """Return a reader of one attribute."""
    return lambda dataset: text_of(dataset, keyword)


def framed(*keywords: str) -> Reader:
    """Return a reader of the first of some attributes that is there, in the object or in its frames."""
    return lambda dataset: next((text for key in keywords if (text := framed_text(dataset, key)) is not None), None)


def date(keyword: str) -> Reader:
    """Return a reader of a date, in the form of 8 digits or the old one with dots (dicom-import 25)."""

    def read(dataset: Dataset) -> str | None:
        found = _DATE.fullmatch(text_of(dataset, keyword) or "")
        return None if found is None else "-".join(found.groups())

    return read


def time(keyword: str) -> Reader:
    """Return a reader of a time: its first six digits, the fraction dropped."""

    def read(dataset: Dataset) -> str | None:
        digits = (text_of(dataset, keyword) or "")[:6]
        return f"{digits[:2]}:{digits[2:4]}:{digits[4:]}" if len(digits) == 6 and digits.isdigit() else None

    return read


def nth(keyword: str, position: int) -> Reader:
    """Return a reader of one of several values."""

    def read(dataset: Dataset) -> str | None:
        parts = (framed_text(dataset, keyword) or "").split("\\")
        return parts[position] or None if len(parts) > position else None

    return read


def inside(sequence: str, read: Reader) -> Reader:
    """Return a reader of the first item of a sequence."""
    return lambda dataset: next((read(item) for item in items_of(dataset, sequence)[:1]), None)


def first_of(*readers: Reader) -> Reader:
    """Return a reader that takes what the first of some readers finds."""
    return lambda dataset: next((text for read in readers if (text := read(dataset)) is not None), None)


def numbers(text: str | None) -> list[float]:
    """Return the numbers of a text with backslashes, none when one of them is no number."""
    try:
        return [float(part) for part in (text or "").split("\\") if part]
    except ValueError:
        return []


def field_strength(dataset: Dataset) -> str | None:
    """Return the field strength in Tesla rounded to 0.5; from 500 on the number is Gauss (dicom-import 33)."""
    found = numbers(framed_text(dataset, "MagneticFieldStrength"))
    if not found or not math.isfinite(found[0]):
        return None
    tesla = found[0] / 10000 if found[0] >= _GAUSS else found[0]
    return str(math.floor(tesla * 2 + 0.5) / 2)


def voxel_size(axis: int) -> Reader:
    """Return a reader of the voxel size along an axis; there is one only when all three are (dicom-import 33)."""

    def read(dataset: Dataset) -> str | None:
        spacing = (framed_text(dataset, "PixelSpacing") or "").split("\\")
        thickness = framed_text(dataset, "SliceThickness")
        return [*spacing, thickness][axis] if len(spacing) == 2 and thickness is not None else None

    return read


def orientation(dataset: Dataset) -> str | None:
    """Return ``Sag``, ``Cor`` or ``Tra``, the largest axis of the normal; rows and columns must be orthonormal."""
    parts = numbers(framed_text(dataset, "ImageOrientationPatient"))
    if len(parts) != 6:
        return None
    row, column = parts[:3], parts[3:]
    products = (_dot(row, row) - 1, _dot(column, column) - 1, _dot(row, column))
    if not all(abs(product) <= _TOLERANCE for product in products):
        return None
    normal = [abs(row[(i + 1) % 3] * column[(i + 2) % 3] - row[(i + 2) % 3] * column[(i + 1) % 3]) for i in range(3)]
    return ("Sag", "Cor", "Tra")[normal.index(max(normal))]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def exposure_time(dataset: Dataset) -> str | None:
    """Return the exposure time in milliseconds, from microseconds where only those are given (dicom-import 34)."""
    found = framed_text(dataset, "ExposureTime") or framed_text(dataset, "ExposureTimeInms")
    if found is not None:
        return found
    micro = numbers(framed_text(dataset, "ExposureTimeInuS"))
    return str(micro[0] / 1000) if micro else None


def rotation_direction(dataset: Dataset) -> str | None:
    """Return the rotation direction; ``CCW`` is stored as ``CC``."""
    found = framed_text(dataset, "RotationDirection")
    return "CC" if found == "CCW" else found


def contrast_agent(dataset: Dataset) -> str | None:
    """Return the contrast agent: its text, else the meaning of its code."""
    code = inside("ContrastBolusAgentSequence", plain("CodeMeaning"))
    return text_of(dataset, "ContrastBolusAgent") or code(dataset)


def diffusion(keyword: str) -> Reader:
    """Return a reader of the diffusion items of the object or of its frames; all frames must agree."""
    return first_of(inside("MRDiffusionSequence", framed(keyword)), framed(keyword))


def moment(keyword: str) -> Reader:
    """Return a reader of a date with a time, as ISO text."""

    def read(dataset: Dataset) -> str | None:
        found = _STAMP.match(text_of(dataset, keyword) or "")
        if found is None:
            return None
        year, month, day, hour, minute, second = found.groups()
        return f"{year}-{month}-{day}T{hour}:{minute}:{second}"

    return read


def constant_with(keyword: str, text: str) -> Reader:
    """Return a reader of a constant that stands only where an attribute does."""
    return lambda dataset: None if text_of(dataset, keyword) is None else text
