"""How answers reach their clients: held back by a slow site, given up by a proxy, disturbed by faults."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence

from starlette.types import Receive, Send

from ..call import Call, Reply
from ..faults.answers import gateway_page
from ..faults.effect import Effect, Line, drop_body
from ..faults.line import DisturbedSend, Gone, pause
from ..mode import Slow

_ARCHIVES = ("application/zip", "application/x-gzip", "application/gzip", "application/x-tar", "application/tar")


async def in_time(slow: Slow | None, work: Coroutine[None, None, Reply]) -> Reply:
    """Return the answer that work gives, or that of a proxy that does not wait so long; the work goes on then."""
    if slow is None or not slow.proxy_timeout_ms:
        return await work
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=slow.proxy_timeout_ms / 1000)
    if task.done():
        return task.result()
    task.add_done_callback(lambda late: None if late.cancelled() else drop_body(late.result()))
    return gateway_page(504, "Gateway Time-out")


async def hold(call: Call, reply: Reply, met: Sequence[Effect], receive: Receive) -> None:
    """Wait as long as a slow site and faults keep the first byte of an answer back, or until the client goes away."""
    slow, seconds = call.site.mode.slow, sum(effect.line().hold_seconds for effect in met)
    if slow is not None and reply.status == 200 and reply.media_type.startswith(_ARCHIVES):
        seconds += slow.archive_ms / 1000
    try:
        await pause(seconds, receive)
    except Gone:
        drop_body(reply)
        reply.body = b""


def lines_of(slow: Slow | None, met: Sequence[Effect]) -> list[Line]:
    """Return everything that happens to an answer once its first byte may go out."""
    lines = [line for effect in met if (line := effect.line()).disturbs]
    if slow is not None and slow.bytes_per_second:
        lines.append(Line(bytes_per_second=slow.bytes_per_second))
    return lines


def disturbed(lines: Sequence[Line], send: Send, receive: Receive, transport: asyncio.Transport | None) -> Send:
    """Return the way on which everything happens that the lines say, the first nearest to the client."""
    for line in lines:
        send = DisturbedSend(line, send, receive, transport)
    return send
