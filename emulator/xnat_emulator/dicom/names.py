"""File names made from a template, as files without a name of their own get them (dicom-import 51 to 53)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..formats.javahash import string_hash
from .headers import text_of

if TYPE_CHECKING:
    from pydicom import Dataset

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEMPLATE = "${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EXTENSION = re.compile(r"\.[A-Za-z]\w*$")
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


def file_name(dataset: Dataset, template: str = "") -> str:
    """Return the name of a DICOM object from a template, the server's own by default.

    It gets the extension ``.dcm`` unless the template ends in one.
    """
    template = template.strip() or _TEMPLATE
    name = _UNSAFE.sub("_", _VARIABLE.sub(lambda found: _part(dataset, found[1]), template)).lstrip(".")
    return name if _EXTENSION.search(_VARIABLE.sub("", template)) else f"{name}.dcm"


def _part(dataset: Dataset, keyword: str) -> str:
    if keyword.startswith("Hash"):
        return hash_name(*(_part(dataset, one) for one in keyword.removeprefix("Hash").split("With")))
    return text_of(dataset, keyword) or f"no-value-for-{keyword}"
