"""Queries, headers and bodies of ``rest``, as they are typed."""

from __future__ import annotations

import mimetypes
import os
import stat
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from ..errors import InvalidValueError
from ..transport import Request

_STDIN: Final = "-"
_LOGIN_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_TYPES: Final = {".xml": "text/xml", ".json": "application/json", ".csv": "text/csv"}


def pairs(option: str, given: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Returns names and values of texts like ``NAME=VALUE``.

    Raises:
        InvalidValueError: One is none; the value is not repeated.
    """
    found = [each.partition("=") for each in given or ()]
    for name, mark, _ in found:
        if not mark or not name:
            msg = f"{option} takes NAME=VALUE; there is one without a name or without ="
            raise InvalidValueError(msg)
    return tuple((name, value) for name, _, value in found)


def request_headers(given: Sequence[str] | None) -> dict[str, str]:
    """Returns headers of texts like ``NAME=VALUE``.

    Raises:
        InvalidValueError: One is none, or would hold a password or session id.
    """
    found = dict(pairs("--header", given))
    for name in found:
        if name.lower() in _LOGIN_HEADERS:
            msg = f"--header {name} would show a secret to everybody on this machine; run login in its place"
            raise InvalidValueError(msg)
    return found


@contextmanager
def opened_body(request: Request, file: str, content_type: str) -> Generator[Request, None, None]:
    """Yields the request with a file as its body, which is read while it is sent.

    Args:
        request: The request.
        file: Path of the file, ``-`` for standard input, "" for no body.
        content_type: Media type; "" for what the name of the file tells.

    Raises:
        InvalidValueError: The file cannot be read.
    """
    if not file:
        yield request
        return
    headers = _typed(request, file, content_type)
    if file == _STDIN:
        yield _with_standard_input(request, headers)
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}"
        raise InvalidValueError(msg) from None
    with stream:
        size = os.fstat(stream.fileno()).st_size
        yield attrs.evolve(request, headers=headers, body=stream, length=size)


def _with_standard_input(request: Request, headers: dict[str, str]) -> Request:
    stream = sys.stdin.buffer
    found = os.fstat(stream.fileno())
    if stat.S_ISREG(found.st_mode):
        rest = found.st_size - stream.tell()
        return attrs.evolve(request, headers=headers, body=stream, length=rest)
    # XNAT takes no body without a length (rest-data 10.4.2), and a pipe has none before its end.
    return attrs.evolve(request, headers=headers, body=stream.read())


def _typed(request: Request, file: str, content_type: str) -> dict[str, str]:
    headers = dict(request.headers)
    if any(name.lower() == "content-type" for name in headers):
        return headers
    suffix = Path(file).suffix.lower()
    guessed = _TYPES.get(suffix) or mimetypes.guess_type(file)[0] or "application/octet-stream"
    return {**headers, "Content-Type": content_type or guessed}
