"""Checks of what callers of the public API give: one line that names the thing and says what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LOGIN = re.compile(r"[^\s:/]+")


def whole(what: str, value: object, least: int = 0, most: int | None = None) -> None:
    """Refuse anything but a whole number in a range.

    Raises:
        ValueError: It is none, or out of range.
    """
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not in_range(value, least, most):
        raise ValueError(f"{what} is {_range('a whole number', least, most)}, not {value!r}")


def number(what: str, value: object, least: float = 0, most: float | None = None) -> None:
    """Refuse anything but a number in a range.

    Raises:
        ValueError: It is none, or out of range.
    """
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not in_range(value, least, most):
        raise ValueError(f"{what} is {_range('a number', least, most)}, not {value!r}")


def in_range(value: object, least: float, most: float | None) -> bool:
    """Tell whether a number lies between two others, both included."""
    return isinstance(value, (int, float)) and value >= least and (most is None or value <= most)


def _range(kind: str, least: float, most: float | None) -> str:
    return f"{kind} of {least:g} or more" if most is None else f"{kind} from {least:g} to {most:g}"


def one_of(what: str, value: object, choices: Sequence[object]) -> None:
    """Refuse what is not among the choices.

    Raises:
        ValueError: It is not.
    """
    if value not in choices:
        raise ValueError(f"{what} is one of {', '.join(map(str, choices))}, not {value!r}")


def kind(what: str, value: object, wanted: type, example: str) -> None:
    """Refuse what is of another class.

    Raises:
        TypeError: It is; the message shows an example of what is meant.
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{what} is of class {wanted.__name__}, such as {example}, not {value!r}")


def header(what: str, value: object) -> None:
    """Refuse what cannot stand in a header line.

    Raises:
        ValueError: It is no text, or has signs that ASCII does not print.
    """
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        raise ValueError(f"{what} is printable ASCII text, not {value!r}")


def names(what: str, value: object) -> None:
    """Refuse what is no tuple of names.

    Raises:
        ValueError: It is a text by itself, or holds something else than text, or nothing.
    """
    if not isinstance(value, tuple) or not value or not all(isinstance(name, str) for name in value):  # pyright: ignore[reportUnknownVariableType] - found out here
        raise ValueError(f'{what} is a tuple of texts, such as ("../outside",), not {value!r}')


def account(login: object, password: object) -> None:
    """Refuse a login or password that no client could send.

    Raises:
        ValueError: The login is empty, ``guest`` or has a blank, colon or slash; or the password is empty.
    """
    if not isinstance(login, str) or _LOGIN.fullmatch(login) is None or login == "guest":
        raise ValueError(f"user is a login without blank, colon and slash, and not the site's own 'guest': {login!r}")
    if not isinstance(password, str) or not password:
        raise ValueError("password is a text that is not empty")


def label(what: str, value: object) -> None:
    """Refuse a name that no URL could address.

    Raises:
        ValueError: It is empty, or has a slash or a sign that is not printed.
    """
    if not isinstance(value, str) or not value.strip() or "/" in value or not value.isprintable():
        raise ValueError(f"{what} is printable text without a slash, not {value!r}")


def inner_path(path: object) -> None:
    """Refuse a path that leads out of the folder it is meant for.

    Raises:
        ValueError: It does, or names no file.
    """
    if not isinstance(path, str) or not path.isprintable() or {"", ".", ".."} & set(path.split("/")) or "\\" in path:
        raise ValueError(f"path of a file is relative and stays inside, such as 'deep/a.txt', not {path!r}")
