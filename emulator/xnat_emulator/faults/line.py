"""The line between the server and one client: where answers are slowed down, stopped and cut."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import cast

from starlette.types import Message, Receive, Send

from .effect import Line

TransportOf = Callable[[object], asyncio.Transport | None]
"""From the client's address, as the scope of a request has it, to the connection."""

_STEPS_PER_SECOND = 20
_CUT_SECONDS = 5.0


class Gone(Exception):  # noqa: N818 - says what is the matter
    """There is nobody any more to send to."""


async def pause(seconds: float, receive: Receive) -> None:
    """Wait.

    Raises:
        Gone: The client went away meanwhile.
    """
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
    raise Gone


def throttled(receive: Receive, bytes_per_second: int) -> Receive:
    """Return a way to receive a body that is not faster than a number of bytes a second."""

    async def slow() -> Message:
        message = await receive()
        await asyncio.sleep(len(message.get("body", b"")) / bytes_per_second)
        return message

    return slow if bytes_per_second else receive


class DisturbedSend:
    """Sends an answer as a line says.

    Args:
        line: What happens to it.
        send: The undisturbed way.
        receive: Tells when the client goes away.
        transport: The connection, None when it is gone already.
    """

    def __init__(self, line: Line, send: Send, receive: Receive, transport: asyncio.Transport | None) -> None:
        self._line = line
        self._forward = send
        self._receive = receive
        self._transport = transport
        self._sent = 0
        self._announced: int | None = None

    async def __call__(self, message: Message) -> None:
        """Send one message of the application.

        Raises:
            Gone: The connection is cut.
        """
        if message["type"] == "http.response.start":
            await self._start(message)
        else:
            await self._body(message)

    async def _start(self, message: Message) -> None:
        if self._line.silent:
            await self._cut()
        if self._line.added_length:
            message = {**message, "headers": [self._header(*header) for header in message["headers"]]}
        await self._forward(message)

    def _header(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name != b"content-length":
            return name, value
        self._announced = max(0, int(value) + self._line.added_length)
        return name, str(self._announced).encode()

    async def _body(self, message: Message) -> None:
        body = cast("bytes", message.get("body", b""))
        while body and self._sent != self._announced:
            await self._stop_where_due()
            step = self._step(len(body))
            await self._forward({"type": "http.response.body", "body": body[:step], "more_body": True})
            body = body[step:]
            self._sent += step
            if self._line.bytes_per_second:
                await pause(step / self._line.bytes_per_second, self._receive)
        if not message.get("more_body", False):
            await self._end(body)

    async def _stop_where_due(self) -> None:
        if self._line.cut_after is not None and self._sent >= self._line.cut_after:
            await self._cut()
        if self._line.pause_seconds and self._sent == self._line.pause_after:
            await pause(self._line.pause_seconds, self._receive)

    def _step(self, size: int) -> int:
        """Return how many bytes go out before something has to be done."""
        line = self._line
        if line.bytes_per_second:
            size = min(size, max(1, line.bytes_per_second // _STEPS_PER_SECOND))
        borders = [line.cut_after, line.pause_after if line.pause_seconds else None, self._announced]
        return min([size, *(border - self._sent for border in borders if border is not None and border > self._sent)])

    async def _end(self, surplus: bytes) -> None:
        """End the answer: cut, where the length says that more should come; else with what is too much after it."""
        line = self._line
        if line.cut_after is not None and self._sent >= line.cut_after:
            await self._cut()
        if line.added_length > 0 and self._announced is not None:
            await self._cut()
        await self._forward({"type": "http.response.body", "body": b"", "more_body": False})
        if surplus and self._transport is not None:
            self._transport.write(surplus)

    async def _cut(self) -> None:
        transport = self._transport
        if transport is not None and self._line.reset:
            _reset_on_close(transport)
            transport.abort()
        elif transport is not None:
            transport.close()
        await pause(_CUT_SECONDS, self._receive)
        raise Gone


def _reset_on_close(transport: asyncio.Transport) -> None:
    connection = cast("socket | None", transport.get_extra_info("socket"))
    if connection is not None:
        numbers = "hh" if sys.platform == "win32" else "ii"
        connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack(numbers, 1, 0))
