"""The command line: ``xnat-codegen``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from . import __version__
from .errors import CodegenError
from .statuses import BAD_INPUT, FINE, INTERRUPTED

EXTRA_MODULES: Final = frozenset({"jinja2", "lxml", "xmlschema"})
EPILOG: Final = (
    "Exit status: 0 fine, 1 when a type could not be generated or the package is stale, 2 for bad input; "
    "problems go to standard error."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0 fine, 1 incomplete or stale, 2 bad input."""
    options = _parser().parse_args(arguments)
    _accept_any_character()
    try:
        status = _run(options)
        sys.stdout.flush()
    except CodegenError as error:
        sys.stderr.write(f"error: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    return status


def _accept_any_character() -> None:
    """Schemas may hold characters that the terminal's encoding lacks; these are printed escaped."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _run(options: argparse.Namespace) -> int:
    try:
        commands = import_module(".commands", __package__)
    except ModuleNotFoundError as error:
        if error.name not in EXTRA_MODULES:
            raise
        raise CodegenError(
            f'xnat-codegen needs the extra "codegen" ({error.name}): pip install "xnat-sdk[codegen]"'
        ) from None
    status: int = commands.COMMANDS[options.command](options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("xnat-codegen", description="Typed Python from XNAT schemas.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    generate = commands.add_parser("generate", help="write the package", epilog=EPILOG)
    check = commands.add_parser("check", help="tell whether the package is current, with a diff", epilog=EPILOG)
    for command in (generate, check):
        _add_input(command)
        command.add_argument("--package", default="xnat_sdk", metavar="NAME", help="import name (xnat_sdk)")
        command.add_argument("--out", type=Path, default=Path("generated"), metavar="DIR", help="folder of the package")
    explained = commands.add_parser("explain", help="show what each pass did to a type")
    explained.add_argument("type", metavar="TYPE", help="such as xnat:mrScanData")
    _add_input(explained)
    graphed = commands.add_parser("graph", help="print which type extends which, for Graphviz")
    _add_input(graphed)
    _add_diff(commands.add_parser("diff", help="tell what a change of schemas means for users of the package"))
    _add_fetch(commands.add_parser("fetch", help="write the schemas of a server to a folder"))
    return parser


def _add_input(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--schemas", action="append", type=Path, metavar="PATH", help="folder or file; repeats (stock schemas)"
    )
    command.add_argument("--with-stock", action="store_true", help="add the stock schemas to those of --schemas")
    _add_files(command)


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument("--routes", type=Path, metavar="FILE", help="route catalogue (stock routes.toml)")
    command.add_argument("--names", type=Path, metavar="FILE", help="TOML file that decides clashes of names")


def _add_diff(command: argparse.ArgumentParser) -> None:
    command.add_argument("old", type=Path, metavar="OLD", help="schema folder or file")
    command.add_argument("new", type=Path, metavar="NEW", help="schema folder or file")
    _add_files(command)
    command.set_defaults(schemas=None)


def _add_fetch(command: argparse.ArgumentParser) -> None:
    command.add_argument("url", metavar="URL", help="the server, with its context path when it has one")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the schemas")
    command.add_argument(
        "--user", metavar="NAME", help="account (XNAT_USER); its password is XNAT_PASSWORD or asked for"
    )
