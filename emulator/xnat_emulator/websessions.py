"""The HTTP sessions of a server, kept in memory (rest-data 2.1, 2.7)."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass

TIMEOUT_MS = 900_000
"""Session timeout, the default of a server: 15 minutes."""


@dataclass(slots=True, repr=False)
class WebSession:
    """One HTTP session; nobody is logged in while ``login`` is empty."""

    id: str
    login: str
    csrf: str
    used: float

    @property
    def expired(self) -> bool:
        """Whether nobody used it for longer than the timeout."""
        return (time.monotonic() - self.used) * 1000 > TIMEOUT_MS


class TooManySessions(Exception):  # noqa: N818 - it says what is the matter
    """An account has as many sessions as the site allows."""


class Sessions:
    """The living sessions, and how many each account has."""

    def __init__(self) -> None:
        self._sessions: dict[str, WebSession] = {}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def open(self, login: str = "", limit: int | None = None) -> WebSession:
        """Return a new session.

        Args:
            login: Who logged in, empty for nobody.
            limit: Sessions the account may have with this one.

        Raises:
            TooManySessions: It has that many already; the new login is refused and no old one ended.
        """
        session = WebSession(secrets.token_hex(16).upper(), login, secrets.token_hex(16), time.monotonic())
        with self._lock:
            if len(self._sessions) % 1000 == 999 or self._is_full(login, limit):
                self._drop([key for key, found in self._sessions.items() if found.expired])
            if self._is_full(login, limit):
                raise TooManySessions(login)
            self._sessions[session.id] = session
            self._counts[login] += 1
        return session

    def _is_full(self, login: str, limit: int | None) -> bool:
        return limit is not None and self._counts[login] >= limit

    def find(self, identifier: str) -> WebSession | None:
        """Return a living session and keep it alive; one that timed out is gone."""
        with self._lock:
            session = self._sessions.get(identifier)
            if session is None:
                return None
            if session.expired:
                self._drop([identifier])
                return None
            session.used = time.monotonic()
            return session

    def of(self, login: str) -> list[str]:
        """Return the ids of an account's living sessions."""
        with self._lock:
            return [key for key, found in self._sessions.items() if found.login == login and not found.expired]

    def active(self) -> dict[str, list[str]]:
        """Return login -> ids of its living sessions, for everybody who has one."""
        found: dict[str, list[str]] = {}
        with self._lock:
            for key, session in self._sessions.items():
                if session.login and not session.expired:
                    found.setdefault(session.login, []).append(key)
        return found

    def close(self, identifier: str) -> None:
        """End a session."""
        with self._lock:
            self._drop([identifier])

    def _drop(self, identifiers: list[str]) -> None:
        for identifier in identifiers:
            session = self._sessions.pop(identifier, None)
            if session is not None:
                self._counts[session.login] -= 1
