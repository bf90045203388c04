"""``verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from .context import Run
from .declare import command
from .download_options import Exclude, Include

_Words: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="FOLDER",
        help="The folder. Paths behind it, of all that was downloaded there, ask the server, too.",
    ),
]
_Archive: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        show_default=False,
        help="Compare a project or session, given in the place of FOLDER, with the server's own archive, mounted here.",
    ),
]
_Valid: TypeAlias = Annotated[bool, typer.Option("--valid", help="List the files that are as they should be, too.")]
_Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Files at a time.")]


@command(
    rows=True,
    examples=(
        "verify data",
        "verify data sandbox/test001",
        "verify sandbox/test001/test001_MR --archive /data/xnat/archive --csv",
    ),
)
def verify(  # noqa: PLR0917 - a parameter an option
    run: Run,
    words: _Words,
    archive: _Archive = None,
    include: Include = None,
    exclude: Exclude = None,
    valid: _Valid = False,
    workers: _Workers = 4,
) -> None:
    """Compare a downloaded folder with its manifest, and with the server where paths are given.

    Status 9 when something differs. Without paths no server is asked.
    """
    from .verify_work import verify_archive, verify_folder  # noqa: PLC0415 - --help needs none

    if archive is not None:
        verify_archive(run, words, archive, shows_valid=valid)
    else:
        verify_folder(run, words, include or [], exclude or [], shows_valid=valid, workers=workers)
