"""File names made from a template, as files without a name of their own get them (dicom-import 51 to 53)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..javahash import string_hash

if TYPE_CHECKING:
    from pydicom import Dataset

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_UNSAFE = re.compile(r"[^\w.-]")


def hash_name(*texts: str) -> str:
    """Return the hash of a Java list of strings in base 36."""
    value = 1
    for text in texts:
        value = (31 * value + string_hash(text)) & 0xFFFFFFFF
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def file_name(dataset: Dataset) -> str:
    """Return the name of a DICOM object from the default template."""
    parts = [_part(dataset, keyword) for keyword in ("StudyInstanceUID", "SeriesNumber", "InstanceNumber")]
    parts.append(hash_name(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)))
    return _UNSAFE.sub("_", "-".join(parts)).lstrip(".") + ".dcm"


def _part(dataset: Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return f"no-value-for-{keyword}" if value is None or str(value) == "" else str(value)
