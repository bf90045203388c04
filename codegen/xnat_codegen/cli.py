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

LOGIN: Final = (
    "The password is XNATPY_PASS, XNAT_PASS or XNAT_PASSWORD, else that of the netrc file, else it is asked for; "
    "XNATPY_JSESSION or XNAT_TOKEN name a login session to use. Without any of them the site is read as a guest."
)
EXTRA_MODULES: Final = frozenset({"jinja2", "lxml", "xmlschema"})
EPILOG: Final = (
    "Exit status: 0 fine, 1 when a type could not be generated or the package is stale, 2 for bad input; "
    "problems go to standard error."
)

DIFF_EPILOG: Final = (
    "Exit status: 0 compatible (nothing that code sees changed), 3 additive (something came), 4 breaking (code must "
    "change); 1 when a type could not be generated, 2 for bad input."
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
        _add_output(command)
        _add_swagger(command)
    explained = commands.add_parser("explain", help="show what each pass did to a type")
    explained.add_argument("type", metavar="TYPE", help="such as xnat:mrScanData")
    _add_input(explained)
    _add_graph(commands.add_parser("graph", help="draw the data types: what extends and what holds what"))
    _add_dictionary(commands.add_parser("dictionary", help="write the data dictionary: a page for each data type"))
    _add_diff(
        commands.add_parser(
            "diff", help="tell what a change of schemas means for users of the package", epilog=DIFF_EPILOG
        )
    )
    _add_fetch(commands.add_parser("fetch", help="write the schemas of a server to a folder"))
    return parser


def _add_input(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--schemas", action="append", type=Path, metavar="PATH", help="folder or file; repeats (stock schemas)"
    )
    command.add_argument("--with-stock", action="store_true", help="add the stock schemas to those of --schemas")
    _add_files(command)


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--package", default="xnat_sdk", metavar="NAME", help="import name (xnat_sdk)")
    command.add_argument(
        "-o", "--out", type=Path, default=Path("generated"), metavar="DIR", help="folder of the package (generated)"
    )
    command.add_argument(
        "--project",
        action=argparse.BooleanOptionalAction,
        help="also a pyproject.toml that makes the folder installable (for packages other than xnat_sdk)",
    )


def _add_swagger(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--swagger", type=Path, metavar="FILE", help="Swagger 2.0 document of the server: its endpoints, typed, too"
    )


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument("--routes", type=Path, metavar="FILE", help="route catalogue (stock routes.toml)")
    command.add_argument("--names", type=Path, metavar="FILE", help="TOML file that decides clashes of names")


def _add_diff(command: argparse.ArgumentParser) -> None:
    where = 'schema folder or file, "stock" for the stock schemas'
    command.add_argument("old", type=Path, metavar="OLD", help=where)
    command.add_argument("new", type=Path, metavar="NEW", help=where)
    command.add_argument("--json", action="store_true", help="a JSON object in place of text")
    _add_namespace(command)
    _add_files(command)
    command.set_defaults(schemas=None)


def _add_graph(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("svg", "mermaid"), default="svg", help="picture or text (svg)")
    command.add_argument("--type", default="", metavar="TYPE", help="only what is around one type: xnat:mrScanData")
    _add_namespace(command)
    command.add_argument("-o", "--out", type=Path, metavar="FILE", help="file, in place of standard output")
    _add_input(command)


def _add_dictionary(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="folder of the pages")
    command.add_argument("--package", default="xnat_sdk", metavar="NAME", help="import name of the classes (xnat_sdk)")
    command.add_argument(
        "--link-end",
        default=".html",
        metavar="TEXT",
        help='what the addresses of pages end with in diagrams: "/" for a site with a folder for each page (.html)',
    )
    _add_input(command)


def _add_namespace(command: argparse.ArgumentParser) -> None:
    command.add_argument("--namespace", default="", metavar="PREFIX", help="only the types of one prefix, such as xnat")


def _add_fetch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "url", metavar="URL", nargs="?", help="the server, with its context path when it has one (XNAT_HOST)"
    )
    command.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="folder of the schemas")
    _add_login(command)
    _add_network(command)


def _add_login(command: argparse.ArgumentParser) -> None:
    login = command.add_argument_group("login", LOGIN)
    login.add_argument("--user", metavar="NAME", help="account, or the alias of a token (XNATPY_USER or XNAT_USER)")
    login.add_argument("--auth-provider", default="", metavar="NAME", help="when the site has several")
    login.add_argument("--netrc-file", type=Path, metavar="FILE", help="in place of NETRC and ~/.netrc")
    login.add_argument(
        "--allow-unsafe-netrc", action="store_true", help="the file may be readable by others, as mounted secrets are"
    )


def _add_network(command: argparse.ArgumentParser) -> None:
    network = command.add_argument_group("network")
    network.add_argument(
        "--no-verify", action="store_false", dest="verify", help="accept any certificate, which is not safe"
    )
    network.add_argument(
        "--ca",
        type=Path,
        metavar="PATH",
        help="file or folder with the server's CA (SSL_CERT_FILE, REQUESTS_CA_BUNDLE)",
    )
    network.add_argument("--client-certificate", type=Path, metavar="FILE", help="PEM file with certificate and key")
    network.add_argument("--proxy", metavar="URL", help='in place of HTTPS_PROXY and its like; "" for none')
