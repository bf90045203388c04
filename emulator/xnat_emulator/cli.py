"""The command ``xnat-emulator``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Emulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    SIGTERM and Ctrl+C end it with 0 at any moment; what makes a start impossible is one line and 1.
    """
    options = _parser().parse_args(arguments)
    # SIGINT by name too: a shell starts what a script puts in the background with it switched off.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        with _start(options) as emulator:
            print(f"ready {emulator.url}", flush=True)  # noqa: T201 - callers wait for this line
            emulator.wait()
    except KeyboardInterrupt:
        return 0
    except ModuleNotFoundError as missing:
        return _failed(f'the extra "emulator" is needed ({missing.name}): pip install "xnat-sdk[emulator]"', 2)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        return _failed(f"{place}{error.strerror or error}", 1)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _failed(reason: str, status: int) -> int:
    print(f"xnat-emulator: {reason}", file=sys.stderr)  # noqa: T201 - said to the person who started the command
    return status


def _start(options: argparse.Namespace) -> Emulator:
    emulator: Emulator = import_module(".server", __package__).start(
        options.demo,
        data=options.data,
        schemas=options.schemas,
        host=options.host,
        port=options.port,
        latency_ms=options.latency_ms,
        user=options.user,
        password=options.password,
    )
    return emulator


def _number(most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from 0 on."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) > most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {most}")
        return int(text)

    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xnat-emulator", description="An XNAT server for demos and tests.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run a server until it is interrupted")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=_number(65_535), default=8080, help="port to listen on, 0 for a free one")
    serve.add_argument("--data", metavar="DIR", help="folder that keeps the archive; without it nothing is kept")
    serve.add_argument("--demo", action="store_true", help="start with the demo projects")
    serve.add_argument(
        "--latency-ms", type=_number(600_000), default=0, metavar="N", help="milliseconds added to every answer"
    )
    serve.add_argument("--schemas", metavar="DIR", help="folder of XSD documents to serve instead of the shipped ones")
    serve.add_argument("--user", default="admin", metavar="U", help="login of the administrator")
    serve.add_argument("--password", default="admin", metavar="P", help="password of the administrator")
    return parser
