"""Siemens shadow headers: fields inside one private DICOM attribute (rest-data section 14)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

_MAGIC = b"SV10"
_CREATOR, _VERSION = 0x00290010, 0x00291008
_FIRST = 16
_FIELD = struct.Struct("<64si4s3i")
"""Name, multiplicity, VR, type number, number of items, and a constant."""
_ITEM = struct.Struct("<4i")

_TITLES = {
    ("IMAGE NUM 4", "SIEMENS CSA HEADER"): {
        0x00291010: "Siemens CSA Image Instance Shadow Header",
        0x00291020: "Siemens CSA Image Series Shadow Header",
    },
    ("SPEC NUM 4", "SIEMENS CSA NON-IMAGE"): {
        0x00291210: "Siemens CSA Non-Image Instance Shadow Header",
        0x00291220: "Siemens CSA Non-Image Series Shadow Header",
        0x00291110: "Siemens CSA VB13 Instance Shadow Header",
        0x00291120: "Siemens CSA VB13 Series Shadow Header",
    },
}
"""Version and creator -> attribute -> what the header is called."""


@dataclass(frozen=True, slots=True)
class ShadowField:
    """One field of a shadow header."""

    name: str
    vr: str
    values: tuple[str, ...]


def title(header: Dataset, element: DataElement) -> str:
    """Return what a shadow header is called, nothing when an attribute is none."""
    kind = (_text(header, _VERSION), _text(header, _CREATOR))
    return _TITLES.get(kind, {}).get(int(element.tag), "")


def _text(header: Dataset, tag: int) -> str:
    value: object = header[tag].value if tag in header else ""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip(" \0")


def is_shadow(header: Dataset, element: DataElement) -> bool:
    """Tell whether an attribute holds a shadow header that can be read."""
    value: object = element.value
    return isinstance(value, bytes) and value.startswith(_MAGIC) and bool(title(header, element))


def read(value: bytes) -> Iterator[ShadowField]:
    """Yield the fields of a shadow header, as far as it goes."""
    position, (count,) = _FIRST, struct.unpack_from("<i", value.ljust(12, b"\0"), 8)
    for _ in range(count):
        if position + _FIELD.size > len(value):
            return
        name, multiplicity, vr, _, number, _ = _FIELD.unpack_from(value, position)
        position += _FIELD.size
        items, position = _items(value, position, number)
        wanted = items[: multiplicity or len(items)]
        yield ShadowField(_name(name), _name(vr), tuple(wanted))


def _items(value: bytes, position: int, number: int) -> tuple[list[str], int]:
    """Return the items of a field and where the next field starts."""
    found: list[str] = []
    for _ in range(number):
        if position + _ITEM.size > len(value):
            break
        length = max(0, _ITEM.unpack_from(value, position)[3])
        position += _ITEM.size
        found.append(_name(value[position : position + length]).strip())
        position += -(-length // 4) * 4
    return found, position


def _name(text: bytes) -> str:
    return text.partition(b"\0")[0].decode("latin-1")
