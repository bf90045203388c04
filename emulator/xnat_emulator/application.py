"""The ASGI application: it reads requests, finds their handlers and sends the answers."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from typing import BinaryIO, cast
from urllib.parse import parse_qsl

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .auth import AccessRefused, identify, require_login, set_cookies
from .call import Call, FilePart, Pairs, Reply, Stream
from .errors import StatusError, status_page
from .journal import RequestRecord
from .routes import find, unserved
from .routing import Match, Route
from .site import Site

_LOG = logging.getLogger("xnat_emulator")
_IN_MEMORY = 1 << 20
_MANY = 100_000
_LONG = 1 << 24


def create_app(site: Site) -> ASGIApp:
    """Return the application of a site; it answers every path and every method itself."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _answer(site, Request(scope, receive))
        await response(scope, receive, send)

    return application


async def _answer(site: Site, request: Request) -> Response:
    if site.latency_ms:
        await asyncio.sleep(site.latency_ms / 1000)
    call = _new_call(site, request)
    try:
        await _read_body(call, request)
        reply = await run_in_threadpool(dispatch, call)
    except ClientDisconnect:
        reply = Reply(400)
    finally:
        call.body.close()
        for part in call.parts:
            part.stream.close()
    site.journal.add(RequestRecord(request.method, call.path, call.query, reply.status))
    return _response(reply, head=request.method == "HEAD")


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
        body=cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)),
    )


def _pairs(query: bytes) -> Pairs:
    return tuple(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


async def _read_body(call: Call, request: Request) -> None:
    if call.content_type == "multipart/form-data":
        await _read_multipart(call, request)
        return
    async for chunk in request.stream():
        if chunk:
            await run_in_threadpool(call.body.write, chunk)
    call.body.seek(0)


class _Parser(MultiPartParser):
    """A parser that refuses a body without an end."""

    def __init__(self, request: Request) -> None:
        chunks = self._whole(request.stream())
        super().__init__(request.headers, chunks, max_files=_MANY, max_fields=_MANY, max_part_size=_LONG)
        self._ended = False

    def on_end(self) -> None:
        self._ended = True

    async def _whole(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for chunk in chunks:
            yield chunk
        if not self._ended:
            raise MultiPartException("The body ends before its last boundary")


async def _read_multipart(call: Call, request: Request) -> None:
    try:
        values = (await _Parser(request).parse()).multi_items()
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
    except Exception:  # noqa: BLE001 - whatever goes wrong, a server answers
        _LOG.exception("%s %s failed", call.method, call.path)
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
        response = _Streamed(body, reply.status)
    response.raw_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in _headers(reply)]
    return response


class _Streamed(StreamingResponse):
    """A response that closes its stream, also when the client goes away in the middle."""

    def __init__(self, stream: Stream, status: int) -> None:
        super().__init__(iterate_in_threadpool(stream), status)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stream.close()


def _headers(reply: Reply) -> list[tuple[str, str]]:
    """Return the headers of a reply; a body that is sent in chunks has no length unless it says so itself."""
    headers = [("Content-Type", reply.media_type)] if reply.media_type else []
    if isinstance(reply.body, bytes) and reply.status not in {204, 304}:
        headers.append(("Content-Length", str(len(reply.body))))
    return [*headers, *reply.headers]
