"""Asking a person at the terminal; what is typed secretly is shown nowhere."""

from __future__ import annotations

import sys
from typing import Final

from ..auth import Secret
from ..errors import InvalidValueError

_LONGEST: Final = 10_000


def is_terminal() -> bool:
    """Returns whether somebody can answer."""
    return sys.stdin.isatty()


def ask_line(question: str, advice: str) -> str:
    """Returns what a person types; the question goes to standard error, so that output can be caught.

    Args:
        question: Such as ``User``.
        advice: What to do where nobody can answer.

    Raises:
        InvalidValueError: Nobody can answer, or the answer is empty.
    """
    if not is_terminal():
        msg = f"{question}: nobody can answer here. {advice}"
        raise InvalidValueError(msg)
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip()
    if not typed:
        msg = f"{question}: nothing was typed"
        raise InvalidValueError(msg)
    return typed


def ask_secret(question: str) -> Secret:
    """Returns what a person types, which the terminal does not show.

    Raises:
        InvalidValueError: Nobody can answer, or the answer is empty.
    """
    if not is_terminal():
        msg = f"{question}: nobody can answer here. Pipe it in, with --password-stdin"
        raise InvalidValueError(msg)
    from getpass import getpass  # noqa: PLC0415 - few need it

    try:
        typed = getpass(f"{question}: ")
    except EOFError:
        typed = ""
    return _required(question, typed)


def piped_secret(question: str) -> Secret:
    """Returns the first line of standard input.

    Raises:
        InvalidValueError: There is none.
    """
    return _required(question, sys.stdin.readline(_LONGEST).rstrip("\r\n"))


def _required(question: str, typed: str) -> Secret:
    if not typed:
        msg = f"{question}: nothing was typed"
        raise InvalidValueError(msg)
    return Secret(typed)
