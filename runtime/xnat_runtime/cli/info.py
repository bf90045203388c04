"""``info``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from .cells import plain, shown
from .context import Run
from .declare import command
from .grid import bold
from .statuses import INCOMPLETE

if TYPE_CHECKING:
    from ..objects import XnatObject
    from .facts import Facts

_PATHS = typer.Argument(help="The items; - reads paths from standard input.", metavar="PATH")
_IDENTIFYING = typer.Option("--identifying", help="Show also what may identify a patient.")
_XML = typer.Option("--xml", help="Print the XML document of the item, as the server keeps it, with all values.")


@command(
    examples=(
        "info sandbox/test001",
        "info sandbox/test001/test001_MR --identifying",
        "info sandbox/sessions/test001_MR --json",
        "info sandbox/sessions/test001_MR --xml",
    )
)
def info(
    run: Run,
    paths: Annotated[list[str], _PATHS],
    identifying: Annotated[bool, _IDENTIFYING] = False,
    xml: Annotated[bool, _XML] = False,
) -> None:
    """Show the fields of items, one request each.

    Values that may identify a patient are hidden: names, birthdays, notes, custom variables.
    """
    from .facts import facts_of  # noqa: PLC0415 - imports the runtime
    from .places import item_at  # noqa: PLC0415 - as above
    from .stdin import paths_from  # noqa: PLC0415 - as above

    named = paths_from(run, paths)
    if xml:
        for path in named:
            document = run.connection.get(item_at(run.connection, path).uri, format="xml").text
            sys.stdout.write(document if document.endswith("\n") else f"{document}\n")
        return
    found = _found(run, named, lambda item: facts_of(item, identifying=identifying))
    _write(run, found, is_one=len(paths) == 1 and "-" not in paths)


def _found(run: Run, paths: list[str], read: Callable[[XnatObject], Facts]) -> list[Facts]:
    """Returns the facts of each item; of several paths, one that names nothing is told and the others go on."""
    from ..errors import NotFoundError  # noqa: PLC0415 - as in info()
    from .failures import report  # noqa: PLC0415 - as above
    from .places import object_at  # noqa: PLC0415 - as above

    found: list[Facts] = []
    for path in paths:
        try:
            found.append(read(object_at(run.connection, path)))
        except NotFoundError as error:
            if len(paths) == 1:
                raise
            report(error, ["--json"] if run.settings.format == "json" else [])
            run.status = INCOMPLETE
    return found


def _write(run: Run, found: list[Facts], *, is_one: bool) -> None:
    match run.settings.format:
        case "json" if is_one:
            run.out.record(found[0].as_dict())
        case "table":
            sys.stdout.write("\n".join(_text(each) for each in found))
            hidden = sum(len(each.hidden) for each in found)
            if hidden:
                run.out.say(f"{hidden:,} hidden {'value' if hidden == 1 else 'values'}: --identifying shows what may "
                            "identify a patient")  # fmt: skip
        case "json" | "paths":
            run.out.rows((each.as_dict() for each in found), ["uri"])
        case _:
            rows = (
                {"uri": each.uri, "field": name, "value": plain(value)}
                for each in found
                for name, value in (*each.fields.items(), *each.variables.items())
            )
            run.out.rows(rows, ["uri", "field", "value"])


def _text(each: Facts) -> str:
    lines = [bold(shown("", each.title)), each.uri, ""]
    lines += _pairs({**each.fields, **each.marks})
    if each.variables or each.hidden_variables:
        lines += ["", bold("Custom variables"), *_pairs({**each.variables, **each.hidden_variables})]
    if each.below:
        lines += ["", bold("Below it"), *_pairs(each.below)]
    return "\n".join(lines) + "\n"


def _pairs(values: dict[str, object]) -> list[str]:
    width = max(map(len, values), default=0)
    return [f"  {name:<{width}}  {shown(name.rpartition('.')[2], value)}".rstrip() for name, value in values.items()]
