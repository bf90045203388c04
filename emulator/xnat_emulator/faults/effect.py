"""What a fault can do to a request: the hooks of an effect, and what happens to its answer on the line."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..call import Call, Reply, Stream

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True)
class Line:
    """What happens to an answer on its way to the client.

    Attributes:
        silent: Not one byte is sent, and the connection is cut.
        cut_after: Bytes of body after which the connection is cut, None for never.
        reset: A cut is a reset (RST) and no orderly end (FIN).
        hold_seconds: How long the answer is held back before its first byte.
        pause_seconds: How long it stops after ``pause_after`` bytes of body.
        pause_after: Bytes of body before the pause.
        bytes_per_second: Most bytes of body a second, 0 for no limit.
        added_length: Bytes that ``Content-Length`` says too much, negative for too little.
    """

    silent: bool = False
    cut_after: int | None = None
    reset: bool = False
    hold_seconds: float = 0.0
    pause_seconds: float = 0.0
    pause_after: int = 0
    bytes_per_second: int = 0
    added_length: int = 0

    @property
    def disturbs(self) -> bool:
        """Whether bytes go out in another way than without it."""
        return self not in {Line(), Line(hold_seconds=self.hold_seconds)}


class Effect:
    """What a fault does; every hook does nothing here, and an effect has its own of those it needs.

    Attributes:
        method: Methods it means unless its fault says others, separated by ``|``; empty for all.
        path: Pattern of the paths it means unless its fault says another.
    """

    method: ClassVar[str] = ""
    path: ClassVar[str] = "*"

    def fresh(self) -> Self:
        """Return this effect without anything it remembers."""
        return copy(self)

    def arrives(self, call: Call) -> None:
        """See a request whose body is not read yet."""

    def instead(self, call: Call) -> Reply | None:
        """Return an answer to give without doing the work, None to do it."""
        del call
        return None

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return what is answered once the work is done."""
        del call
        return reply

    def line(self) -> Line:
        """Return what happens to the answer on its way."""
        return Line()

    def leaves(self, call: Call) -> None:
        """See a request that is answered or given up."""


class Chunks:
    """A body that is sent in chunks, without a length."""

    def __init__(self, data: bytes, size: int = 65_536) -> None:
        self._pieces = [data[start : start + size] for start in range(0, len(data), size)]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        """Forget the rest."""
        self._pieces = []


def whole_body(reply: Reply) -> bytes:
    """Return the body of a reply in one piece; a stream is read to its end and closed."""
    if isinstance(reply.body, bytes):
        return reply.body
    try:
        return b"".join(reply.body)
    finally:
        reply.body.close()


def with_body(reply: Reply, body: bytes | Stream) -> Reply:
    """Return a reply with another body and without a length of its own."""
    headers = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
    return Reply(reply.status, body, reply.media_type, headers)


def drop_body(reply: Reply) -> None:
    """Free what the body of a reply holds."""
    if not isinstance(reply.body, bytes):
        reply.body.close()
