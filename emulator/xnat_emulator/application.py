"""The Starlette application: it reads requests, finds their handlers and sends the answers."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from typing import BinaryIO, cast
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as StarletteRoute

from .auth import AccessRefused, identify, require_login, set_cookies
from .call import Call, FilePart, Pairs, Reply
from .errors import StatusError, status_page
from .journal import RequestRecord
from .routes import Match, Route, find
from .site import Site

_LOG = logging.getLogger("xnat_emulator")
_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]
_IN_MEMORY = 1 << 20
_MANY = 100_000
_LONG = 1 << 24


def create_app(site: Site) -> Starlette:
    """Return the application of a site."""

    async def endpoint(request: Request) -> Response:
        return await _answer(site, request)

    return Starlette(routes=[StarletteRoute("/{path:path}", endpoint, methods=_METHODS)])


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


async def _read_multipart(call: Call, request: Request) -> None:
    try:
        form = await request.form(max_files=_MANY, max_fields=_MANY, max_part_size=_LONG)
    except HTTPException as error:
        _LOG.debug("malformed multipart body: %s", error.detail)
        return
    fields: list[tuple[str, str]] = []
    parts: list[FilePart] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            parts.append(FilePart(value.filename or name, value.file))
        else:
            fields.append((name, value))
    call.form, call.parts = tuple(fields), tuple(parts)


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
    call.segments, call.remainder = found.values, found.remainder
    return _run(call, found)


def _run(call: Call, found: Match) -> Reply:
    route = found.route
    if call.method == "OPTIONS":
        return Reply(headers=[("Allow", _allowed(route))])
    if route.name:
        raise StatusError(501, f"The emulator does not serve {route.name}")
    handler = route.methods.get(call.method)
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
    if isinstance(reply.body, bytes) or head:
        response = Response(b"" if head else reply.body, reply.status)
    else:
        response = StreamingResponse(iterate_in_threadpool(reply.body), reply.status)
    response.raw_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in _headers(reply)]
    return response


def _headers(reply: Reply) -> list[tuple[str, str]]:
    """Return the headers of a reply; a body that is sent in chunks has no length unless it says so itself."""
    headers = [("Content-Type", reply.media_type)] if reply.media_type else []
    if isinstance(reply.body, bytes) and reply.status not in {204, 304}:
        headers.append(("Content-Length", str(len(reply.body))))
    return [*headers, *reply.headers]
