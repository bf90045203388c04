"""One file of the server, streamed to its place, compared and renamed; what breaks off goes on where it stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final, Protocol

from ..downloads import open_download, receive
from ..errors import DigestMismatchError, IncompleteTransferError, ResponseError, UnexpectedAnswerError
from ..results import Verified
from ..transport import MIB, Request, Response, Send
from .events import Advanced, Events, Started
from .placing import Placing
from .report import MovedFile
from .retry import is_passing
from .stop import Stop
from .units import FileUnit

_FULL_RANGE: Final = re.compile(r"\Abytes (\d+)-(\d+)/(\d+|\*)\Z")
_WORTH_BYTES: Final = MIB
_NO_SUCH_RANGE: Final = 416


class Sink(Protocol):
    """Takes the bytes of one file, over several attempts."""

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    def write(self, piece: bytes, /) -> None:
        """Add bytes."""
        ...

    def restart(self) -> None:
        """Forget all bytes."""
        ...


class Receiving:
    """The bytes of one file, received in one or more attempts.

    A further attempt asks for what is missing when the server honours ranges and the file has a date by which it can
    tell whether it is still the same; otherwise for all of it.
    """

    def __init__(self, send: Send, request: Request, sink: Sink, *, unit: str, events: Events, stop: Stop) -> None:
        self._send = send
        self._request = request
        self._sink = sink
        self._unit = unit
        self._events = events
        self._stop = stop
        self._version = ""

    def attempt(self, total: int | None) -> Verified:
        """Receive the rest and return what its length was compared with.

        Args:
            total: Bytes by the listing, for events.

        Raises:
            IncompleteTransferError: The connection broke, or other bytes came than announced.
            ResponseError: The server refused.
        """
        request = self._next()
        if request is self._request and self._sink.size:
            self._sink.restart()
        self._events(Started(self._unit, total))
        with self._opened(request) as response, self._stop.cutting(response.abort):
            self._continue_at(response)
            self._version = version_of(response) or self._version
            return receive(response, self._write).verified

    def again(self) -> None:
        """Begin anew: what came was not right."""
        self._version = ""

    def _write(self, piece: bytes) -> None:
        self._stop.check()
        self._sink.write(piece)
        self._events(Advanced(self._unit, len(piece)))

    def _next(self) -> Request:
        done = self._sink.size
        if done < _WORTH_BYTES or not self._version:
            return self._request
        headers = {**self._request.headers, "Range": f"bytes={done}-", "If-Range": self._version}
        return Request(
            self._request.method, self._request.path, self._request.query, headers=headers,
            timeout=self._request.timeout,
        )  # fmt: skip

    def _opened(self, request: Request) -> Response:
        try:
            return open_download(self._send, request, accepted={200, 206})
        except ResponseError as error:
            if error.status != _NO_SUCH_RANGE or request is self._request:
                raise
            self._sink.restart()
            return open_download(self._send, self._request)

    def _continue_at(self, response: Response) -> None:
        """Go on behind what came, or begin anew when all of it comes again."""
        if response.status != 206:
            if self._sink.size:
                self._sink.restart()
            return
        told = _FULL_RANGE.match(response.headers.get("Content-Range", ""))
        is_rest = told is not None and told[3] in {"*", str(int(told[2]) + 1)}
        if told is None or not is_rest or int(told[1]) != self._sink.size:
            self._version = ""
            msg = "the server sent another part of the file than was asked for"
            raise UnexpectedAnswerError(msg, method="GET", url=self._request.path)
        self._events(Advanced(self._unit, self._sink.size))


def version_of(response: Response) -> str:
    """Return what tells this state of the file from another, "" when the server does not honour ranges."""
    # Places in an answer that is packed on its way are none in the file.
    is_plain = response.headers.get("Content-Encoding", "identity").lower() == "identity"
    if not is_plain or "bytes" not in response.headers.get("Accept-Ranges", ""):
        return ""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


Turn = Callable[[], AbstractContextManager[None]]
"""Holds one of the connections that transfers may use."""


class FileFetch:
    """One file on its way; `attempt` is what is tried again."""

    def __init__(
        self, send: Send, unit: FileUnit, placing: Placing, *, events: Events, stop: Stop, turn: Turn = nullcontext
    ) -> None:
        """Prepare.

        Args:
            send: Sends one request.
            unit: The file.
            placing: Where it goes; open.
            events: Told of the bytes.
            stop: Ends it.
            turn: Held while bytes travel.
        """
        self._unit = unit
        self._placing = placing
        self._turn = turn
        self._receiving = Receiving(send, Request("GET", unit.uri), placing, unit=unit.name, events=events, stop=stop)
        self._wrong: DigestMismatchError | None = None

    def attempt(self) -> MovedFile:
        """Receive the file, compare it and give it its name.

        Raises:
            TargetExistsError: The target came to be meanwhile.
            IncompleteTransferError: Fewer or more bytes than announced or listed.
            DigestMismatchError: Other bytes than listed.
            ResponseError: The server refused.
        """
        unit, placing = self._unit, self._placing
        with self._turn():
            announced = self._receiving.attempt(unit.size)
        try:
            verified = compared(unit, placing.size, placing.md5, announced)
        except (DigestMismatchError, IncompleteTransferError):
            self._receiving.again()
            raise
        placing.finish()
        return MovedFile(unit.name, placing.target, placing.size, placing.md5, verified, unit.uri)

    def passes(self, error: BaseException) -> bool:
        """Return whether another attempt may succeed; the same wrong bytes twice are what the server has."""
        if isinstance(error, DigestMismatchError):
            before, self._wrong = self._wrong, error
            return before is None or before.actual != error.actual
        return isinstance(error, UnexpectedAnswerError) or is_passing(error)


def fetch(
    send: Send, unit: FileUnit, target: Path, *, overwrite: bool, durable: bool, events: Events, stop: Stop
) -> MovedFile:
    """Write one file to its place, in one attempt; after a failure nothing is there.

    Args:
        send: Sends one request.
        unit: The file.
        target: Its path; the folder exists.
        overwrite: Whether a file that exists may be replaced.
        durable: Whether it is to be on the disk before it gets its name.
        events: Told of the bytes.
        stop: Ends it.

    Raises:
        TargetExistsError: The target came to be meanwhile.
        IncompleteTransferError: Fewer or more bytes than announced or listed.
        DigestMismatchError: Other bytes than listed.
        ResponseError: The server refused.
    """
    with Placing(target, overwrite=overwrite, durable=durable) as placing:
        return FileFetch(send, unit, placing, events=events, stop=stop).attempt()


def compared(unit: FileUnit, size: int, md5: str, announced: Verified) -> Verified:
    """Return what the bytes of a unit were compared with.

    Args:
        unit: What the table says.
        size: Bytes that came.
        md5: Their MD5.
        announced: What they were compared with already.

    Raises:
        DigestMismatchError: Another MD5.
        IncompleteTransferError: Another size.
    """
    if unit.md5 is not None:
        if unit.md5 != md5:
            told = f"{unit.name}: the bytes have MD5 {md5}, the catalog says {unit.md5}. Download again."
            raise DigestMismatchError(told, expected=unit.md5, actual=md5)
        return "md5"
    if unit.size not in {None, size}:
        told = (
            f"{unit.name}: received {size} bytes, the listing says {unit.size}. Download again; if it stays so, the "
            "catalog is out of date and needs a refresh."
        )
        raise IncompleteTransferError(told, expected=unit.size, received=size)
    return announced if unit.size is None else "size"
