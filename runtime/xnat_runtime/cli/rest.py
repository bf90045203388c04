"""``rest get``, ``head``, ``put``, ``post`` and ``delete``: requests as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidValueError
from ..paths import resolve
from ..transport import Request
from .context import Run
from .declare import command
from .records import recorded
from .rest_answers import tell_answer, tell_file, tell_head
from .rest_bodies import opened_body, pairs, request_headers

_Path = Annotated[str, typer.Argument(metavar="PATH", help="Path on the server, such as /data/projects, or its URL.")]
_Query = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="NAME=VALUE", show_default=False, help="Goes into the URL; may be repeated."),
]
_Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header", "--headers", metavar="NAME=VALUE", show_default=False, help="Header to send; may be repeated."
    ),
]
_Data = Annotated[
    str,
    typer.Option(
        "--data", "--datapath", "-d", metavar="FILE", show_default=False, help="Send this file; - for standard input."
    ),
]
_Json = Annotated[
    str,
    typer.Option("--jsonpath", "-j", metavar="FILE", show_default=False, help="The same, for a file that is JSON."),
]
_Type = Annotated[
    str,
    typer.Option("--content-type", metavar="TYPE", show_default=False, help="What the file is; else told by its name."),
]
_Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")]


@command(
    examples=(
        "rest get /data/projects --query format=json",
        "rest get /data/projects/sandbox/subjects --query format=csv > subjects.csv",
        "rest get /data/experiments/XNAT_E00001 --query format=zip --to session.zip",
    )
)
def get(
    run: Run,
    path: _Path,
    *,
    query: _Query = None,
    header: _Headers = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write the answer to this file.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of --to.")] = False,
) -> None:
    """Send GET and print the answer.

    JSON is easy to read at a terminal; into a pipe or file goes what the server sent, byte by byte. With --json it is
    {"status", "path", "headers", "body"}.
    """
    request = _request(run, "GET", path, query, header)
    if to is None:
        tell_answer(run, request, run.connection.send(request, stream=True))
        return
    from ..downloads import download_file  # noqa: PLC0415 - few need it

    tell_file(run, request, download_file(run.connection.send, request, to, overwrite=overwrite))


@command(examples=("rest head /data/projects/sandbox",))
def head(run: Run, path: _Path, *, query: _Query = None, header: _Headers = None) -> None:
    """Send HEAD and print status and headers."""
    request = _request(run, "HEAD", path, query, header)
    tell_head(run, request, run.connection.send(request))


@command(
    examples=(
        "rest put /data/projects/sandbox/subjects/test010",
        "rest put /xapi/siteConfig/siteId --data id.txt --dry-run",
    )
)
def put(
    run: Run,
    path: _Path,
    *,
    query: _Query = None,
    header: _Headers = None,
    data: _Data = "",
    jsonpath: _Json = "",
    content_type: _Type = "",
    dry_run: _Dry = False,
) -> None:
    """Send PUT, with a body or without."""
    _send(run, "PUT", path, (query, header), (data, jsonpath, content_type), is_dry=dry_run)


@command(
    examples=(
        "rest post /data/projects/sandbox/subjects --data subject.xml",
        "rest post /data/projects/sandbox/subjects --data - --content-type text/xml < subject.xml",
    )
)
def post(
    run: Run,
    path: _Path,
    *,
    query: _Query = None,
    header: _Headers = None,
    data: _Data = "",
    jsonpath: _Json = "",
    content_type: _Type = "",
    dry_run: _Dry = False,
) -> None:
    """Send POST, with a body or without."""
    _send(run, "POST", path, (query, header), (data, jsonpath, content_type), is_dry=dry_run)


@command(
    changes=True,
    examples=("rest delete /data/projects/sandbox/subjects/test010 --dry-run", "rest delete /data/projects/old --yes"),
)
def delete(run: Run, path: _Path, *, query: _Query = None, header: _Headers = None) -> None:
    """Send DELETE; asks before."""
    request = _request(run, "DELETE", path, query, header)
    url = run.access.target.site.url + request.path
    if run.settings.dry_run:
        run.out.record({"would_send": "DELETE", "path": request.path}, f"would send DELETE {url}", request.path)
    elif run.confirm(f"Send DELETE {url}?"):
        with recorded(run, "rest delete", [request.path]) as outcome:
            tell_answer(run, request, run.connection.send(request, stream=True))
            outcome.done.append(request.path)


def _send(
    run: Run,
    method: str,
    path: str,
    named: tuple[list[str] | None, list[str] | None],
    given: tuple[str, str, str],
    *,
    is_dry: bool,
) -> None:
    data, jsonpath, content_type = given
    if data and jsonpath:
        msg = "--data and --jsonpath are both given: a request has one body"
        raise InvalidValueError(msg)
    request = _request(run, method, path, *named)
    with opened_body(request, data or jsonpath, content_type or ("application/json" if jsonpath else "")) as whole:
        if is_dry:
            url = run.access.target.site.url + whole.path
            size = f" with {whole.length} bytes" if whole.length is not None else ""
            run.out.record({"would_send": method, "path": whole.path}, f"would send {method} {url}{size}", whole.path)
            return
        with recorded(run, f"rest {method.lower()}", [whole.path]) as outcome:
            tell_answer(run, whole, run.connection.send(whole, stream=True))
            outcome.done.append(whole.path)


def _request(run: Run, method: str, path: str, query: list[str] | None, headers: list[str] | None) -> Request:
    target = resolve(run.access.target.site, path)
    return Request(method, target.path, (*target.query, *pairs("--query", query)), request_headers(headers))
