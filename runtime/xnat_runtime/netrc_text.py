"""What stands in a netrc file, and where.

Python's own reader is not used: it stumbles over a comment of several words that follows a blank line or quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|(?:\\.|[^ \t\r\n\\])+', re.S)
_ESCAPE: Final = re.compile(r"\\(.)", re.S)
_TOP: Final = frozenset({"machine", "default", "macdef"})
_VALUES: Final = {"login": "login", "user": "login", "account": "account", "password": "password"}


class NetrcError(Exception):
    """A text is not as netrc files are written.

    Attributes:
        line: Where, counted from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not as netrc files are written")
        self.line = line


class Entry(NamedTuple):
    """Who logs in to a machine; "" for what the file does not say."""

    user: str
    password: str


class Place(NamedTuple):
    """A piece of the text, quotes included."""

    start: int
    end: int


class Span(NamedTuple):
    """Where an entry is: from its first word to its last, and its name and values."""

    name: str
    start: int
    end: int
    places: Mapping[str, Place]

    def entry(self, text: str) -> Entry:
        """Returns what the entry says."""
        values = {name: _plain(text[place.start : place.end]) for name, place in self.places.items()}
        return Entry(values.get("login", ""), values.get("password", ""))


def entries(text: str) -> dict[str, Entry]:
    """Returns the entries by the name of their machine; of several with one name the last counts.

    Raises:
        NetrcError: The text is no netrc file.
    """
    return {span.name: span.entry(text) for span in spans(text)}


def spans(text: str) -> list[Span]:
    """Returns the entries in their order; comments and macros belong to none. The name of ``default`` is "default".

    Raises:
        NetrcError: The text is no netrc file.
    """
    found: list[Span] = []
    at = 0
    while (word := _TOKEN.search(text, at)) is not None:
        if word[0].startswith("#"):
            at = _line_end(text, word.end())
        elif word[0] == "macdef":
            at = _macro_end(text, word)
        elif word[0] in _TOP:
            found.append(_span(text, word))
            at = found[-1].end
        else:
            raise _error(text, word.start())
    return found


def _span(text: str, head: re.Match[str]) -> Span:
    name, end = "default", head.end()
    if head[0] == "machine":
        named = _value(text, head)
        name, end = _plain(named[0]), named.end()
    places = {"machine": Place(head.start(), end)}
    at = end
    while (word := _TOKEN.search(text, at)) is not None and word[0] not in _TOP:
        if word[0].startswith("#"):
            at = _line_end(text, word.end())
            continue
        if word[0] not in _VALUES:
            raise _error(text, word.start())
        value = _value(text, word)
        places[_VALUES[word[0]]] = Place(value.start(), value.end())
        at = end = value.end()
    return Span(name, head.start(), end, places)


def _value(text: str, key: re.Match[str]) -> re.Match[str]:
    found = _TOKEN.search(text, key.end())
    # A quote that is never closed begins a word by itself.
    if found is None or (found[0].startswith('"') and (len(found[0]) < 2 or not found[0].endswith('"'))):
        raise _error(text, key.start())
    return found


def _plain(word: str) -> str:
    return _ESCAPE.sub(r"\1", word[1:-1] if word.startswith('"') else word)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _macro_end(text: str, head: re.Match[str]) -> int:
    end = text.find("\n\n", head.end())
    if end < 0:
        raise _error(text, head.start())
    return end + 1


def _error(text: str, at: int) -> NetrcError:
    return NetrcError(text.count("\n", 0, at) + 1)
