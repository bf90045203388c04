"""What ``xnat.connect`` of xnatpy takes beside our own arguments, so that a changed import is all that it takes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypedDict

if TYPE_CHECKING:
    from .transport import TimeoutSpec


class XnatpyOptions(TypedDict, total=False):
    """Arguments of xnatpy's connect(); those that have nothing to do here warn where they ask for something else.

    Attributes:
        debug: Whether all requests are logged: the same as ``loglevel="DEBUG"``, which comes first.
        logger: A logger that gets what this package logs; its level counts where ``loglevel`` is not given.
        pilot_timeout: Seconds, or (connect, read) seconds, for the requests that log in.
        detect_redirect: A redirect from http to https of the same host is always followed, one to another host never,
            so that no password ends up there: False has no effect and warns.
        extension_types: Data types are those that the package was generated for, and nothing is read from the server:
            True has no effect and warns; ``xnat-codegen generate`` makes a package with a site's own types.
        no_parse_model: Nothing is ever parsed when connecting; no effect.
    """

    debug: bool
    logger: logging.Logger | None
    pilot_timeout: TimeoutSpec | None
    detect_redirect: bool
    extension_types: bool
    no_parse_model: bool


# Argument -> the value that asks for something that does not happen here, and what to do.
_WITHOUT_EFFECT: Final[Mapping[str, tuple[bool, str]]] = {
    "detect_redirect": (
        False,
        "a redirect from http to https of the same host is always followed, one to another host never; give connect() "
        "the address that the site is at",
    ),
    "extension_types": (
        True,
        "data types come with the package and not from the server; for the types of a site's plugins make a package "
        "with  xnat-codegen fetch  and  xnat-codegen generate",
    ),
}
# From the warning up to the line that calls connect().
_CALLER: Final = 4


def check_options(given: XnatpyOptions, known: Iterable[str]) -> None:
    """Refuse arguments that connect() does not have, and warn of those of xnatpy that change nothing here.

    Args:
        given: The arguments as they came.
        known: The arguments that connect() itself has.

    Raises:
        TypeError: There is no such argument.
    """
    names = XnatpyOptions.__annotations__
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        close = get_close_matches(unknown, [*known, *names], 1)
        msg = f"connect() takes no argument {unknown}={f'; is {close[0]}= meant?' if close else ''}"
        raise TypeError(msg)
    for name, (asks, instead) in _WITHOUT_EFFECT.items():
        if given.get(name) is asks:
            warnings.warn(f"{name}={asks} has no effect: {instead}.", UserWarning, stacklevel=_CALLER)
