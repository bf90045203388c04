"""How errors are told: one line, or JSON for programs; never a traceback, never a secret."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

import typer

from ..errors import ResponseError, XnatError
from .statuses import CANCELLED, FAILED, USAGE, status_of

# What messages name that people type here.
_TYPED: Final = {
    "overwrite=True": "--overwrite",
    "if_exists='overwrite' to replace them, 'skip'": "--if-exists overwrite to replace them, skip",
    "give project_id= another ID": "name another ID behind it",
    "give name= another": "give --name another",
    "connect without read_only=True (and without XNAT_READ_ONLY in the environment) to change something": (
        "--read-only, the profile or XNAT_READ_ONLY says so"
    ),
    "pass password=, set": "log in with the command login, set",
}
_JSON_WORDS: Final = (["--json"], ["--output", "json"], ["-o", "json"])


@runtime_checkable
class Misuse(Protocol):
    """What typer raises for words that it cannot read."""

    exit_code: int

    def format_message(self) -> str:
        """Returns what is wrong."""
        ...


def report(error: BaseException, words: Sequence[str]) -> int:
    """Writes an error to standard error and returns the exit status.

    Args:
        error: What a command raised.
        words: The words of the command; they tell whether errors are to be JSON.
    """
    if isinstance(error, Misuse) and error.format_message().startswith("Usage:"):
        # A group without a command shows its page.
        sys.stderr.write(f"{error.format_message()}\n")
        return USAGE
    status, kind, message = _told(error)
    if _is_json(words):
        told = {"error": kind, "message": message, "exit_status": status, **_details(error)}
        sys.stderr.write(json.dumps({"error": told}) + "\n")
    else:
        # Terminals show ^C where the cursor stood.
        start = "\n" if kind == "Cancelled" and sys.stderr.isatty() else ""
        sys.stderr.write(f"{start}error: {message}\n")
    return status


def _told(error: BaseException) -> tuple[int, str, str]:
    if isinstance(error, XnatError):
        return status_of(error), type(error).__name__, one_line(str(error))
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return CANCELLED, "Cancelled", one_line(str(error)) or "stopped"
    if isinstance(error, typer.Exit):
        return error.exit_code, "Exit", ""
    if isinstance(error, Misuse):
        return USAGE, "UsageError", one_line(error.format_message())
    if isinstance(error, OSError):
        return FAILED, type(error).__name__, one_line(str(error))
    return FAILED, type(error).__name__, _unforeseen(error)


def _unforeseen(error: BaseException) -> str:
    # The text of a foreign error may hold anything, so only its kind and place are told.
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"  # noqa: PTH119
    return f"this should not happen: {type(error).__name__} at {place}. Please report it with the command you typed"


def one_line(text: str) -> str:
    """Returns a message as one line, as `in_options` words it."""
    return in_options(" ".join(text.split()))


def in_options(text: str) -> str:
    """Returns a message with what people type here in the place of what programs pass."""
    for said, typed in _TYPED.items():
        text = text.replace(said, typed)
    return text


def _is_json(words: Sequence[str]) -> bool:
    pairs = [list(words[at : at + 2]) for at in range(len(words))]
    return any(wanted in (pair, pair[:1]) for pair in pairs for wanted in _JSON_WORDS) or "--output=json" in words


def _details(error: BaseException) -> dict[str, object]:
    if not isinstance(error, ResponseError):
        return {}
    return {"status": error.status, "method": error.method, "path": error.url}
