"""``prearchive``: the sessions that arrived and wait to be archived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, cast, get_args

import typer

from ..archiving import ArchiveOverwrite
from ..errors import InvalidValueError
from .changing import Change, Changes, counted
from .context import Run
from .declare import command
from .stdin import paths_from

if TYPE_CHECKING:
    from .changing import Row
    from .received import Held

_COLUMNS: Final = ("project", "name", "subject", "status", "uploaded", "uri")

_Paths: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        help="Sessions as `prearchive list -q` prints them, or PROJECT/NAME; - reads them from standard input.",
        metavar="PATH",
        show_default=False,
    ),
]


@command(
    rows=True,
    examples=(
        "prearchive list",
        "prearchive list --project sandbox --status READY",
        "prearchive list --status CONFLICT -q | xnat-sdk prearchive delete -",
    ),
)
def list_sessions(
    run: Run,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="ID of a project; Unassigned for sessions without one.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", help="Status of the sessions: READY, CONFLICT, ERROR, RECEIVING and so on."),
    ] = None,
) -> None:
    """List the sessions that wait in the prearchive, those that are still being received included."""
    found = run.connection.prearchive.sessions(project, allow_receiving=True)
    wanted = status.upper() if status else None
    rows = [_row(each) for each in found if wanted in {None, each.data["status"]}]
    run.out.rows(rows, _COLUMNS, noun="session")


@command(
    changes=True,
    examples=(
        "prearchive archive sandbox/test001_MR",
        "prearchive list --status READY -q | xnat-sdk prearchive archive -",
        "prearchive archive sandbox/test001_MR --overwrite append --yes",
    ),
)
def archive(
    run: Run,
    paths: _Paths,
    *,
    other_project: Annotated[
        str | None, typer.Option("--project", help="Another project than the one they wait in.", metavar="ID")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Label or ID of another subject.", metavar="LABEL")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--session", help="Another label, for a single session.", metavar="LABEL")
    ] = None,
    overwrite: Annotated[
        str | None,
        typer.Option(
            "--overwrite",
            help="When the session exists: none refuses, append adds to it, delete adds and replaces equal files.",
            metavar="none|append|delete",
        ),
    ] = None,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="Quarantine the archived session.")] = False,
    trigger_pipelines: Annotated[
        bool, typer.Option("--trigger-pipelines", help="Start the project's pipelines afterwards.")
    ] = False,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help="Wait until each is archived, or hand over all in one request."),
    ] = True,
) -> None:
    """Put sessions into the archive, and show the experiments that they became.

    Asks first only when --overwrite may change a session that exists.
    """
    chosen = _overwrite(overwrite)
    wishes: dict[str, Any] = {  # Any: keywords of several types
        "overwrite": chosen,
        "quarantine": quarantine or None,
        "trigger_pipelines": trigger_pipelines or None,
        "project": other_project,
        "subject": subject,
        "experiment": label,
    }

    def archived(held: Held) -> Row:
        return {"status": "archived", "from": held.uri, "uri": held.archive(**wishes).uri}

    changes, helds = _planned(run, paths, archived)
    if label and len(helds) > 1:
        msg = "--session gives one label: name one session, or leave it out"
        raise InvalidValueError(msg)
    question = f"Archive {_told(changes)} with --overwrite {chosen}?" if chosen in {"append", "delete"} else ""
    changes.carry_out("prearchive archive", question, at_once=None if wait else lambda: _hand_over(run, helds, wishes))


@command(
    changes=True,
    examples=(
        "prearchive move sandbox/test001_MR --to study7",
        "prearchive list --project Unassigned -q | xnat-sdk prearchive move - --to study7",
    ),
)
def move(
    run: Run, paths: _Paths, to: Annotated[str, typer.Option("--to", help="ID of the project.", metavar="PROJECT")]
) -> None:
    """Move sessions to the prearchive of another project, and show where they are then."""

    def moved(held: Held) -> Row:
        before = held.uri
        return {"from": before, "project": to, "uri": held.move(to).uri}

    _planned(run, paths, moved, {"to": to})[0].carry_out("prearchive move")


@command(
    changes=True,
    examples=(
        "prearchive rebuild sandbox/test001_MR",
        "prearchive list --status ERROR -q | xnat-sdk prearchive rebuild -",
    ),
)
def rebuild(run: Run, paths: _Paths) -> None:
    """Have the server read the files of sessions again, and show the status that they end in."""
    _planned(run, paths, lambda held: {"status": held.rebuild() or "archived"})[0].carry_out("prearchive rebuild")


@command(
    changes=True,
    examples=(
        "prearchive delete sandbox/test001_MR --dry-run",
        "prearchive list --project sandbox -f subject=test001 -q | xnat-sdk prearchive delete - --yes",
    ),
)
def delete(run: Run, paths: _Paths) -> None:
    """Delete sessions that wait, with all their files."""

    def deleted(held: Held) -> Row:
        held.delete()
        return {"status": "deleted"}

    changes, _ = _planned(run, paths, deleted)
    changes.carry_out("prearchive delete", f"Delete {_told(changes)} with all files? They cannot be brought back.")


def _planned(
    run: Run, paths: Sequence[str], make: Callable[[Held], Row], also: Row | None = None
) -> tuple[Changes, list[Held]]:
    from .received import Received  # noqa: PLC0415 - --help needs none

    named = paths_from(run, paths)
    received, changes = Received(run.connection, named), Changes(run, (*_COLUMNS[:4], *(also or {}), "uri"))
    helds: dict[str, Held] = {}

    def find(path: str) -> Change | None:
        held = received.find(path)
        is_new = helds.setdefault(held.uri, held) is held
        return Change(held.uri, {**_row(held), **(also or {})}, lambda: make(held)) if is_new else None

    changes.plan(named, find)
    return changes, list(helds.values())


def _row(held: Held) -> dict[str, object]:
    row = held.data
    return {**{name: row.get(name, "") for name in _COLUMNS[:-1]}, "project": held.project, "uri": held.uri}


def _told(changes: Changes) -> str:
    count = len(changes.planned)
    return str(changes.planned[0].planned["name"]) if count == 1 else counted(count, "session")


def _overwrite(text: str | None) -> ArchiveOverwrite | None:
    if text is not None and text not in get_args(ArchiveOverwrite):
        msg = f"--overwrite takes {', '.join(get_args(ArchiveOverwrite))}"
        raise InvalidValueError(msg)
    # cast: one of the words, as was just seen.
    return cast("ArchiveOverwrite | None", text)


def _hand_over(run: Run, helds: Sequence[Held], wishes: dict[str, Any]) -> Row:  # Any: keywords of several types
    """Sends all sessions in one request; the server archives a single one before it answers (rest-data 12.3)."""
    from ..archiving import PATIENT, archive_pairs, post_form, source_of  # noqa: PLC0415 - as above
    from ..prearchive_actions import ARCHIVE  # noqa: PLC0415 - as above

    sources = [("src", source_of(each.uri)) for each in helds]
    pairs = archive_pairs(**wishes)
    post_form(run.connection, ARCHIVE, (*sources, *pairs), format="json" if len(helds) > 1 else None, timeout=PATIENT)
    return {"status": "queued" if len(helds) > 1 else "archived"}
