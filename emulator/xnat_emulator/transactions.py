"""Progress of uploads, by the id that the client gave with ``http-session-listener`` (rest-data 13.3)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

Progress: TypeAlias = Literal["PROCESSING", "WARNING", "FAILED", "COMPLETED"]

STATUSES: tuple[Progress, ...] = ("PROCESSING", "WARNING", "FAILED", "COMPLETED")


@dataclass(frozen=True, slots=True)
class Message:
    """One step of an upload.

    Attributes:
        status: How it goes.
        text: What is done, ``Archive:<uri>`` and ``Prearchive:<uri>`` at the end (dicom-import 86).
        terminal: Nothing follows.
    """

    status: Progress
    text: str
    terminal: bool = False


def progress_named(name: str) -> Progress | None:
    """Return the status of a name, None when there is no such status."""
    return next((status for status in STATUSES if status == name), None)


_MOST = 10_000
"""Transactions that are kept; who gives more ids loses the oldest."""


class Transactions:
    """Messages by transaction id and login; the newest transactions live as long as the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[tuple[str, str], list[Message]] = {}

    def add(self, login: str, transaction: str, status: Progress, text: str, *, terminal: bool = False) -> None:
        """Add a message to a transaction, which starts with its first message."""
        with self._lock:
            self._messages.setdefault((login, transaction), []).append(Message(status, text, terminal))
            if len(self._messages) > _MOST:
                del self._messages[next(iter(self._messages))]

    def messages(self, login: str, transaction: str) -> list[Message]:
        """Return the messages of a transaction, none for an unknown one."""
        with self._lock:
            return list(self._messages.get((login, transaction), ()))

    def remove(self, login: str, transaction: str) -> None:
        """Forget a transaction."""
        with self._lock:
            self._messages.pop((login, transaction), None)
