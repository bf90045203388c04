"""How a transfer tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is called after each piece of a transfer, in the thread that does it; an error raised here ends the transfer."""

    def __call__(self, done: int, total: int | None, /) -> None:
        """Take note of the bytes that have passed so far, and of all bytes where their number is known."""
        ...


def no_progress(done: int, total: int | None, /) -> None:
    """Take no note of anything."""
