"""``search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InvalidValueError
from .context import Run
from .declare import command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .results import Results

_TYPE = typer.Argument(
    help="What to look for: subject, session, mr, pet, ct, ..., or a class or XML name of a type.", metavar="TYPE"
)
_CONDITIONS = typer.Argument(
    help="FIELD=VALUE, with * for any text; or compare with != > < >= <=. All must hold.", metavar="CONDITION"
)
_PROJECT = typer.Option("--project", "-p", help="Look in this project only.", metavar="ID")
_SAVED = typer.Option("--saved", help="Run a search that the server keeps, by its name or ID.", metavar="NAME")


@command(
    rows=True,
    examples=(
        "search subject 'label=test*'",
        "search mr 'date>=2020-01-01' scanner=MR01 --columns label,project,date",
        "search mr 'subject.label=test*' -q",
        "search subject demographics.gender=female 'demographics.age<40' --project sandbox",
        "search --saved 'My patients' --csv",
    ),
)
def search(
    run: Run,
    data_type: Annotated[str, _TYPE] = "",
    conditions: Annotated[list[str] | None, _CONDITIONS] = None,
    *,
    any_of: Annotated[bool, typer.Option("--or", help="One of the conditions is enough.")] = False,
    project: Annotated[str | None, _PROJECT] = None,
    saved: Annotated[str | None, _SAVED] = None,
) -> None:
    """Find items of the whole site by their fields, with one request.

    Fields are named as in Python (label, demographics.gender, fields.weight for a custom variable), by XML path, or by
    the id of a search field of XNAT (AGE). FIELD= finds what has no value, FIELD!= what has one. Put conditions with
    *, < or > between quotation marks.
    """
    if saved is not None:
        if data_type or conditions or any_of:
            msg = "--saved NAME runs a search as the server keeps it: leave out type and conditions"
            raise InvalidValueError(msg)
        _run_saved(run, saved, project)
        return
    if not data_type:
        msg = "what is looked for? Name a type, as in: search subject 'label=test*'"
        raise InvalidValueError(msg)
    found = _results(run, data_type, conditions or (), project, any_of=any_of)
    run.out.rows(found.rows(), found.columns, noun=found.noun, aliases=found.aliases)


def _results(run: Run, word: str, conditions: Sequence[str], project: str | None, *, any_of: bool) -> Results:
    from .asking import constraint_of  # noqa: PLC0415 - imports the runtime
    from .picking import named  # noqa: PLC0415 - as above
    from .results import Results  # noqa: PLC0415 - as above
    from .terms import type_named  # noqa: PLC0415 - as above

    registry = run.connection.registry
    kind = type_named(registry, word)
    constraint = constraint_of(kind, registry, conditions, any_of=any_of)
    constraints = [constraint] if constraint is not None else []
    if project is not None:
        within = constraint_of(kind, registry, [f"project={project}"], any_of=False)
        constraints += [within] if within is not None else []
    return Results(run.connection, kind, constraints, named(run.settings))


def _run_saved(run: Run, name: str, project: str | None) -> None:
    from .results import saved_rows  # noqa: PLC0415 - as above

    rows = saved_rows(run.connection, name, project)
    run.out.rows(rows, list(rows[0]) if rows else [], noun="row")
