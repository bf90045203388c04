"""The command ``xnat-emulator``."""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

from . import options

if TYPE_CHECKING:
    from .server import Emulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    SIGTERM and Ctrl+C end a server with 0 at any moment; what makes a start impossible is one line and 1.
    """
    try:
        chosen = options.read(arguments)
        if chosen.command == "coverage":
            return _print(import_module(".coverage", __package__).report(chosen.schemas, as_json=chosen.json))
        if chosen.command == "faults":
            return _print(import_module(".faults", __package__).describe_faults())
        return _serve(chosen)
    except ModuleNotFoundError as missing:
        return _failed(f'the extra "emulator" is needed ({missing.name}): pip install "xnat-sdk[emulator]"', 2)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        return _failed(f"{place}{error.strerror or error}", 1)
    except ValueError as error:
        return _failed(str(error), 1)


def _serve(chosen: argparse.Namespace) -> int:
    # SIGINT by name too: a shell starts what a script puts in the background with it switched off.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    # What odd DICOM files make their reader say is of no use to whoever started the server.
    warnings.filterwarnings("ignore", module="pydicom")
    try:
        with _start(chosen) as emulator:
            _print(f"ready {emulator.url}")
            emulator.wait()
    except KeyboardInterrupt:
        return 0
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print(text: str) -> int:
    print(text, flush=True)  # noqa: T201 - this is what the command is asked for
    return 0


def _failed(reason: str, status: int) -> int:
    print(f"xnat-emulator: {reason}", file=sys.stderr)  # noqa: T201 - said to the person who started the command
    return status


def _start(chosen: argparse.Namespace) -> Emulator:
    emulator: Emulator = import_module(".server", __package__).start(
        chosen.demo,
        data=chosen.data,
        schemas=chosen.schemas,
        host=chosen.host,
        port=chosen.port,
        latency_ms=chosen.latency_ms,
        user=chosen.user,
        password=chosen.password,
        mode=options.mode_of(chosen),
        faults=chosen.fault,
    )
    return emulator
