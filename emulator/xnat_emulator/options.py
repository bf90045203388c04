"""The options of the command ``xnat-emulator``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from importlib import import_module, metadata
from typing import NoReturn

from .mode import PLUGINS, VERSIONS, Mode, Slow

_LONGEST_MS = 600_000
_FAULTS = (
    "A fault is NAME[:KEY=VALUE,...], for example drop:after=1000,path=*/files*,count=1 (see: xnat-emulator faults)."
)


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """End the program with 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _version() -> str:
    try:
        return metadata.version("xnat-sdk")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a command line; wrong usage ends the program with 2."""
    parser = _Parser(
        prog="xnat-emulator",
        description="An XNAT server for demos and tests.",
        epilog="Each command has its own --help.",
    )
    parser.add_argument("--version", action="version", version=f"xnat-emulator {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    serve = commands.add_parser("serve", help="run a server until it is interrupted", epilog=_FAULTS)
    _add_server(serve)
    _add_modes(serve)
    coverage = commands.add_parser(
        "coverage", help="print which routes of a real server are served, and why others are not"
    )
    coverage.add_argument("--json", action="store_true", help="as JSON")
    coverage.add_argument(
        "--schemas", metavar="DIR", help="folder with the catalogue of routes, instead of the shipped one"
    )
    commands.add_parser("faults", help="print the faults that --fault takes")
    return parser.parse_args(arguments)


def _add_server(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1); 0.0.0.0 for every machine"
    )
    serve.add_argument(
        "--port", type=_number(65_535), default=8080, metavar="N", help="port to listen on (8080), 0 for a free one"
    )
    serve.add_argument("--data", metavar="DIR", help="folder that keeps the archive; without it nothing is kept")
    serve.add_argument("--demo", action="store_true", help="start with the demo projects")
    serve.add_argument(
        "--latency-ms", type=_number(_LONGEST_MS), default=0, metavar="N", help="milliseconds added to every answer"
    )
    serve.add_argument("--schemas", metavar="DIR", help="folder of XSD documents to serve instead of the shipped ones")
    serve.add_argument("--user", default="admin", metavar="U", help="login of the administrator (admin)")
    serve.add_argument("--password", default="admin", metavar="P", help="password of the administrator (admin)")


def _add_modes(serve: argparse.ArgumentParser) -> None:
    modes = serve.add_argument_group("how the site is set up")
    modes.add_argument("--xnat-version", choices=VERSIONS, default="1.8", help="release line it behaves like (1.8)")
    modes.add_argument("--open-site", action="store_true", help="guests read public projects without an account")
    modes.add_argument("--anonymise", action="store_true", help="imported DICOM gets new UIDs, so digests change")
    modes.add_argument("--no-checksums", action="store_true", help="catalogs and listings hold no digests")
    modes.add_argument("--ranges", action="store_true", help="downloads honour Range, which a stock server ignores")
    modes.add_argument("--require-reason", action="store_true", help="refuse changes without event_reason")
    modes.add_argument(
        "--session-limit",
        type=_number(1_000_000, 1),
        default=1000,
        metavar="N",
        help="logins an account may hold (1000)",
    )
    modes.add_argument("--plugin", action="append", default=[], choices=PLUGINS, help="a plugin it has; repeatable")
    trouble = serve.add_argument_group("trouble")
    trouble.add_argument("--slow", nargs="?", const=Slow(), type=_slow, metavar="KEY=N,...", help=_slow_help())
    trouble.add_argument(
        "--fault", action="append", default=[], type=_fault, metavar="FAULT", help="let something go wrong; repeatable"
    )


def _slow_help() -> str:
    keys = ", ".join(f"{own.name}={own.default}" for own in fields(Slow))
    return f"a slow site behind a proxy that gives up; keys with their defaults: {keys}"


def mode_of(chosen: argparse.Namespace) -> Mode:
    """Return how the options set up the site."""
    return Mode(
        version=chosen.xnat_version,
        require_login=not chosen.open_site,
        checksums=not chosen.no_checksums,
        ranges=chosen.ranges,
        anonymise=chosen.anonymise,
        require_reason=chosen.require_reason,
        sessions_per_user=chosen.session_limit,
        slow=chosen.slow,
        plugins=tuple(chosen.plugin),
    )


def _number(most: int, least: int = 0) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range."""

    def read_number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read_number


def _slow(text: str) -> Slow:
    names = [own.name for own in fields(Slow)]
    found: dict[str, int] = {}
    for pair in text.split(","):
        name, equals, number = pair.partition("=")
        if not equals or name not in names:
            raise argparse.ArgumentTypeError(f"{pair!r} is no key=number with a key of {', '.join(names)}")
        found[name] = _number(10**12)(number)
    return replace(Slow(), **found)


def _fault(text: str) -> object:
    try:
        return import_module(".faults", __package__).read_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
