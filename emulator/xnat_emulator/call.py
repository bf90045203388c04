"""One request as handlers see it, and what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import parse_qsl

from .errors import StatusError
from .store.archive import Archive
from .store.change import Change
from .store.events import EventFacts

if TYPE_CHECKING:
    from .access import Access
    from .datamodel.schema import DataModel
    from .site import Site

_CONTROLS = (*range(1, 9), 11, 12, *range(14, 32), *range(0x7F, 0x85), *range(0x86, 0xA0))
_ESCAPES = {
    **str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}),
    **{code: f"&#{code};" for code in _CONTROLS},
    **dict.fromkeys((0, 0xFFFE, 0xFFFF), ""),
}

Pairs = tuple[tuple[str, str], ...]
FORM_TYPE = "application/x-www-form-urlencoded"


def is_off(text: str) -> bool:
    """Tell whether a flag says no: ``false`` or ``0``, in any case (rest-data 1.5)."""
    return text.lower() in {"false", "0"}


def as_number(text: str) -> int | None:
    """Return a number written in plain digits, None for anything else and for what no database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def escape_entities(text: str) -> str:
    """Return text as the server reads parameters (rest-data 1.6).

    It escapes for XML 1.1: the five signs of markup and the control characters become entities, and what no XML
    document can hold at all is dropped.
    """
    return text.translate(_ESCAPES)


def first_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name -> first value, in order: what counts of repeated parameters (rest-data 1.7)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart body."""

    name: str
    stream: BinaryIO


@dataclass(slots=True, repr=False)  # its headers and its session are secrets
class Call:
    """One request.

    Attributes:
        site: The server it was sent to.
        method: HTTP method; a HEAD arrives as GET.
        path: Path as sent, without the query.
        query: Decoded query parameters in order.
        headers: Header name in lower case -> value.
        base_url: Scheme, host and port the client used.
        length: Bytes of the body, None when the client did not say.
        body: The body of a request that is not multipart.
        form: Fields of a multipart or urlencoded body.
        parts: Files of a multipart body.
        malformed: The body is multipart and cannot be read to its end.
        segments: Values of the route's placeholders, decoded.
        remainder: Decoded path segments after the route's template (rest-data 1.3).
        login: Who asks, empty for nobody.
        session_id: Id of the HTTP session.
        access: What the caller may do, once it was worked out.
    """

    site: Site
    method: str
    path: str
    query: Pairs
    headers: Mapping[str, str]
    base_url: str
    length: int | None
    body: BinaryIO
    form: Pairs = ()
    parts: tuple[FilePart, ...] = ()
    malformed: bool = False
    segments: Mapping[str, str] = field(default_factory=dict[str, str])
    remainder: tuple[str, ...] = ()
    login: str = ""
    session_id: str = ""
    access: Access | None = None

    @property
    def archive(self) -> Archive:
        """The state."""
        return self.site.archive

    @property
    def model(self) -> DataModel:
        """The data model."""
        return self.site.archive.model

    def change(self, xsi_type: str = "") -> Change:
        """Return the event that a write of this request belongs to: ``event_id``, else a new one (rest-data 1.8).

        Args:
            xsi_type: Type of the object that is changed; a site may ask for a reason when it is one of XNAT's own.

        Raises:
            StatusError: 403 on deletes and 500 else, a reason is needed and there is none.
        """
        said = first_values(self.escaped_query + tuple((name, escape_entities(value)) for name, value in self.form))
        facts = EventFacts(*(said.get(f"event_{name}", "") for name in ("type", "action", "reason", "comment")))
        justified = xsi_type.startswith("xnat:") and xsi_type != "xnat:projectData"
        if self.site.mode.require_reason and justified and not facts.reason:
            raise StatusError(403 if self.method == "DELETE" else 500, "Justification required.")
        known = self.archive.events.get([number]) if (number := as_number(said.get("event_id", ""))) else []
        return Change(self.login, known[0].id) if known else self.archive.change(self.login, facts)

    def segment(self, name: str) -> str | None:
        """Return a placeholder's value, entity-escaped as the server reads it, None when the route has none."""
        value = self.segments.get(name)
        return None if value is None else escape_entities(value)

    def parameter(self, name: str) -> str | None:
        """Return the first query parameter of a name, entity-escaped."""
        return next((escape_entities(value) for key, value in self.query if key == name), None)

    def parameters(self, name: str) -> list[str]:
        """Return every query parameter of a name, entity-escaped."""
        return [escape_entities(value) for key, value in self.query if key == name]

    def flag(self, name: str) -> bool:
        """Tell whether a query flag is on: present and neither ``false`` nor ``0`` (rest-data 1.5)."""
        value = self.parameter(name)
        return value is not None and not is_off(value)

    @property
    def escaped_query(self) -> Pairs:
        """Query parameters with entity-escaped values."""
        return tuple((key, escape_entities(value)) for key, value in self.query)

    @property
    def content_type(self) -> str:
        """Media type of the body without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def has_content(self) -> bool:
        """Whether there is a body; one of unknown length counts as none (rest-data 6.3)."""
        return self.length is not None and self.length > 0

    @property
    def tail(self) -> str:
        """The remainder as one path."""
        return "/".join(self.remainder)


class Stream(Protocol):
    """A body in chunks; the server closes it, however far it was sent."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None:
        """Free what the stream holds."""


@dataclass(slots=True)
class Reply:
    """What is sent back.

    Attributes:
        status: HTTP status.
        body: Bytes, or a stream whose length only its own header tells.
        media_type: ``Content-Type``.
        headers: Further headers.
    """

    status: int = 200
    body: bytes | Stream = b""
    media_type: str = "text/plain"
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def text_reply(text: str, status: int = 200, media_type: str = "text/plain") -> Reply:
    """Return a reply that holds text."""
    return Reply(status, text.encode(), f"{media_type};charset=UTF-8")


def json_reply(text: str, status: int = 200) -> Reply:
    """Return a reply that holds JSON text."""
    return text_reply(text, status, "application/json")


def read_form(body: bytes) -> Pairs:
    """Return the fields of a urlencoded body."""
    return tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
