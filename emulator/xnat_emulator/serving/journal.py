"""The record of every request, for tests that count or inspect them; it holds no secret."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from ..call import Pairs

HIDDEN = "***"
"""What stands in the place of a secret."""

_SECRET_NAMES = frozenset({"password", "j_password", "secret", "token", "xnat_csrf", "jsessionid"})
_SECRET_IN_PATH = re.compile(r"(/services/tokens/[^/]*/(?!user/)[^/]*/|;jsessionid=)[^/;]+", re.IGNORECASE)


def path_without_secrets(path: str) -> str:
    """Return a path without the secret of an alias token (rest-data 2.2) and without the id of an HTTP session."""
    return _SECRET_IN_PATH.sub(rf"\1{HIDDEN}", path)


def query_without_secrets(query: Pairs) -> Pairs:
    """Return query parameters without the values of passwords, tokens and session ids."""
    return tuple((name, HIDDEN if name.lower() in _SECRET_NAMES else value) for name, value in query)


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One answered request.

    Attributes:
        method: HTTP method.
        path: Path as it was sent, without the query; ``***`` stands for a secret in it.
        query: Decoded query parameters in order, as pairs; ``***`` stands for the value of a password or token.
        status: HTTP status of the answer.
    """

    method: str
    path: str
    query: Pairs
    status: int


class Journal(Sequence[RequestRecord]):
    """A list of requests that only the server writes; reading it from any thread is safe.

    Iterating walks over what was recorded when it began, and a slice is a list of its own.

    Args:
        limit: Most records kept; when there are more, the older half is forgotten, and positions shift.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._records: list[RequestRecord] = []
        self._lock = threading.Lock()

    def add(self, record: RequestRecord) -> None:
        """Append a request."""
        with self._lock:
            if len(self._records) >= self._limit:
                del self._records[: (self._limit + 1) // 2]
            self._records.append(record)

    def clear(self) -> None:
        """Forget everything recorded so far."""
        with self._lock:
            self._records.clear()

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...

    @overload
    def __getitem__(self, index: slice) -> list[RequestRecord]: ...

    def __getitem__(self, index: int | slice) -> RequestRecord | list[RequestRecord]:
        with self._lock:
            return self._records[index]

    def __iter__(self) -> Iterator[RequestRecord]:
        with self._lock:
            return iter(list(self._records))

    def __len__(self) -> int:
        with self._lock:
            return len(self._records)
