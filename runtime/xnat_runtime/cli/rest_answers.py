"""Answers of ``rest``: easy to read at a terminal, byte by byte into pipes, whole with ``--json``."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValueError
from ..transport import Request, Response, checked
from ..verbs import may_answer_html
from .context import Run

if TYPE_CHECKING:
    from ..results import TransferResult

_TEXTS: Final = re.compile(r"\A(text/|application/(.*\+)?(json|xml|javascript|x-www-form-urlencoded))")
# A terminal obeys them; an answer may hold what anybody has typed into the archive.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def tell_answer(run: Run, request: Request, response: Response) -> None:
    """Prints an answer, and closes it.

    Raises:
        ResponseError: Its status is an error, or it is a login page.
        InvalidValueError: It is no text, and would go to a terminal or into JSON.
        TransportError: It broke off.
    """
    with checked(response, html=may_answer_html(request)):
        if run.settings.format == "json":
            run.out.record({**_head(request, response), "body": _body(response)})
        elif run.settings.format == "paths":
            sys.stdout.write(f"{request.path}\n")
        elif sys.stdout.isatty():
            _show(response)
        else:
            sys.stdout.flush()
            for piece in response.iter_content():
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        if request.method != "GET":
            run.out.say(f"{request.method} {request.path}: {response.status}")


def tell_head(run: Run, request: Request, response: Response) -> None:
    """Prints status and headers of an answer.

    Raises:
        ResponseError: Its status is an error.
    """
    checked(response, html=True)
    lines = [f"status: {response.status}", *(f"{name}: {value}" for name, value in response.headers.items())]
    run.out.record(_head(request, response), _CONTROLS.sub("\ufffd", "\n".join(lines)), request.path)


def tell_file(run: Run, request: Request, result: TransferResult) -> None:
    """Prints where an answer was written to."""
    values = {"path": request.path, "to": str(result.path), "bytes": result.size}
    run.out.record(values, f"{result.size} bytes in {result.path}", str(result.path))


def _head(request: Request, response: Response) -> dict[str, object]:
    return {"status": response.status, "path": request.path, "headers": dict(response.headers)}


def _body(response: Response) -> object:
    if "json" in response.content_type:
        return response.json() if response.content else None
    return _text(response) or None


def _show(response: Response) -> None:
    text = _text(response)
    if "json" in response.content_type and text:
        text = json.dumps(response.json(), indent=2, ensure_ascii=False)
    text = _CONTROLS.sub("\ufffd", text)
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")


def _text(response: Response) -> str:
    kind = response.content_type
    if kind and not _TEXTS.match(kind):
        size = response.headers.get("Content-Length", "some")
        msg = f"the answer is {size} bytes of {kind}: write it to a file with --to FILE, or pipe it on"
        raise InvalidValueError(msg)
    return response.text
