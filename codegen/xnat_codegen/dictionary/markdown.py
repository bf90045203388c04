"""Text as Markdown: what a schema says is shown as it stands, whatever characters it has.

Special characters become character references, which every dialect of Markdown and every place in it (a table, a
link, a heading) leaves alone; a backslash is not understood everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NewType

Markdown = NewType("Markdown", str)
"""A text that may be printed; everything that comes from a schema went through `plain` or `code`."""

NOTHING: Final = Markdown("")

# Punctuation that nothing takes for markup inside a line. A colon before a space is one, before a word an emoji.
_SPECIAL = re.compile(r"""[^\w\s.,;'"()/?%:-]|_|:(?!\s)""")
# What begins with a colon or a number sign may name a language.
_PLAIN_CODE = re.compile(r"[\w./([{…-][\w ./:,@=+()\[\]{}…-]*")
_WIDE = 24
_WORD_END = re.compile(r"(?<=[/_.:])(?=[^/_.:])|(?<=[a-z])(?=[A-Z])")
_SPECIAL_IN_CODE = re.compile(r"[^\w\s.,/()-]|_|:(?!\s)")


def plain(text: str) -> Markdown:
    """Returns a text on one line, which means nothing but itself."""
    line = one_line(text)
    # What begins a line may make a heading, a list or a quotation of it; a number does with a dot behind it.
    first, rest = line[:1], line[1:]
    return Markdown((first if first.isalpha() else _reference(first)) + _SPECIAL.sub(_referenced, rest))


def code(text: str) -> Markdown:
    """Returns a name or value as code; a long one may be broken between its words."""
    line = one_line(text)
    is_long = len(line) > _WIDE and " " not in line
    if _PLAIN_CODE.fullmatch(line) and not is_long:
        return Markdown(f"`{line}`")
    parts = _WORD_END.split(line) if is_long else [line]
    return Markdown(f"<code>{'<wbr>'.join(_SPECIAL_IN_CODE.sub(_referenced, part) for part in parts)}</code>")


def link(text: Markdown, target: str) -> Markdown:
    """Returns a link; the target is an address whose special characters are percent-encoded."""
    return Markdown(f"[{text}]({target})")


def anchored(anchor: str, text: Markdown) -> Markdown:
    """Returns a text with a place in front that links can lead to; the anchor consists of identifiers and dots."""
    return Markdown(f'<a id="{anchor}"></a>{text}')


def lines(*texts: Markdown) -> Markdown:
    """Returns several texts below each other, without the empty ones."""
    return joined((text for text in texts if text), "<br>")


def joined(parts: Iterable[Markdown], between: str = ", ") -> Markdown:
    """Returns several texts as one."""
    return Markdown(between.join(parts))


def one_line(text: str) -> str:
    """Returns a text without line breaks and other characters that are not printed."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def first_sentence(text: str, most: int = 140) -> str:
    """Returns how a documentation begins: its first sentence, or as many whole words as fit."""
    sentence = re.split(r"(?<=[.!?])\s", one_line(text), maxsplit=1)[0]
    if len(sentence) <= most:
        return sentence
    return f"{sentence[:most].rpartition(' ')[0] or sentence[:most]} …"


def _referenced(found: re.Match[str]) -> str:
    return _reference(found[0])


def _reference(char: str) -> str:
    return f"&#{ord(char)};" if char else ""
