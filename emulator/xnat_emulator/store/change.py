"""Who changes something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A login, and the event that records what it changes."""

    login: str
    event: int


UNRECORDED = Change("", 0)
"""A change that no request made."""
