"""Uploads of files into resources."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import attrs

from .bodies import UploadBody, UploadSource, opened
from .errors import ConflictError
from .results import TransferResult
from .transfers.events import Observer
from .transport import Request, Response, Send, checked

Query: TypeAlias = Sequence[tuple[str, str]]

OCTET_STREAM = "application/octet-stream"


def upload_source(
    send: Send,
    uri: str,
    source: UploadSource,
    *,
    overwrite: bool = False,
    extract: bool = False,
    query: Query = (),
    content_type: str = OCTET_STREAM,
    progress: Observer | None = None,
) -> TransferResult:
    """Send a file, bytes or a stream into a resource as one file and return its size.

    It travels as the request's body (``inbody=true``, rest-data 10.4). An empty file travels as a form part, because
    the server refuses empty bodies. A stream is read from where it stands and left open; XNAT takes no upload without a
    length (rest-data 10.4.2), so one that cannot seek is copied first, in memory up to 8 MiB and beyond that in a
    private temporary file.

    Args:
        send: Sends one request.
        uri: Encoded path of ``.../resources/<label>/files/<name>``.
        source: A path, the bytes themselves, or a binary stream.
        overwrite: Whether a file of that name may be replaced.
        extract: Whether the server shall unpack the archive that is sent (zip; tar, tar.gz and tgz since XNAT 1.8).
        query: Further parameters: format, content, tags, description, event_reason.
        content_type: Media type of the body.
        progress: Told of what happens (`xnat_runtime.transfers.events`).

    Raises:
        ConflictError: The file exists already and `overwrite` is not set; names it.
        IncompleteTransferError: The file changed its length while it was read.
        InvalidValueError: The path is a folder.
        OSError: The file cannot be read.
        ResponseError: The server refused.
    """
    request = _request(uri, query, overwrite=overwrite, extract=extract)
    done = _upload(send, request, source, content_type, progress)
    return attrs.evolve(done, path=source) if isinstance(source, Path) else done


def accepted(response: Response) -> Response:
    """Return the answer to an upload, or raise when the server kept its own files.

    XNAT answers duplicates with status 200 and a list in the body (rest-data 10.4.5).

    Raises:
        ConflictError: Files of that name exist already.
        ResponseError: The server refused, or sent its login page.
    """
    names = _duplicates(checked(response))
    if names:
        told = f"Already there and left as it was: {_listed(names)}. Pass overwrite=True to replace"
        raise ConflictError(response.method, response.url, response.status, told, duplicates=names)
    return response


def _request(uri: str, query: Query, *, overwrite: bool, extract: bool) -> Request:
    flags = tuple((name, "true") for name, is_set in (("overwrite", overwrite), ("extract", extract)) if is_set)
    return Request("PUT", uri, (*query, *flags))


def _upload(
    send: Send, request: Request, source: UploadSource, content_type: str, progress: Observer | None
) -> TransferResult:
    with opened(source, progress, unit=unquote(request.path.rpartition("/")[2])) as body:
        sent = _with_body(request, body, content_type) if body.length else with_empty_part(request, content_type)
        accepted(send(sent))
        return TransferResult(None, body.length, None, "unverified")


def _with_body(request: Request, body: UploadBody, content_type: str) -> Request:
    return attrs.evolve(
        request,
        query=(*request.query, ("inbody", "true")),
        headers={**request.headers, "Content-Type": content_type},
        body=body,
        length=body.length,
    )


def with_empty_part(request: Request, content_type: str) -> Request:
    """Return an upload of no bytes: the server refuses an empty body, and takes an empty part of a form."""
    boundary = secrets.token_hex(16)
    name = unquote(request.path.rpartition("/")[2]).replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    lines = (
        f"--{boundary}",
        f'Content-Disposition: form-data; name="file"; filename="{name}"',
        f"Content-Type: {content_type}",
        "",
        "",
        f"--{boundary}--",
        "",
    )
    headers = {**request.headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return attrs.evolve(request, headers=headers, body="\r\n".join(lines).encode())


def _duplicates(response: Response) -> Sequence[str]:
    text = response.text.strip()
    if not text.startswith("{"):
        return ()
    try:
        # Any: the answer is JSON served as text/html, of no fixed shape.
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        return ()
    return [str(name) for name in answer.get("duplicates") or ()]


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
