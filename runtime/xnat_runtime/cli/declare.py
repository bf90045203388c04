"""What makes a function a command: shared options, examples, a run to work in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import typer

from .context import Run
from .options import CHANGES, CONNECTION, ROWS, with_options
from .settings import Settings


def command(
    *,
    rows: bool = False,
    changes: bool = False,
    usual: tuple[str, ...] = ("workers",),
    examples: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], Callable[..., object]]:
    """Makes a function a command; its first parameter is the `Run`, the others are typer's arguments and options.

    Args:
        rows: Whether it lists: ``--columns``, ``--filter``, ``--sort-by``, ``--limit``, ``--no-header``.
        changes: Whether it destroys or overwrites: ``--dry-run`` and ``--yes``.
        usual: Options that a profile gives when they are not typed, such as ``project``.
        examples: What follows the program's name in the examples of ``--help``.
    """
    shared = {**(ROWS if rows else {}), **(CHANGES if changes else {}), **CONNECTION}

    def declared(function: Callable[..., None]) -> Callable[..., object]:
        def started(ctx: typer.Context, **options: Any) -> int:  # Any: values of every option
            root = ctx.find_root()
            before: dict[str, Any] = root.obj.get("given", {})  # Any: as above
            given = {name: options.pop(name) or before.get(name) for name in shared}
            words = ctx.command_path.split()[1:]
            with Run(root.obj["site"], Settings(**given), " ".join(words)) as run:
                missing = [name for name in usual if name in options and not _is_typed(ctx, name)]
                function(run, **{**options, **_of_profile(run, missing)})
            return run.status

        return _like(function, started, shared, examples)

    return declared


def _is_typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _of_profile(run: Run, names: list[str]) -> dict[str, object]:
    """Returns what the profile has for options that were not typed."""
    found = {name: run.usual(name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _like(
    function: Callable[..., None], started: Callable[..., int], shared: Any, examples: tuple[str, ...]
) -> Callable[..., object]:  # Any: annotations
    own: Any = inspect.signature(function, eval_str=True)  # Any: its parameters are put together anew
    first, *others = own.parameters.values()
    context = first.replace(name="ctx", annotation=typer.Context)
    described: Any = started  # Any: functions take attributes that their type does not know
    described.__signature__ = inspect.Signature([context, *others])
    described.__annotations__ = {each.name: each.annotation for each in (context, *others)}
    signed = with_options(started, shared)
    made: Any = signed  # Any: as above
    made.__doc__ = function.__doc__
    made.__name__ = function.__name__
    made.examples = examples
    return signed
