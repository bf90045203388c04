"""``rename``: one item, many by a pattern, or many as a table says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InvalidValueError
from .changing import Change, Changes, counted, table_lines
from .context import Run
from .declare import command
from .options import Delimiter

if TYPE_CHECKING:
    from ..archive import LabelledObject
    from .changing import Row
    from .relabelling import Rename

_COLUMNS = ("line", "label", "new_label", "state", "why", "uri")


@command(
    changes=True,
    examples=(
        "rename sandbox/test001 s001",
        "rename sandbox/subjects --pattern 'test(\\d+)' --to 's\\1' --dry-run",
        "rename sandbox/sessions --from labels.csv",
        "rename --from labels.csv --delimiter semicolon --yes",
    ),
)
def rename(
    run: Run,
    path: Annotated[
        str,
        typer.Argument(
            help="The subject or session; for many, their listing, such as sandbox/subjects.", show_default=False
        ),
    ] = "",
    label: Annotated[str | None, typer.Argument(help="The new label, for a single item.", show_default=False)] = None,
    *,
    table: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A CSV file with a column path, id or label, and a column new_label; - for standard input.",
            metavar="FILE",
        ),
    ] = None,
    delimiter: Delimiter = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern", help="Rename each label that this regular expression fits as a whole.", metavar="REGEX"
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="What it becomes; \\1 is what the first (...) found.", metavar="TEMPLATE"),
    ] = None,
) -> None:
    """Give items other labels; their files move along, which can take the server long.

    Shows old and new labels and asks first. When a label is taken or wanted twice, or an item of the table is not
    there, nothing is renamed.
    """
    from .relabelling import by_pattern, in_listing, one, settled  # noqa: PLC0415 - --help needs none

    way = [label is not None, table is not None, pattern is not None]
    if sum(way) != 1 or (pattern is None) != (to is None) or (delimiter and not table) or not (path or table):
        msg = "rename takes PATH LABEL, LISTING --pattern REGEX --to TEMPLATE, or LISTING --from FILE"
        raise InvalidValueError(msg)
    if table is not None:
        renames, others = _from_table(run, path, table, delimiter)
    elif label is not None:
        renames, others = [one(run.connection, path, label)], ()
    else:
        members = in_listing(run.connection, path)
        renames, others = by_pattern(members, str(pattern), str(to)), members.items
    _carry_out(run, renames, settled(renames, others))


def _from_table(
    run: Run, path: str, table: str, delimiter: str | None
) -> tuple[list[Rename], Sequence[LabelledObject]]:
    from .relabelling import from_sheet, in_listing  # noqa: PLC0415 - as above
    from .sheets import read_sheet  # noqa: PLC0415 - as above

    sheet = read_sheet(table, delimiter)
    members = in_listing(run.connection, path) if path else None
    return from_sheet(run.connection, sheet, members), members.items if members is not None else ()


def _carry_out(run: Run, renames: Sequence[Rename], ready: Sequence[Rename]) -> None:
    from .relabelling import require_clear  # noqa: PLC0415 - as above

    same = sum(each.state == "unchanged" for each in renames)
    if len(ready) + same < len(renames):
        _show(run, renames)
        require_clear(renames)
    changes = Changes(run, _COLUMNS)
    changes.take([_change(each) for each in ready])
    if same or not ready:
        run.out.say(f"{counted(same, 'item')} of {len(renames)} already as wanted" if same else "no label fits")
    changes.carry_out("rename", f"Rename {counted(len(ready), 'item')}?")


def _change(rename: Rename) -> Change:
    item = rename.item

    def make() -> Row:
        if item is not None:
            item.rename(rename.new)
        return {"state": "renamed", "uri": item.uri if item is not None else ""}

    return Change(rename.uri, rename.row, make)


def _show(run: Run, renames: Sequence[Rename]) -> None:
    """Shows what is wanted, and what is in the way: with --dry-run as the result, else to people."""
    rows = [each.row for each in renames]
    if run.settings.dry_run:
        if run.settings.format == "json":
            run.out.record({"planned": rows, "failed": []})
        else:
            run.out.rows(rows, _COLUMNS)
    elif sys.stderr.isatty():
        for line in table_lines(rows, _COLUMNS):
            run.out.say(line)
