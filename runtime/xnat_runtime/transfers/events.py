"""What a transfer tells while it runs: one kind of observer for bars, logs and tests."""

from __future__ import annotations

import threading
from typing import Literal, Protocol, TypeAlias

import attrs

Outcome: TypeAlias = Literal["moved", "skipped", "failed"]
"""How a unit ended: its bytes travelled, it was there already, or it could not be moved."""


@attrs.frozen
class Started:
    """A unit (a file, or an archive of many) begins.

    Attributes:
        unit: Its name, unique within the transfer.
        total: Its bytes, None when nobody tells; of an archive about as many as those of its files.
    """

    unit: str
    total: int | None


@attrs.frozen
class Advanced:
    """Bytes of a unit passed.

    Attributes:
        unit: The unit.
        count: Bytes since the last event of this unit.
    """

    unit: str
    count: int


@attrs.frozen
class Retried:
    """A unit failed and is going to be moved again; its bytes count from 0 again.

    Attributes:
        unit: The unit.
        attempt: How many attempts failed so far.
        delay: Seconds until the next one.
        reason: What went wrong.
    """

    unit: str
    attempt: int
    delay: float
    reason: str


@attrs.frozen
class Finished:
    """A unit ended.

    Attributes:
        unit: The unit.
        outcome: How.
        reason: Why it was skipped or failed, else "".
    """

    unit: str
    outcome: Outcome
    reason: str = ""


TransferEvent: TypeAlias = Started | Advanced | Retried | Finished
"""What an observer is called with."""


class Observer(Protocol):
    """Takes the events of a transfer, one at a time, in the order of each unit; an error raised here ends it."""

    def __call__(self, event: TransferEvent, /) -> None:
        """Take note of one event."""
        ...


class Events:
    """Hands events of several threads to an observer, one after the other."""

    def __init__(self, observer: Observer | None) -> None:
        self._observer = observer
        self._lock = threading.Lock()

    def __call__(self, event: TransferEvent, /) -> None:
        """Hand on one event; with no observer, nothing happens."""
        if self._observer is not None:
            with self._lock:
                self._observer(event)
