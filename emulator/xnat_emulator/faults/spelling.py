"""Faults as they are written on a command line: ``NAME[:key=value,...]``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from typing import get_args, get_type_hints

from . import answers, contents, imports
from .effect import Effect
from .fault import Fault

NAMES: Mapping[str, type[Effect]] = {
    "drop": answers.Drop,
    "lose-reply": answers.LoseReply,
    "stall": answers.Stall,
    "trickle": answers.Trickle,
    "unavailable": answers.Unavailable,
    "expired-session": answers.ExpiredSession,
    "login-page": answers.LoginPage,
    "redirect": answers.Redirect,
    "wrong-length": answers.WrongLength,
    "cookie-without-path": answers.CookieWithoutPath,
    "truncated-zip": contents.TruncatedZip,
    "corrupt-zip": contents.CorruptZip,
    "hostile-members": contents.HostileMembers,
    "wrong-digest": contents.WrongDigest,
    "duplicate-labels": contents.DuplicateLabels,
    "hostile-labels": contents.HostileLabels,
    "stale-prearchive": contents.StalePrearchive,
    "import-race": imports.ImportRace,
}
"""Name on the command line -> effect."""

_SOURCE = re.compile(r" \([a-z-]+ [\d.]+\)")
"""Where the knowledge comes from, in a docstring."""

_REQUESTS = ("method", "path", "nth", "count", "every")


def read_fault(text: str) -> Fault:
    """Return the fault of a specification such as ``drop:after=1000,path=*/files*,count=1``.

    Keys are the attributes of the effect and those of ``Fault``; lists are separated by ``|``.

    Raises:
        ValueError: The name, a key or a value is wrong; the message says what would be right.
    """
    name, _, rest = text.partition(":")
    if name not in NAMES:
        raise ValueError(f"{name!r} is no fault: take one of {', '.join(NAMES)}")
    effect = NAMES[name]
    readers = _readers(effect)
    own: dict[str, object] = {}
    where: dict[str, object] = {}
    for pair in rest.split(",") if rest else ():
        key, equals, value = pair.partition("=")
        if not equals or key not in readers:
            raise ValueError(f"{pair!r} of the fault {name} is no key=value with a key of {', '.join(readers)}")
        (where if key in _REQUESTS else own)[key] = readers[key](f"{key} of the fault {name}", value)
    # The readers above give every key the type that its attribute has.
    return Fault(effect(**own), **where)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


_HEAD = (
    "Written NAME[:KEY=VALUE,...], for example drop:after=1000,path=*/files*,count=1.",
    "Every fault takes the keys that say which requests it disturbs:",
    "    method  methods joined by |, such as PUT|POST",
    "    path    pattern of the path, * for any text; with ? it is compared with path and query",
    "    nth     the first matching request that is disturbed, from 1 on",
    "    count   how many are disturbed from there on (all)",
    "    every   begin again after so many matching requests",
)


def describe_faults() -> str:
    """Return one paragraph for each fault: its name, what it does, its keys with their defaults."""
    lines = [*_HEAD, ""]
    for name, effect in NAMES.items():
        keys = ", ".join(f"{own.name}={_written(own)}" for own in _own_fields(effect))
        sentence = _SOURCE.sub("", (inspect.getdoc(effect) or "").partition("\n")[0]).replace("``", "")
        lines += [f"{name}", f"    {sentence}"] + ([f"    keys: {keys}"] if keys else [])
    return "\n".join(lines)


def _own_fields(effect: type[Effect]) -> list[Field[object]]:
    return [own for own in fields(effect) if own.init]  # type: ignore[arg-type]  # every effect is a dataclass


def _written(own: Field[object]) -> str:
    if isinstance(own.default, tuple):
        return "(names that lead out of a folder)"
    return str(own.default).lower() if isinstance(own.default, bool) else str(own.default)


Reader = Callable[[str, str], object]


def _readers(effect: type[Effect]) -> dict[str, Reader]:
    """Return how the value of each key is read."""
    hints = get_type_hints(effect)
    readers = {own.name: _reader(hints[own.name]) for own in _own_fields(effect)}
    return {**readers, "method": _text, "path": _text, "nth": _whole, "count": _whole, "every": _whole}


def _reader(hint: object) -> Reader:
    known: dict[object, Reader] = {int: _whole, float: _real, bool: _flag, str: _text, tuple[str, ...]: _list}
    choices = get_args(hint)
    return known[hint] if hint in known else lambda what, text: _choice(what, text, choices)


def _text(what: str, text: str) -> str:
    del what
    return text


def _list(what: str, text: str) -> tuple[str, ...]:
    del what
    return tuple(text.split("|"))


def _whole(what: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{what} is no whole number: {text!r}") from None


def _real(what: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{what} is no number: {text!r}") from None


def _flag(what: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"{what} is neither true nor false: {text!r}")
    return text == "true"


def _choice(what: str, text: str, choices: tuple[object, ...]) -> str:
    if text not in choices:
        raise ValueError(f"{what} is none of {', '.join(map(str, choices))}: {text!r}")
    return text
