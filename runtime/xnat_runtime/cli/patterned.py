"""Paths with patterns: ``sandbox/sessions/test*``, ``sandbox/*/*/T1*``."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import InvalidValueError
from .places import LEVELS, listing_at, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..listings import Listing
    from ..objects import XnatObject
    from ..session import BaseSession

_PATTERN: Final = re.compile(r"[*?]|\[.+\]")
_NAMED: Final = ("label", "ID", "type", "name", "path", "Name")
_LEVELS: Final = ("project", "subject", "experiment", "scan", "resource")


def has_pattern(text: str) -> bool:
    """Whether a text is a shell pattern."""
    return _PATTERN.search(text) is not None


@attrs.frozen
class Matching:
    """The items of one listing whose label, ID, scan type or file name fits a pattern.

    Attributes:
        listing: The listing.
        fits: Tells whether a row of it fits.
    """

    listing: Listing[XnatObject]
    fits: Callable[[Mapping[str, object]], bool]


def matching(session: BaseSession, text: str) -> Matching | None:
    """Returns what a path with a pattern in its last word names, None for a path with patterns before.

    Raises:
        InvalidValueError: It names no listing.
    """
    before, _, last = text.rstrip("/").rpartition("/")
    if has_pattern(before):
        return None
    test = re.compile(fnmatch.translate(last)).match
    return Matching(listing_at(session, before), lambda row: any(test(str(row[key])) for key in _NAMED if row.get(key)))


def found_by(session: BaseSession, text: str) -> tuple[list[XnatObject], str]:
    """Returns the objects that a path with patterns on several levels names, and their kind: two requests at most.

    Raises:
        InvalidValueError: It goes deeper than patterns do.
    """
    wanted, level = _wanted(session, text)
    found = session.search(
        wanted.get("project"), wanted.get("subject"), wanted.get("experiment"), wanted.get("scan"),
        wanted.get("resource"), level=level,
    )  # fmt: skip
    return found, level


def _wanted(session: BaseSession, text: str) -> tuple[dict[str, str], str]:
    kind, wanted = "site", dict[str, str]()
    words = words_of(session, text)
    before = ""
    while words:
        below = LEVELS[kind].below
        collection = words.pop(0) if words[0] in below else next(iter(below))
        before, kind = kind, below[collection]
        if kind not in _LEVELS or not (words or collection):
            msg = f"{text!r}: patterns are for projects, subjects, experiments, scans and resources, not {collection}"
            raise InvalidValueError(msg)
        wanted[kind] = words.pop(0) if words else "*"
    return wanted, f"{before}_resource" if kind == "resource" else kind
