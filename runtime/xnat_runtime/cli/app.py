"""The program: which command is meant, its help, and how it ends."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from .commands import GROUPS, SECTIONS, Entry
from .help import examples_help, group_help, root_help, tidied
from .options import CONNECTION, with_options
from .refusing import refuse_secrets

if TYPE_CHECKING:
    from . import Site

_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}


def main(site: Site, arguments: list[str]) -> int:
    """Runs one command and returns its exit status."""
    from .failures import report  # noqa: PLC0415 - imports the errors; --help needs none

    program = typer.main.get_command(_program(site))
    try:
        refuse_secrets(site.program, arguments)
        status = program.main(arguments, prog_name=site.program, standalone_mode=False, obj={"site": site})
        sys.stdout.flush()
    except BrokenPipeError:
        return _seen_enough()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no traceback for whoever types commands
        return report(error, arguments)
    return status if isinstance(status, int) else 0


def _seen_enough() -> int:
    # Whoever read the output wants no more of it; Python must not complain when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _program(site: Site) -> typer.Typer:
    # typer evaluates the annotations of both functions, so they name nothing that is imported for checkers alone.
    def show_version(wanted: bool) -> None:
        if wanted:
            _show_version(site)

    def start(ctx: typer.Context, show: bool = False, **options: object) -> None:  # noqa: ARG001 - shown by its callback
        ctx.find_root().obj["given"] = options

    version = typer.Option("--version", help="Show the version and exit.", callback=show_version, is_eager=True)
    app = typer.Typer(
        cls=_Root,
        no_args_is_help=True,
        context_settings=_CONTEXT,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(with_options(start, CONNECTION, Annotated[bool, version], named="show"))
    return app


def _show_version(site: Site) -> None:
    from .._version import __version__  # noqa: PLC0415 - only here

    typer.echo(f"{site.program} {__version__}")
    raise typer.Exit


def _show_options(found: list[Any]) -> None:  # Any: typer does not export this class
    """Makes the options that pages leave out known to the Tab key."""
    for each in found:
        each.hidden = False


class _Lazy(TyperGroup):
    """A group whose commands are imported when they are run, so that ``--help`` is quick."""

    _offers = False

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:  # Any: as below
        """Returns what the Tab key offers; no command is imported for it."""
        _show_options(self.params)
        self._offers = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self._offers = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # Any: typer does not export this class
        """Returns the names below this group, in the order of the table."""
        return list(dict.fromkeys(words[0] for words in self._names()))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # Any: as above, and commands
        """Returns the command or group of this name, None when there is none."""
        prefix = self._prefix()
        if not prefix and cmd_name in GROUPS:
            return _Group(
                name=cmd_name, help=GROUPS[cmd_name], no_args_is_help=True, context_settings=_CONTEXT,
                rich_markup_mode=None,
            )  # fmt: skip
        name = " ".join([*prefix, cmd_name])
        entry = next((commands[name] for commands in SECTIONS.values() if name in commands), None)
        if entry is not None and self._offers:
            return TyperCommand(cmd_name, help=entry.title, rich_markup_mode=None)
        return None if entry is None else _load(cmd_name, entry)

    def _prefix(self) -> list[str]:
        return []

    def _names(self) -> list[list[str]]:
        depth = len(self._prefix())
        names = (name.split() for commands in SECTIONS.values() for name in commands)
        return [words[depth:] for words in names if words[:depth] == self._prefix() and len(words) > depth]


class _Root(_Lazy):
    def get_help(self, ctx: Any) -> str:  # Any: as above
        """Returns the page of ``--help``."""
        return root_help(ctx.command_path)


class _Group(_Lazy):
    def _prefix(self) -> list[str]:
        return [self.name or ""]

    def get_help(self, ctx: Any) -> str:  # Any: as above
        """Returns the page of ``--help`` of the group."""
        return group_help(ctx.command_path, self.name or "")


class _Command(TyperCommand):
    def invoke(self, ctx: Any) -> Any:  # Any: as above, and what the command returns
        """Runs the command; typer would end the program by itself for these two."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _seen_enough()
        except KeyboardInterrupt as error:
            # It may say how to go on.
            raise typer.Abort(*error.args) from None

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:  # Any: as above
        """Returns what the Tab key offers: also the options that every command has, which its page leaves out."""
        _show_options(self.params)
        return super().shell_complete(ctx, incomplete)

    def get_help(self, ctx: Any) -> str:  # Any: as above
        """Returns the page of ``--help``, with the examples."""
        examples: tuple[str, ...] = getattr(self.callback, "examples", ())
        return tidied(super().get_help(ctx)) + examples_help(ctx.find_root().info_name, examples)


def _load(name: str, entry: Entry) -> Any:  # Any: typer does not export this class of commands
    module, _, function = entry.place.partition(":")
    made = getattr(import_module(f"{__package__}.{module}"), function)
    app = typer.Typer(
        context_settings=_CONTEXT, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.command(name, cls=_Command)(made)
    return typer.main.get_command(app)
