"""Bodies as the low-level verbs take them."""

from __future__ import annotations

import json as _json
import os
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple, TypeAlias, cast
from urllib.parse import urlencode

from .errors import InvalidValueError
from .streams import is_seekable, is_stream
from .transport import JsonValue, RequestBody

Data: TypeAlias = Mapping[str, str] | str | bytes | BinaryIO | Iterable[bytes] | None
"""A form, a text sent as UTF-8, bytes, a binary stream read from where it stands, or pieces of bytes."""


class NoJson:
    """The type of `NO_JSON`."""


NO_JSON = NoJson()
"""Stands for "no JSON given", since None is JSON too."""


class Payload(NamedTuple):
    """A body and what belongs to it."""

    body: RequestBody
    headers: dict[str, str]
    length: int | None


def payload(data: Data, json: JsonValue | NoJson, headers: Mapping[str, str] | None) -> Payload:
    """Return the body that ``data=`` or ``json=`` of a call stand for, with a Content-Type where none is given.

    Raises:
        InvalidValueError: Both were given, or the value cannot be written as JSON.
    """
    if not isinstance(json, NoJson):
        if data is not None:
            msg = "Give data= or json=, not both: a request has one body."
            raise InvalidValueError(msg)
        return Payload(_json_bytes(json), _typed(headers, "application/json"), None)
    if isinstance(data, Mapping):
        # cast: isinstance cannot look into the mapping.
        form = urlencode(cast("Mapping[str, str]", data)).encode("ascii")
        return Payload(form, _typed(headers, "application/x-www-form-urlencoded"), None)
    if isinstance(data, str):
        return Payload(data.encode(), _typed(headers, "text/plain; charset=utf-8"), None)
    return Payload(data, dict(headers or {}), _length(data))


def _json_bytes(value: JsonValue) -> bytes:
    try:
        return _json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        # The value itself stays out of the message: it may hold anything.
        msg = "The value of json= cannot be written as JSON; it may hold texts, numbers, bools, None, lists and dicts."
        raise InvalidValueError(msg) from None


def _typed(headers: Mapping[str, str] | None, content_type: str) -> dict[str, str]:
    given = dict(headers or {})
    if not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = content_type
    return given


def _length(data: bytes | BinaryIO | Iterable[bytes] | None) -> int | None:
    """Return the bytes that a stream still holds: XNAT takes no body without a length (rest-data 10.4.2)."""
    if not is_stream(data) or not is_seekable(data):
        return None
    start = data.tell()
    end = data.seek(0, os.SEEK_END)
    data.seek(start)
    return max(end - start, 0)
