"""Numbers of bytes as people read them."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("kB", "MB", "GB", "TB", "PB")


def size_text(count: int) -> str:
    """Returns a number of bytes as text, in steps of 1000: ``812 bytes``, ``3.2 MB``."""
    if count < 1000:
        return f"{count} byte" if count == 1 else f"{count} bytes"
    size, unit = count / 1000, 0
    # What would be shown as 1000.0 is shown as 1.0 of the next unit.
    while size >= 999.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:,.1f} {_UNITS[unit]}"
