"""Sending bodies that come in chunks: the next one is made while the last one is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..call import Stream


class Streamed(Response):
    """A response that sends a stream and closes it, also when the client goes away in the middle.

    One chunk is kept ready at most, so that a slow client costs two chunks of memory and no thread.
    """

    def __init__(self, stream: Stream, status: int) -> None:
        super().__init__(status_code=status)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response; the transport itself tells when the client is gone."""
        del scope
        gone = asyncio.ensure_future(_wait_for_the_end(receive))
        sending = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            gone.cancel()
            sending.cancel()

    async def _send(self, send: Send) -> None:
        loop, chunks = asyncio.get_running_loop(), iter(self._stream)
        upcoming = loop.run_in_executor(None, _next, chunks)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while chunk := await asyncio.shield(upcoming):
                upcoming = loop.run_in_executor(None, _next, chunks)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            upcoming.add_done_callback(self._close)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _close(self, last: asyncio.Future[bytes]) -> None:
        """Close the stream when no thread works on it any more."""
        if not last.cancelled():
            last.exception()
        self._stream.close()


def _next(chunks: Iterator[bytes]) -> bytes:
    """Return the next chunk that holds something, nothing at the end."""
    return next((chunk for chunk in chunks if chunk), b"")


async def _wait_for_the_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
