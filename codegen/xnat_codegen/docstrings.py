"""Docstrings of generated code: from the schema's documentation, else from type, path and facets."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from .ir import Class, Kind, Member
from .model.xsd import Facets

WIDTH = 100
"""Characters of a docstring line, indentation not counted."""

INDENT = "    "

TYPE_WORDS = {
    "TEXT": "text",
    "URI": "a URI",
    "INTEGER": "an integer",
    "FLOAT": "a number",
    "BOOLEAN": "a boolean",
    "DATE": "a date",
    "TIME": "a time of day",
    "DATETIME": "a date with time",
    "DURATION": "a duration",
    "JSON": "a JSON document",
}


def class_docstring(cls: Class) -> str:
    """Returns the text of a class's docstring, indented for the class body."""
    what = f"Type ``{cls.label}``" if cls.qname is not None else f"Structure ``{cls.label}``"
    what = escaped(what + (f", element ``{cls.element}``." if cls.element else "."))
    if not cls.documentation:
        return what
    return _indented([*_wrapped(_sentence(cls.documentation)), "", what])


def member_docstring(member: Member) -> str:
    """Returns the text of a field's docstring, indented for the class body."""
    facts = ", ".join([_place(member), _type(member), *facet_texts(member.facets, _quoted)]) + "."
    return _indented(_wrapped(f"{_sentence(member.documentation)} {facts}" if member.documentation else facts))


def _place(member: Member) -> str:
    return f"Path ``{member.path}``" if member.path else "Text of the element"


def _type(member: Member) -> str:
    target = f"``{member.target.label}``" if member.target is not None else ""
    key = f"``{member.item_key.name}``" if member.item_key is not None else ""
    if member.kind is Kind.NESTED:
        return f"a structure {target}"
    if member.kind is Kind.VALUES:
        return f"a list, each {TYPE_WORDS[member.codec]}"
    if member.kind is Kind.KEYED_VALUES:
        return f"a map from {key} to {TYPE_WORDS[member.codec]}"
    if member.kind is Kind.ITEMS:
        return f"a list of structures {target}"
    if member.kind is Kind.KEYED_ITEMS:
        return f"structures {target} by {key}"
    return TYPE_WORDS[member.codec]


def _quoted(value: str) -> str:
    return f"``{value}``" if value else "empty"


def facet_texts(facets: Facets, quoted: Callable[[str], str]) -> list[str]:
    """Returns the limits of a value in words; ``quoted`` sets off the values of an enumeration."""
    texts: list[str] = []
    if facets.max_length is not None:
        texts.append(f"at most {facets.max_length} characters")
    if facets.minimum is not None:
        texts.append(f"at least {facets.minimum}")
    if facets.maximum is not None:
        texts.append(f"at most {facets.maximum}")
    if facets.enumeration:
        texts.append("one of " + ", ".join(map(quoted, facets.enumeration)))
    return texts


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def escaped(text: str) -> str:
    """Returns a text that may stand between triple double quotes."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    # Of several quotes in a row, and of those at the end, none may be taken for the closing ones.
    return re.sub(r'"(?="|$)', r"\"", printable.replace("\\", "\\\\"))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(escaped(" ".join(text.split())), WIDTH, break_long_words=False, break_on_hyphens=False)


def _indented(lines: list[str]) -> str:
    """Joins the lines; the closing quotes of several lines stand on a line of their own."""
    if len(lines) == 1:
        return lines[0]
    return "\n".join([lines[0], *(f"{INDENT}{line}".rstrip() for line in lines[1:]), INDENT])
