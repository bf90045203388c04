"""``vars``: custom variables of one item, or of all items of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..errors import InvalidValueError
from .changing import Changes, counted
from .context import Run
from .declare import command
from .options import Delimiter

if TYPE_CHECKING:
    from .values import Assignment

_COLUMNS: Final = ("label", "new", "replaced", "removed", "values", "uri")


@command(
    rows=True,
    examples=(
        "vars get sandbox/test001",
        "vars get sandbox/test001 weight",
        "vars get sandbox/subjects --csv > variables.csv",
    ),
)
def get(
    run: Run,
    path: Annotated[str, typer.Argument(help="An item, or a listing such as sandbox/subjects.", show_default=False)],
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of variables; all by default.", show_default=False)
    ] = None,
) -> None:
    """Show the custom variables of one item, or a table of those of all items of a listing.

    The table costs one request however many items there are; as CSV, `vars set --from` reads it again.
    """
    from .places import place_of  # noqa: PLC0415 - as above
    from .readings import of_item, of_listing  # noqa: PLC0415 - --help needs none

    place = place_of(run.connection, path)
    if place.collection:
        rows, columns = of_listing(run.connection, path, names or ())
    else:
        rows, columns = of_item(run.connection, path, names or ())
    run.out.rows(rows, columns)


@command(
    changes=True,
    examples=(
        "vars set sandbox/test001 weight=70 group=control",
        "vars set sandbox/test001 notes=- < notes.txt",
        "vars set sandbox/subjects --from variables.csv --dry-run",
    ),
)
def set_(
    run: Run,
    path: Annotated[
        str, typer.Argument(help="An item; with --from a listing, such as sandbox/subjects.", show_default=False)
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            help="New values; NAME=- reads one from standard input, NAME= removes it.",
            metavar="NAME=VALUE",
            show_default=False,
        ),
    ] = None,
    *,
    table: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A CSV file: ID or label in the first column, a column for each variable; - for standard input.",
            metavar="FILE",
        ),
    ] = None,
    delimiter: Delimiter = None,
    clear_empty: Annotated[
        bool, typer.Option("--clear-empty", help="Let empty cells remove values; else they change nothing.")
    ] = False,
    undefined: Annotated[
        bool, typer.Option("--undefined", help="Take names that the project does not define, too, as text.")
    ] = False,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show old and new values, not the names of variables alone.")
    ] = False,
) -> None:
    """Set custom variables, of one item or from a CSV file.

    All values are checked before the first is sent; only those that differ are sent, in one request an item. Asks
    first when values that are there would be replaced or removed. What is typed stays in the shell's history: patient
    data belong into a file, or into standard input.
    """
    from .values import of_item, of_sheet  # noqa: PLC0415 - as above

    if bool(values) == bool(table) or ((delimiter or clear_empty) and not table):
        msg = "vars set takes PATH NAME=VALUE..., or LISTING --from FILE with --delimiter and --clear-empty"
        raise InvalidValueError(msg)
    if table:
        from .sheets import read_sheet  # noqa: PLC0415 - as above

        sheet = read_sheet(table, delimiter)
        found = of_sheet(run.connection, path, sheet, clear_empty=clear_empty, undefined=undefined)
    else:
        found = of_item(run.connection, path, values or (), undefined=undefined)
    _carry_out(run, found, show_values=show_values)


def _carry_out(run: Run, found: Sequence[Assignment], *, show_values: bool) -> None:
    wanted = [each for each in found if each.changes]
    changes = Changes(run, _COLUMNS if show_values else tuple(name for name in _COLUMNS if name != "values"))
    changes.take([each.change(show_values=show_values) for each in wanted])
    lost = sum(len(each.replaced) + len(each.removed) for each in wanted)
    total = sum(len(each.changes) for each in wanted)
    if len(wanted) < len(found):
        run.out.say(f"{counted(len(found) - len(wanted), 'item')} of {len(found)} already as wanted")
    notes = [f"{counted(total, 'value')} of {counted(len(wanted), 'item')}, {lost} of them in the place of others"]
    question = f"Replace or remove {counted(lost, 'value')}?" if lost else ""
    changes.carry_out("vars set", question, notes)
