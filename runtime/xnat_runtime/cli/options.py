"""Options that commands share: put into a function's signature, taken out before the function is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import typer

from .completion import format_names, profile_names

Shared = Mapping[str, Any]  # Any: annotations have no type of their own


def _text(
    *names: str, about: str, metavar: str = "TEXT", offers: Callable[[], list[str]] | None = None
) -> Any:  # Any: an annotation
    return Annotated[
        str | None, typer.Option(*names, help=about, metavar=metavar, show_default=False, autocompletion=offers)
    ]


def _flag(*names: str, about: str) -> Any:  # Any: an annotation
    return Annotated[bool, typer.Option(*names, help=about, show_default=False)]


def _hidden(annotation: Any) -> Any:  # Any: as above
    kind, option = annotation.__origin__, annotation.__metadata__[0]
    option.hidden = True
    return Annotated[kind, option]


CONNECTION: Final[Shared] = {
    "server": _hidden(_text("--server", "--host", about="URL of the server.", metavar="URL")),
    "profile": _hidden(
        _text("--profile", "-P", about="Name of a server; see profile --help.", metavar="NAME", offers=profile_names)
    ),
    "user": _hidden(_text("--user", "-u", about="Account, or alias of a token.", metavar="NAME")),
    "netrc": _hidden(_text("--netrc", "-n", about="Netrc file with the password.", metavar="FILE")),
    "timeout": _hidden(
        Annotated[float | None, typer.Option("--timeout", help="Longest wait for an answer, in seconds.", min=0.001)]
    ),
    "ca_file": _hidden(_text("--ca-file", about="File or folder of trusted certificates.", metavar="FILE")),
    "no_verify": _hidden(_flag("--no-verify", about="Accept any certificate; anyone in between can then listen.")),
    "read_only": _hidden(_flag("--read-only", about="Refuse every change before it is sent.")),
    "reason": _hidden(_text("--reason", about="Reason for changes, for sites that want one.")),
    "log_file": _hidden(
        Annotated[Path | None, typer.Option("--log-file", help="Add what happens to this file, as lines of JSON.")]
    ),
    "verbose": _hidden(_flag("--verbose", "-v", about="Show the requests on standard error.")),
    "output": _hidden(_text("--output", "-o", about="table, tsv, csv or json.", metavar="FORMAT", offers=format_names)),
    "json": _hidden(_flag("--json", about="The same as --output json; errors are JSON, too.")),
    "csv": _hidden(_flag("--csv", about="The same as --output csv.")),
    "tsv": _hidden(_flag("--tsv", about="The same as --output tsv.")),
    "quiet": _hidden(_flag("--quiet", "-q", about="Print paths only, one a line, for the next command.")),
}

ROWS: Final[Shared] = {
    "columns": _text("--columns", "-c", about="Columns to show, comma between them.", metavar="NAMES"),
    "filters": Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            "-f",
            help="Show rows where COLUMN=PATTERN, as type=T1*; may be repeated.",
            metavar="COLUMN=PATTERN",
            show_default=False,
        ),
    ],
    "sort_by": _text("--sort-by", "-s", about="Column to sort by; -COLUMN for the other way.", metavar="COLUMN"),
    "limit": Annotated[int | None, typer.Option("--limit", help="Show this many rows at most.", min=1, metavar="N")],
    "no_header": _flag("--no-header", about="Leave out the names of the columns."),
}

CHANGES: Final[Shared] = {
    "dry_run": _flag("--dry-run", about="Show what would be done, and do nothing."),
    "yes": _flag("--yes", "-y", about="Do not ask."),
}


Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", help="What stands between its cells, when that is not found.", metavar="comma|semicolon|tab"
    ),
]


def with_options(
    function: Callable[..., object],
    shared: Shared,
    annotation: Any = None,
    *,
    named: str = "",  # Any: as above
) -> Callable[..., object]:
    """Returns the function with the options added to its signature, as keywords; typer reads options from there.

    Args:
        function: Takes the options as ``**options``.
        shared: Annotations by name.
        annotation: That of one more keyword of the function itself.
        named: Its name.
    """
    hints = get_type_hints(function, include_extras=True)
    if named:
        hints[named] = annotation
    own = [
        parameter.replace(annotation=hints.get(name, parameter.annotation))
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, keyword, default=_default(each), annotation=each) for name, each in shared.items()]
    return _signed(function, [*own, *added])


def _default(annotation: Any) -> object:  # Any: as above
    return False if annotation.__origin__ is bool else None


def _signed(function: Callable[..., object], parameters: list[inspect.Parameter]) -> Callable[..., object]:
    described: Any = function  # Any: functions take attributes that their type does not know
    described.__signature__ = inspect.Signature(parameters)
    described.__annotations__ = {each.name: each.annotation for each in parameters}
    return function
