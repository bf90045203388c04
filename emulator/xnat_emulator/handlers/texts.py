"""Bodies that are plain text or JSON, as settings and services take them."""

from __future__ import annotations

import json
from typing import cast

from ..call import FORM_TYPE, Call, first_values, read_form
from ..errors import StatusError
from ..store.node import JsonValue

_LARGEST = 16 << 20
"""Bytes of the longest text that is read; longer ones are cut off and fail where they are used."""


def body_text(call: Call) -> str:
    """Return the body as text; of a multipart body its only file."""
    stream = call.parts[0].stream if call.parts else call.body
    return stream.read(_LARGEST).decode("utf-8", "replace")


def body_json(call: Call) -> JsonValue:
    """Return the JSON of the body.

    Raises:
        StatusError: 400, it is none.
    """
    try:
        value = json.loads(body_text(call), parse_constant=_refuse_constant)
        # Halves of surrogate pairs are legal in JSON and nowhere else; they become question marks.
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
        return cast("JsonValue", json.loads(whole))
    except (ValueError, RecursionError):
        raise StatusError(400, "The body is not valid JSON") from None


def _refuse_constant(name: str) -> None:
    """Refuse ``NaN`` and the infinities, which are no JSON."""
    raise ValueError(name)


def body_object(call: Call) -> dict[str, JsonValue]:
    """Return the JSON object of the body.

    Raises:
        StatusError: 400, it is none.
    """
    value = body_json(call)
    if not isinstance(value, dict):
        raise StatusError(400, "The body is not a JSON object")
    return value


def properties(call: Call) -> dict[str, str]:
    """Return names and texts of a JSON object or a form, the two forms that property bodies have.

    Raises:
        StatusError: 400 without a body or for broken JSON, 415 for any other media type.
    """
    if not call.has_content and not call.form:
        raise StatusError(400, "The request has no data")
    if call.content_type == "application/json":
        return {name: plain(value) for name, value in body_object(call).items() if value is not None}
    return form(call)


def form(call: Call) -> dict[str, str]:
    """Return the fields of a form body.

    Raises:
        StatusError: 415, the body is no form.
    """
    if call.content_type == FORM_TYPE:
        return first_values(read_form(call.body.read(_LARGEST)))
    if call.content_type == "multipart/form-data":
        return first_values(call.form)
    raise StatusError(415, f"This function supports {FORM_TYPE} and application/json only")


def plain(value: JsonValue) -> str:
    """Return a JSON value as text: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
