"""Binary streams among bodies: whether one is a stream, and whether it can be wound back."""

from __future__ import annotations

from typing import BinaryIO, TypeGuard


def is_stream(body: object) -> TypeGuard[BinaryIO]:
    """Return whether a body is a stream, known by having ``read``, as everywhere in Python."""
    return hasattr(body, "read")


def is_seekable(stream: BinaryIO) -> bool:
    """Return whether a stream can be wound back; one that does not say cannot."""
    try:
        return stream.seekable()
    except (AttributeError, ValueError):
        return False
