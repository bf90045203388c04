"""The cookies of one server, shared by all threads of a connection and sent nowhere else."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime

import attrs

from .errors import InvalidValueError

SESSION_COOKIE = "JSESSIONID"
EXPIRATION_COOKIE = "SESSION_EXPIRATION_TIME"
_LOGIN_COOKIES = frozenset({SESSION_COOKIE, EXPIRATION_COOKIE})

# Several cookies folded into one header: a comma that a "name=" follows (never so inside Expires or quoted values).
_FOLDED = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
_NAME = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
# Printable ASCII but ";". RFC 6265 forbids commas too, and XNAT sends one (SESSION_EXPIRATION_TIME, rest-data 2.7.2).
_DAY = 86_400
_SENDABLE = re.compile(r"\A[\x20-\x3a\x3c-\x7e]*\Z")


@attrs.frozen(repr=False)
class Cookie:
    """One cookie as the server set it."""

    name: str
    value: str
    secure: bool
    expired: bool
    domain: str

    def __repr__(self) -> str:
        return f"<Cookie {self.name}>"


@attrs.frozen(repr=False)
class _Kept:
    value: str
    secure: bool
    turn: int


class CookieJar:
    """A thread-safe jar that belongs to one host.

    One value is kept per name and the latest one wins, because XNAT changes JSESSIONID at each login
    (rest-data 2.1.7). "Latest" goes by the order in which requests were *sent*: the late answer to a request
    that went out before a login cannot bring an old session back.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._turn = 0
        self._floor = 0

    def __repr__(self) -> str:
        with self._lock:
            return f"<CookieJar {self._host}: {', '.join(sorted(self._kept)) or 'empty'}>"

    def get(self, name: str) -> str | None:
        """Return the value of a cookie as the server sent it (quotes included), or None."""
        with self._lock:
            kept = self._kept.get(name)
        return kept.value if kept else None

    def set(self, name: str, value: str) -> None:
        """Keep a value that did not come by Set-Cookie, such as an existing session id.

        Raises:
            InvalidValueError: Name or value hold characters that a cookie cannot have.
        """
        if not _NAME.match(name) or not _SENDABLE.match(value):
            msg = f"The cookie {name!r} holds a character that cannot be sent."
            raise InvalidValueError(msg)
        with self._lock:
            self._turn += 1
            self._kept[name] = _Kept(value, secure=False, turn=self._turn)

    def clear(self) -> None:
        """Forget all cookies, those of answers still on their way included."""
        with self._lock:
            self._turn += 1
            self._kept = {}
            self._floor = self._turn

    def forget_login(self) -> None:
        """Forget the session, also that of answers still on their way; a load balancer's cookies stay."""
        with self._lock:
            self._turn += 1
            self._kept = {name: kept for name, kept in self._kept.items() if name not in _LOGIN_COOKIES}
            self._floor = self._turn

    def next_turn(self, *, secure: bool) -> tuple[int, str]:
        """Return the place of a new request in the order of sending, and its Cookie header ("" without cookies).

        Args:
            secure: Whether the request goes over TLS; cookies marked Secure are sent only then.
        """
        with self._lock:
            self._turn += 1
            pairs = [f"{name}={kept.value}" for name, kept in self._kept.items() if secure or not kept.secure]
            return self._turn, "; ".join(pairs)

    def update(self, cookies: Iterable[Cookie], turn: int) -> None:
        """Keep the cookies of an answer.

        Args:
            cookies: What `parse_cookies` found in the answer's headers.
            turn: The request's place, from `next_turn`.
        """
        with self._lock:
            for cookie in cookies:
                self._keep(cookie, turn)

    def _keep(self, cookie: Cookie, turn: int) -> None:
        before = self._kept.get(cookie.name)
        if turn < max(self._floor, before.turn if before else 0) or not self._is_ours(cookie):
            return
        if cookie.expired:
            self._kept.pop(cookie.name, None)
        else:
            self._kept[cookie.name] = _Kept(cookie.value, cookie.secure, turn)

    def _is_ours(self, cookie: Cookie) -> bool:
        return not cookie.domain or self._host == cookie.domain or self._host.endswith("." + cookie.domain)


def parse_cookies(headers: Iterable[str]) -> list[Cookie]:
    """Return the cookies of Set-Cookie headers in their order; what is no cookie is left out.

    Args:
        headers: Values of the Set-Cookie headers, folded ones included.
    """
    return [cookie for header in headers for part in _FOLDED.split(header) for cookie in _parse(part)]


def _parse(text: str) -> Iterator[Cookie]:
    pair, *rest = text.split(";")
    name, equals, value = (piece.strip() for piece in pair.partition("="))
    if not equals or not name or not _SENDABLE.match(value):
        return
    marks = {key.strip().lower(): mark.strip() for key, _, mark in (item.partition("=") for item in rest)}
    yield Cookie(name, value, "secure" in marks, _is_expired(marks), marks.get("domain", "").lstrip(".").lower())


def _is_expired(marks: dict[str, str]) -> bool:
    if "max-age" in marks:
        return re.fullmatch(r"0+|-\d+", marks["max-age"]) is not None
    try:
        # A day for clocks that differ: what is to be forgotten is dated far back, to 1970 as a rule.
        return "expires" in marks and parsedate_to_datetime(marks["expires"]).timestamp() < time.time() - _DAY
    except ValueError:
        return False
