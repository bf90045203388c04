"""``ls``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from .context import Run
from .declare import command

if TYPE_CHECKING:
    from .listed import Listed

_PATHS = typer.Argument(
    help="What to look into; nothing for all projects, - for paths on standard input.", metavar="PATH"
)
_TYPE = typer.Option("--type", "-t", help="Only items of this data type, such as mr or MrSessionData.", metavar="TYPE")


@command(
    rows=True,
    examples=(
        "ls",
        "ls sandbox/sessions",
        "ls sandbox/test001/test001_MR --columns id,type,frames --filter 'type=T*' --sort-by -frames",
        "ls 'sandbox/*/*/T1*' -q",
        "ls sandbox/test001/test001_MR/2/DICOM --json",
    ),
)
def ls(
    run: Run,
    paths: Annotated[list[str] | None, _PATHS] = None,
    data_type: Annotated[str | None, _TYPE] = None,
) -> None:
    """List what is at a path, with one request.

    A project lists its subjects, a subject its experiments, a session its scans, a scan its resources, a resource its
    files; the name of a level behind it lists that level: sandbox/sessions, sandbox/scans, sandbox/resources. Patterns
    with * and ? stand between quotation marks: 'sandbox/sessions/test*'. Several paths make one list.

    --columns takes further fields of the items too, by Python name or XML path; they come with the same request.
    """
    from .listed import listed_at, require_alike  # noqa: PLC0415 - imports the runtime
    from .places import explained  # noqa: PLC0415 - as above
    from .stdin import STDIN, paths_from  # noqa: PLC0415 - as above

    named = paths_from(run, paths) if paths and STDIN in paths else paths or [""]
    found: list[Listed] = []
    for path in named:
        with explained(run.connection, path):
            found.append(listed_at(run.connection, path, data_type, run.settings))
    first = require_alike(found)
    rows = chain.from_iterable(_rows(run, path, each) for path, each in zip(named, found, strict=True))
    run.out.rows(rows, first.columns, noun=first.noun, aliases=first.aliases)


def _rows(run: Run, path: str, each: Listed) -> Iterator[dict[str, object]]:
    from .places import explained  # noqa: PLC0415 - as above

    # Lists are asked for when their first row is wanted.
    with explained(run.connection, path):
        yield from each.rows()
