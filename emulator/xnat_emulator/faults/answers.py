"""Faults that answer something else than the server would, or that lose, hold back or cut the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlencode

from .. import checks
from ..auth import cookie_id
from ..call import Call, Reply
from ..errors import container_page
from .effect import Effect, Line, drop_body, whole_body, with_body

_LOGIN = """<!DOCTYPE html>
<html><head><title>XNAT Login</title></head><body>
<form name="form1" method="post" action="/login"><input name="username"><input name="password" type="password"></form>
</body></html>
"""


def gateway_page(status: int, reason: str) -> Reply:
    """Return the answer of a proxy before the site."""
    page = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>\n"
    return Reply(status, page.encode(), "text/html")


@dataclass(frozen=True)
class Drop(Effect):
    """Cuts the connection in the middle of an answer.

    Attributes:
        after: Bytes of body that are sent before; an answer with fewer is sent whole.
        reset: Reset the connection instead of ending it.
    """

    after: int = 0
    reset: bool = False

    def __post_init__(self) -> None:
        checks.whole("after of Drop", self.after)

    def line(self) -> Line:
        """Return a line that ends early."""
        return Line(cut_after=self.after, reset=self.reset)


@dataclass(frozen=True)
class LoseReply(Effect):
    """Does the work and loses the answer.

    Attributes:
        how: What the client gets: ``504``, a ``reset`` of the connection, or its orderly end (``close``).
    """

    method: ClassVar[str] = "PUT|POST|DELETE"
    how: Literal["504", "reset", "close"] = "504"

    def __post_init__(self) -> None:
        checks.one_of("how of LoseReply", self.how, ("504", "reset", "close"))

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return the proxy's page instead of the answer."""
        del call
        if self.how != "504":
            return reply
        drop_body(reply)
        return gateway_page(504, "Gateway Time-out")

    def line(self) -> Line:
        """Return a line on which nothing comes."""
        return Line(silent=self.how != "504", reset=self.how == "reset")


@dataclass(frozen=True)
class Stall(Effect):
    """Stops answering.

    Attributes:
        seconds: How long nothing comes; then the answer goes on. The default is longer than any patience.
        after: Bytes of body that are sent before; 0 stops before the first byte of the answer.
    """

    seconds: float = 3600.0
    after: int = 0

    def __post_init__(self) -> None:
        checks.number("seconds of Stall", self.seconds)
        checks.whole("after of Stall", self.after)

    def line(self) -> Line:
        """Return a line with a pause."""
        if self.after == 0:
            return Line(hold_seconds=self.seconds)
        return Line(pause_seconds=self.seconds, pause_after=self.after)


@dataclass(frozen=True)
class Trickle(Effect):
    """Sends the body of an answer slowly.

    Attributes:
        rate: Bytes a second.
    """

    rate: int = 1_000

    def __post_init__(self) -> None:
        checks.whole("rate of Trickle", self.rate, 1)

    def line(self) -> Line:
        """Return a slow line."""
        return Line(bytes_per_second=self.rate)


@dataclass(frozen=True)
class Unavailable(Effect):
    """Refuses a request without doing it, as a proxy does whose server is down.

    Attributes:
        retry_after: What ``Retry-After`` says, seconds or a date; empty for no such header.
        status: HTTP status.
    """

    retry_after: str = ""
    status: int = 503

    def __post_init__(self) -> None:
        checks.header("retry_after of Unavailable", self.retry_after)
        checks.whole("status of Unavailable", self.status, 400, 599)

    def instead(self, call: Call) -> Reply:
        """Return the proxy's page."""
        del call
        reply = gateway_page(self.status, "Service Temporarily Unavailable")
        if self.retry_after:
            reply.headers.append(("Retry-After", self.retry_after))
        return reply


@dataclass(frozen=True)
class ExpiredSession(Effect):
    """Ends the HTTP session of a request before it is looked at (rest-data 2.5.3).

    A client that works with its cookie gets 401, a browser the login page, and one that sends credentials with every
    request a new session. ``nth=11`` lets ten requests pass.
    """

    def instead(self, call: Call) -> None:
        """Forget the session."""
        call.site.sessions.close(cookie_id(call))


@dataclass(frozen=True)
class LoginPage(Effect):
    """Answers 200 with the login page (rest-data 2.5.3)."""

    def instead(self, call: Call) -> Reply:
        """Return the page."""
        del call
        return Reply(200, _LOGIN.encode(), "text/html;charset=UTF-8")


@dataclass(frozen=True)
class Redirect(Effect):
    """Sends the client to another host.

    Attributes:
        to: Scheme, host and port; path and query of the request follow.
        status: HTTP status.
    """

    to: str = "http://other-host.invalid"
    status: int = 302

    def __post_init__(self) -> None:
        checks.header("to of Redirect", self.to)
        if not self.to.startswith(("http://", "https://")) or self.to.endswith("/"):
            raise ValueError(f"to of Redirect is scheme and host, such as https://other.example, not {self.to!r}")
        checks.one_of("status of Redirect", self.status, (301, 302, 303, 307, 308))

    def instead(self, call: Call) -> Reply:
        """Return the redirect."""
        query = f"?{urlencode(call.query)}" if call.query else ""
        return Reply(self.status, b"", "text/html", [("Location", f"{self.to}{call.path}{query}")])


@dataclass(frozen=True)
class WrongLength(Effect):
    """Announces another ``Content-Length`` than it sends.

    Attributes:
        by: Bytes announced too much, after which the connection ends; negative for too little, so that the rest of
            the body comes after the end of the answer.
    """

    method: ClassVar[str] = "GET"
    by: int = 10

    def __post_init__(self) -> None:
        if not self.by:
            raise ValueError("by of WrongLength is a number of bytes, more or less than 0")
        checks.whole("by of WrongLength", self.by, -(10**12), 10**12)

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return a reply that has a length."""
        del call
        return with_body(reply, whole_body(reply))

    def line(self) -> Line:
        """Return a line that changes the length."""
        return Line(added_length=self.by)


@dataclass(frozen=True)
class CookieWithoutPath(Effect):
    """Leaves ``Path`` out of the session's cookie, as some proxies do (peers 3.1)."""

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return the reply with a shorter cookie."""
        del call
        cut = [(name, _without_path(value) if name == "Set-Cookie" else value) for name, value in reply.headers]
        reply.headers[:] = cut
        return reply


def _without_path(cookie: str) -> str:
    return "; ".join(part for part in cookie.split("; ") if not part.startswith("Path="))


def refusal(status: int, message: str) -> Reply:
    """Return a refusal made before the resources are reached."""
    return Reply(status, container_page(status, message).encode(), "text/html;charset=utf-8")
