"""GIF images in shades of gray."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BITS = 8
_CLEAR, _END = 1 << _BITS, (1 << _BITS) + 1
_FULL = 1 << 12


def encode(image: npt.NDArray[np.uint8]) -> bytes:
    """Return the GIF file of an image of 8 bits: rows and columns."""
    rows, columns = int(image.shape[0]), int(image.shape[1])
    head = b"GIF89a" + struct.pack("<2H3B", columns, rows, 0xF7, 0, 0)
    shades = bytes(shade for value in range(256) for shade in (value, value, value))
    place = b"," + struct.pack("<4HB", 0, 0, columns, rows, 0)
    packed = _packed(_codes(image.tobytes()))
    blocks = b"".join(bytes([len(part)]) + part for part in _parts(packed))
    return head + shades + place + bytes([_BITS]) + blocks + b"\0;"


def _parts(data: bytes) -> Iterable[bytes]:
    return (data[start : start + 255] for start in range(0, len(data), 255))


def _codes(pixels: bytes) -> Iterable[tuple[int, int]]:
    """Yield the codes of an image, each with its width in bits."""
    yield _CLEAR, _BITS + 1
    known: dict[tuple[int, int], int] = {}
    following, width, current = _END + 1, _BITS + 1, pixels[0]
    for pixel in pixels[1:]:
        longer = known.get((current, pixel))
        if longer is not None:
            current = longer
            continue
        yield current, width
        if following == _FULL:
            yield _CLEAR, width
            known.clear()
            following, width = _END + 1, _BITS + 1
        else:
            width += following == 1 << width
            known[current, pixel] = following
            following += 1
        current = pixel
    yield current, width
    yield _END, width + (following == 1 << width and width < 12)


def _packed(codes: Iterable[tuple[int, int]]) -> bytes:
    found, waiting, filled = bytearray(), 0, 0
    for code, width in codes:
        waiting |= code << filled
        filled += width
        while filled >= 8:
            found.append(waiting & 0xFF)
            waiting >>= 8
            filled -= 8
    found.append(waiting & 0xFF)
    return bytes(found)
