"""``share``: items that other projects show, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..errors import InvalidValueError
from .changing import Change, Changes, counted
from .context import Run
from .declare import command
from .stdin import paths_from

if TYPE_CHECKING:
    from ..sharing import SharableObject
    from .changing import Row

# What is recorded, and what is asked before.
_SHARE: Final = ("share", "")
_PRIMARY: Final = ("share --primary", "Move {what} to project {into}?")
_END: Final = ("share --end", "End the sharing of {what} into {into}?")


@command(
    changes=True,
    examples=(
        "share sandbox/test001 sandbox/sessions/test001_MR --into other",
        "share sandbox/sessions/test001_MR --into other --label s1_MR",
        "ls sandbox/subjects -q | xnat-sdk share - --into other",
        "share sandbox/test001 --into other --end",
    ),
)
def share(
    run: Run,
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Subjects, sessions and scans; - reads them from standard input.",
            metavar="PATH",
            show_default=False,
        ),
    ],
    *,
    into: Annotated[str, typer.Option("--into", help="ID of the other project.", metavar="PROJECT")],
    label: Annotated[
        str | None, typer.Option("--label", help="Label that a single item has there; else its own.", metavar="LABEL")
    ] = None,
    primary: Annotated[
        bool, typer.Option("--primary", help="Make it the project that the items belong to, and no longer their own.")
    ] = False,
    end: Annotated[bool, typer.Option("--end", help="End the sharing; the items stay in their own project.")] = False,
) -> None:
    """Share items into another project, give them another label there, or end that.

    A session takes its scans with it, and not its subject: share both. Asks first with --primary and with --end.
    """
    if end and (label or primary):
        msg = "--end ends a sharing: leave out --label and --primary"
        raise InvalidValueError(msg)
    named = paths_from(run, paths)
    if label and len(named) > 1:
        msg = "--label gives one label: name one item, or leave it out"
        raise InvalidValueError(msg)
    action, wanted = next(way for way, is_meant in ((_END, end), (_PRIMARY, primary), (_SHARE, True)) if is_meant)
    changes = Changes(run, ("label", "project", "into", "as", "state", "uri"))
    changes.plan(named, lambda path: _change(run, path, into, label, action))
    what = changes.planned[0].planned["label"] if len(changes.planned) == 1 else counted(len(changes.planned), "item")
    changes.carry_out(action, wanted.format(what=what, into=into))


def _change(run: Run, path: str, into: str, label: str | None, action: str) -> Change:
    from ..archive import LabelledObject  # noqa: PLC0415 - --help needs none
    from ..sharing import SharableObject  # noqa: PLC0415 - as above
    from .members import by_id  # noqa: PLC0415 - as above
    from .places import object_at  # noqa: PLC0415 - as above

    found = object_at(run.connection, path)
    if not isinstance(found, SharableObject):
        msg = f"{path!r} cannot be shared: name subjects, sessions or scans"
        raise InvalidValueError(msg)
    item = by_id(found) if isinstance(found, LabelledObject) else found
    named = item.__xnat_row__.get("label") or item.__xnat_row__.get("ID")
    planned = {"label": named, "project": item.__xnat_row__.get("project"), "into": into, "state": "", "uri": item.uri}
    if action != _END[0]:
        planned["as"] = label or named
    return Change(item.uri, planned, lambda: _make(item, into, label, action))


def _make(item: SharableObject, into: str, label: str | None, action: str) -> Row:
    from ..archive import LabelledObject  # noqa: PLC0415 - as above

    if action == _END[0]:
        item.unshare(into)
    elif action == _SHARE[0]:
        item.share(into, label)
    elif isinstance(item, LabelledObject):
        item.share(into, label, primary=True)
    else:
        msg = f"{item.uri} belongs to its session: move that"
        raise InvalidValueError(msg)
    return {"uri": item.uri, "state": "ended" if action == _END[0] else "shared"}
