"""``delete``: items, with what they hold."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from ..errors import InvalidValueError
from .changing import Changes, counted
from .context import Run
from .declare import command
from .stdin import paths_from

# For so many items, the server is asked what they hold.
_LOOKED_INTO: Final = 20


@command(
    changes=True,
    examples=(
        "delete sandbox/sessions/test001_MR --remove-files --dry-run",
        "delete sandbox/test001/test001_MR/resources/NOTES",
        "ls sandbox/sessions -f 'label=old_*' -q | xnat-sdk delete - --remove-files --yes",
        "delete sandbox --remove-files",
    ),
)
def delete(
    run: Run,
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Projects, subjects, sessions, scans, assessors, resources, files; - reads them from standard input.",
            metavar="PATH",
            show_default=False,
        ),
    ],
    *,
    remove_files: Annotated[
        bool | None,
        typer.Option(
            "--remove-files/--keep-files",
            help="Whether the files of projects, subjects, sessions and scans go, too; one of both has to be said.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Delete items with all that is below them.

    Shows what goes and asks first; a project goes only when its ID is typed, or with --yes. What a project only
    shares is refused: share --end takes it out of there.
    """
    from .doomed import Finder  # noqa: PLC0415 - --help needs none

    named, finder = paths_from(run, paths), Finder(run.connection, remove_files)
    changes = Changes(run, ("kind", "label", "holds", "state", "uri"))
    changes.plan(named, finder.find)
    found = list(finder.found.values())
    is_shown = run.settings.dry_run or (not run.settings.yes and sys.stdin.isatty())
    if is_shown and len(found) <= _LOOKED_INTO:
        changes.planned = [each.change(each.holds()) for each in found]
    projects = [each.label for each in found if each.kind == "project"]
    if not projects or run.settings.dry_run:
        what = f"{found[0].kind} {found[0].label}" if len(found) == 1 else counted(len(found), "item")
        changes.carry_out("delete", f"Delete {what}? {_FILES[remove_files is not False]}")
        return
    if len(found) > 1 and not run.settings.yes:
        msg = "a project is deleted by itself, when its ID is typed: name it alone, or add --yes"
        raise InvalidValueError(msg)
    notes = ("XNAT never gives the ID of a deleted project again.",)
    changes.carry_out("delete", f"Type {projects[0]} to delete the project:", notes, typed=projects[0])


_FILES: Final = {True: "It cannot be brought back.", False: "Its files stay on the server's disk."}
