"""``import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from .context import Run
from .declare import command

_Sources: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Archives (zip, tar, tar.gz), DICOM files, or folders.")
]
_Project: TypeAlias = Annotated[
    str | None,
    typer.Option("--project", metavar="ID", help="Project; without it, the headers tell.", show_default=False),
]
_Subject: TypeAlias = Annotated[
    str | None,
    typer.Option("--subject", metavar="LABEL", help="Subject; made when there is none.", show_default=False),
]
_Session: TypeAlias = Annotated[
    str | None, typer.Option("--session", "--experiment", metavar="LABEL", help="The session.", show_default=False)
]
_ToPrearchive: TypeAlias = Annotated[bool, typer.Option("--to-prearchive", help="Let it wait in the prearchive.")]
_ToArchive: TypeAlias = Annotated[
    bool, typer.Option("--to-archive", help="Put it into the archive. Without either, the project decides.")
]
_Overwrite: TypeAlias = Annotated[
    Literal["none", "append", "delete", "override"] | None,
    typer.Option(
        "--overwrite",
        show_default=False,
        help="When the session exists: add files to it (append, none), and replace equal ones (delete, override).",
    ),
]
_Quarantine: TypeAlias = Annotated[
    bool | None, typer.Option("--quarantine/--no-quarantine", help="Quarantine the session.", show_default=False)
]
_Pipelines: TypeAlias = Annotated[
    bool | None,
    typer.Option("--trigger-pipelines/--no-trigger-pipelines", help="Run the project's pipelines.", show_default=False),
]
_Handler: TypeAlias = Annotated[
    str | None,
    typer.Option("--handler", metavar="NAME", help="Importer, such as DICOM-zip or SI.", show_default=False),
]
_Skip: TypeAlias = Annotated[bool, typer.Option("--skip-unparsable", help="Leave out files that are no DICOM.")]
_Direct: TypeAlias = Annotated[
    bool, typer.Option("--direct-archive", help="Past the prearchive (XNAT 1.8.3 and newer).")
]
_Gradual: TypeAlias = Annotated[
    bool, typer.Option("--gradual", help="File by file, going on where it stopped: for networks that break.")
]
_Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Connections of --gradual.")]


@command(
    usual=("project", "workers"),
    examples=(
        "import study.zip --project sandbox --subject S02 --session S02_CT",
        "import study.zip --project sandbox --to-prearchive",
        "import dicom-folder --project sandbox --session S03_MR --to-archive --gradual",
    ),
)
def import_(  # noqa: PLR0917 - a parameter an option
    run: Run,
    sources: _Sources,
    project: _Project = None,
    subject: _Subject = None,
    session: _Session = None,
    to_prearchive: _ToPrearchive = False,
    to_archive: _ToArchive = False,
    overwrite: _Overwrite = None,
    quarantine: _Quarantine = None,
    trigger_pipelines: _Pipelines = None,
    handler: _Handler = None,
    skip_unparsable: _Skip = False,
    direct_archive: _Direct = False,
    gradual: _Gradual = False,
    workers: _Workers = 4,
) -> None:
    """Send DICOM to the archive or the prearchive, and say where it went. With -q only the paths are printed."""
    from .import_work import Wish, carry_out  # noqa: PLC0415 - --help needs none

    wish = Wish(
        tuple(sources), project, subject, session, overwrite, quarantine, trigger_pipelines, handler,
        to_prearchive=to_prearchive, to_archive=to_archive, skip_unparsable=skip_unparsable,
        direct_archive=direct_archive, is_gradual=gradual, workers=workers,
    )  # fmt: skip
    carry_out(run, wish)
