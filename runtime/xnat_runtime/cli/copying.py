"""``copy``."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

from .context import Run
from .declare import command

_Project: TypeAlias = Annotated[str, typer.Argument(metavar="PROJECT", help="The project that is copied.")]
_Target: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="NEW_ID", help="ID of the copy; that of the project by default.", show_default=False),
]
_ToServer: TypeAlias = Annotated[
    str | None,
    typer.Option("--to-server", metavar="URL", help="Another server; the same one without it.", show_default=False),
]
_ToProfile: TypeAlias = Annotated[
    str | None, typer.Option("--to-profile", metavar="NAME", help="The same, by its profile.", show_default=False)
]
_ToUser: TypeAlias = Annotated[
    str | None, typer.Option("--to-user", metavar="NAME", help="Account on the other server.", show_default=False)
]
_Name: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="TEXT", help="Name of the copy; no two projects of a server share one.", show_default=False
    ),
]
_Subjects: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--subject", metavar="PATTERN", help="Only these subjects, by label; may be repeated.", show_default=False
    ),
]
_Types: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="PATTERN", help="Only these data types, as xnat:mr*.", show_default=False),
]
_Scans: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--scan", metavar="PATTERN", help="Only scans of these types, as T1*.", show_default=False),
]
_Resources: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="PATTERN", help="Only resources of these labels.", show_default=False),
]
_IfThere: TypeAlias = Annotated[
    Literal["error", "skip"],
    typer.Option("--if-there", help="When items are there already: copy nothing, or leave those as they are."),
]
_Shares: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--share",
        metavar="ID=NEW_ID",
        show_default=False,
        help="Share what is shared with project ID with this one there; may be repeated.",
    ),
]
_Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Connections at a time.")]


@command(
    changes=True,
    examples=(
        "copy sandbox sandbox2 --to-server https://other.example.org --dry-run",
        "copy sandbox sandbox2 --name 'Sandbox, second' --subject 'test*'",
    ),
)
def copy(  # noqa: PLR0917 - a parameter an option
    run: Run,
    project: _Project,
    target: _Target = None,
    to_server: _ToServer = None,
    to_profile: _ToProfile = None,
    to_user: _ToUser = None,
    name: _Name = None,
    subjects: _Subjects = None,
    types: _Types = None,
    scans: _Scans = None,
    resources: _Resources = None,
    if_there: _IfThere = "error",
    shares: _Shares = None,
    workers: _Workers = 4,
) -> None:
    """Copy a project to another ID or another server; nothing there is written over.

    The same command again goes on with a copy that was interrupted, and adds what is new.
    """
    from .copy_work import Goal, Wish, carry_out  # noqa: PLC0415 - --help needs none

    wish = Wish(
        project, target, name or "", tuple(subjects or ()), tuple(types or ()), tuple(scans or ()),
        tuple(resources or ()), if_there, tuple(shares or ()), workers,
    )  # fmt: skip
    carry_out(run, wish, Goal(to_server, to_profile, to_user))
