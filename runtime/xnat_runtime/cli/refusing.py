"""Secrets on the command line, which everybody on the machine can read there: refused, and never repeated."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

_LOGIN: Final = "run: {program} login (it asks for the password, or reads it from a pipe with --password-stdin)"

_REFUSED: Final = {
    "--password": _LOGIN,
    "--pass": _LOGIN,
    "--secret": "run: {program} login --token (it asks for alias and secret)",
    "--jsession": "set the variable XNATPY_JSESSION to the new one",
}


def refuse_secrets(program: str, words: Sequence[str]) -> None:
    """Lets only words pass that hold no secret.

    Raises:
        InvalidValueError: An option would hold one; the message tells what to do, and not what it was.
    """
    for word in takewhile(lambda each: each != "--", words):
        advice = _REFUSED.get(word.partition("=")[0])
        if advice is not None:
            from ..errors import InvalidValueError  # noqa: PLC0415 - the errors take time, and --help needs none

            msg = (
                f"{word.partition('=')[0]} is no option: others can see the options of running programs, and the shell "
                f"keeps them. Change what you gave away, and {advice.format(program=program)}"
            )
            raise InvalidValueError(msg)
