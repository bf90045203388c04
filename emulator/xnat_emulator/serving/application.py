"""The ASGI application: it reads requests, finds their handlers and sends the answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..auth import AccessRefused, identify, require_login, set_cookies
from ..call import Call, FilePart, Pairs, Reply
from ..errors import StatusError, status_page
from ..faults.effect import Effect
from ..faults.line import Gone, TransportOf, throttled
from ..routes import find, unserved
from ..routing import Match, Route
from ..site import Site
from .delivery import disturbed, hold, in_time, lines_of
from .journal import RequestRecord, path_without_secrets, query_without_secrets
from .receiving import FormParser, receive_body
from .sending import Streamed

_LOG = logging.getLogger("xnat_emulator")


def create_app(site: Site, transport_of: TransportOf = lambda _: None) -> ASGIApp:
    """Return the application of a site; it answers every path and every method itself.

    Args:
        site: What it works with.
        transport_of: Gives faults the connection of a client.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        slow = site.mode.slow
        request = Request(scope, throttled(receive, 0 if slow is None else slow.bytes_per_second))
        call = _new_call(site, request)
        met = site.faults.meet(call)
        try:
            reply = await _answer(call, request, met)
            site.journal.add(_record(request.method, call, reply))
            if lines := lines_of(slow, met):
                send = disturbed(lines, send, receive, transport_of(scope.get("client")))
            await _response(reply, head=request.method == "HEAD")(scope, receive, send)
        except Gone:
            _LOG.debug("the client of %s %s is gone", call.method, path_without_secrets(call.path))
        finally:
            for effect in met:
                effect.leaves(call)

    return application


def _record(method: str, call: Call, reply: Reply) -> RequestRecord:
    return RequestRecord(method, path_without_secrets(call.path), query_without_secrets(call.query), reply.status)


async def _answer(call: Call, request: Request, met: Sequence[Effect]) -> Reply:
    try:
        await _read_body(call, request)
    except ClientDisconnect:
        _close(call)
        return Reply(400)
    except BaseException:
        _close(call)
        raise
    return await in_time(call.site.mode.slow, _work(call, request.receive, met))


async def _work(call: Call, receive: Receive, met: Sequence[Effect]) -> Reply:
    try:
        await asyncio.sleep(call.site.latency_ms / 1000)
        reply = await run_in_threadpool(_perform, call, met)
    finally:
        _close(call)
    await hold(call, reply, met, receive)
    return reply


def _close(call: Call) -> None:
    call.body.close()
    for part in call.parts:
        part.stream.close()


def _perform(call: Call, met: Sequence[Effect]) -> Reply:
    """Return the answer to a call, with what faults make of it."""
    instead = (effect.instead(call) for effect in met)
    reply = next((reply for reply in instead if reply is not None), None) or dispatch(call)
    for effect in met:
        reply = effect.changed(call, reply)
    return reply


def _new_call(site: Site, request: Request) -> Call:
    raw_path = cast("bytes", request.scope.get("raw_path") or request.scope["path"].encode())
    length = request.headers.get("content-length", "")
    return Call(
        site=site,
        method="GET" if request.method == "HEAD" else request.method,
        path=raw_path.decode("latin-1").partition("?")[0],
        query=_pairs(request.scope["query_string"]),
        headers=dict(request.headers),
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        length=int(length) if length.isdigit() else None,
        body=site.archive.files.blobs.draft().as_file,
    )


def _pairs(query: bytes) -> Pairs:
    return tuple(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


async def _read_body(call: Call, request: Request) -> None:
    if call.content_type == "multipart/form-data":
        await _read_multipart(call, request)
    else:
        await receive_body(request.stream(), call.body)


async def _read_multipart(call: Call, request: Request) -> None:
    parser = FormParser(request.headers, request.stream(), call.archive.files.blobs.draft)
    try:
        values = (await parser.parse()).multi_items()
    except MultiPartException as error:
        _LOG.debug("malformed multipart body: %s", error.message)
        call.malformed = True
        return
    call.form = tuple((name, value) for name, value in values if isinstance(value, str))
    files = [(name, value) for name, value in values if isinstance(value, UploadFile)]
    call.parts = tuple(FilePart(value.filename or name, value.file) for name, value in files)


def dispatch(call: Call) -> Reply:
    """Return the answer to a call; nothing is raised."""
    try:
        reply = _handle(call)
    except AccessRefused as refused:
        reply = refused.reply
    except StatusError as refusal:
        reply = Reply(refusal.status, status_page(refusal.status, refusal.message).encode(), "text/html")
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, a server answers
        path = path_without_secrets(call.path)
        _LOG.exception("%s %s failed", call.method, path)
        call.site.crashes.append(f"{call.method} {path}: {error!r}")
        reply = Reply(500, status_page(500, StatusError(500).message).encode(), "text/html")
    set_cookies(call, reply)
    return reply


def _handle(call: Call) -> Reply:
    identify(call.site, call)
    found = find(call.site.schemas, call.path)
    if found is None or not found.route.public:
        require_login(call)
    if found is None:
        raise StatusError(404)
    if call.malformed:
        raise StatusError(400, "The multipart body is malformed or not complete")
    call.segments, call.remainder = found.values, found.remainder
    return _run(call, found)


def _run(call: Call, found: Match) -> Reply:
    route = found.route
    if call.method == "OPTIONS":
        return Reply(headers=[("Allow", _allowed(route))])
    if route.name:
        raise StatusError(501, f"The emulator does not serve {route.name}")
    handler = route.methods.get(call.method)
    if handler is None and (name := unserved(call.site.schemas, route, call.method)):
        raise StatusError(501, f"The emulator does not serve {name}")
    if handler is None:
        reply = Reply(405, status_page(405, StatusError(405).message).encode(), "text/html")
        reply.headers.append(("Allow", _allowed(route)))
        return reply
    if (call.method == "GET" and not route.writes) or route.unlocked:
        return handler(call)
    with call.archive.transaction():
        return handler(call)


def _allowed(route: Route) -> str:
    extra = {"HEAD"} if "GET" in route.methods else set[str]()
    return ", ".join(sorted({*route.methods, *extra, "OPTIONS"}))


def _response(reply: Reply, *, head: bool) -> Response:
    body = reply.body
    if isinstance(body, bytes):
        response = Response(b"" if head else body, reply.status)
    elif head:
        body.close()
        response = Response(b"", reply.status)
    else:
        response = Streamed(body, reply.status)
    response.raw_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in _headers(reply)]
    return response


def _headers(reply: Reply) -> list[tuple[str, str]]:
    """Return the headers of a reply; a body that is sent in chunks has no length unless it says so itself."""
    headers = [("Content-Type", reply.media_type)] if reply.media_type else []
    if isinstance(reply.body, bytes) and reply.status not in {204, 304}:
        headers.append(("Content-Length", str(len(reply.body))))
    return [*headers, *reply.headers]
