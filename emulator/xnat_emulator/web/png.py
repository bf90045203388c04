"""PNG images, written with what Python has."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]

_GRAY, _COLOUR = 0, 2


def encode(image: Image) -> bytes:
    """Return the PNG file of an image of 8 bits: rows and columns, and three samples a pixel when it is in colour."""
    rows, columns = int(image.shape[0]), int(image.shape[1])
    kind = _GRAY if image.ndim == 2 else _COLOUR
    lines = b"".join(b"\0" + row.tobytes() for row in image)
    header = struct.pack(">2L5B", columns, rows, 8, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
