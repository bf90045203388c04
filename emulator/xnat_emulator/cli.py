"""The command ``xnat-emulator``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Emulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        import_module("uvicorn")
        server = import_module(".server", __package__)
    except ModuleNotFoundError as missing:
        needed = f'xnat-emulator needs the extra "emulator" ({missing.name}): pip install "xnat-sdk[emulator]"'
        print(needed, file=sys.stderr)  # noqa: T201 - said to the person who started the command
        return 2
    emulator: Emulator = server.start(
        options.demo,
        data=options.data,
        schemas=options.schemas,
        host=options.host,
        port=options.port,
        latency_ms=options.latency_ms,
        user=options.user,
        password=options.password,
    )
    return _serve(emulator)


def _serve(emulator: Emulator) -> int:
    """Say that the server is ready, and wait until someone ends it."""
    print(f"ready {emulator.url}", flush=True)  # noqa: T201 - callers wait for this line

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        emulator.wait()
    except KeyboardInterrupt:
        pass
    finally:
        emulator.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xnat-emulator", description="An XNAT server for demos and tests.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run a server until it is interrupted")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8080, help="port to listen on, 0 for a free one")
    serve.add_argument("--data", metavar="DIR", help="folder that keeps the archive; without it nothing is kept")
    serve.add_argument("--demo", action="store_true", help="start with the demo projects")
    serve.add_argument("--latency-ms", type=int, default=0, metavar="N", help="milliseconds added to every answer")
    serve.add_argument("--schemas", metavar="DIR", help="folder of XSD documents to serve instead of the shipped ones")
    serve.add_argument("--user", default="admin", metavar="U", help="login of the administrator")
    serve.add_argument("--password", default="admin", metavar="P", help="password of the administrator")
    return parser
