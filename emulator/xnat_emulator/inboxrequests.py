"""Requests to import files of the inbox: ``GET /xapi/dicom/{id}`` (dicom-import 86, peers 1.10).

The members are those that xnatpy reads; the names of the states are ours but for their meaning.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TypeAlias

Member: TypeAlias = str | int | bool | dict[str, str]

_MOST = 1_000
"""Requests that are kept."""


class InboxRequests:
    """Requests by number, as long as the server lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: OrderedDict[int, dict[str, Member]] = OrderedDict()

    def add(self, number: int, login: str, path: str, parameters: dict[str, str], *, cleanup: bool) -> None:
        """Add a request that waits."""
        now = int(time.time() * 1000)
        with self._lock:
            self._requests[number] = {
                "id": number,
                "username": login,
                "sessionPath": path,
                "parameters": parameters,
                "cleanupAfterImport": cleanup,
                "status": "Queued",
                "enabled": True,
                "created": now,
                "timestamp": now,
                "disabled": 0,
            }
            while len(self._requests) > _MOST:
                self._requests.popitem(last=False)

    def note(self, number: int, status: str) -> None:
        """Take note of how far a request is."""
        with self._lock:
            if (found := self._requests.get(number)) is not None:
                found.update(status=status, timestamp=int(time.time() * 1000))

    def get(self, number: int) -> dict[str, Member] | None:
        """Return a request, None for an unknown one."""
        with self._lock:
            found = self._requests.get(number)
            return None if found is None else dict(found)
