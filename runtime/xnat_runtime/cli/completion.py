"""What the Tab key offers for values; it asks no server and never fails."""

from __future__ import annotations


def profile_names() -> list[str]:
    """Returns the names of the profiles, none when they cannot be read."""
    from ..errors import XnatError  # noqa: PLC0415 - only when the key is pressed behind --profile
    from .profiles import Profiles  # noqa: PLC0415 - as above

    try:
        return list(Profiles.read().named)
    except XnatError:
        return []


def format_names() -> list[str]:
    """Returns what ``--output`` takes."""
    from .settings import FORMATS  # noqa: PLC0415 - as above

    return list(FORMATS)
