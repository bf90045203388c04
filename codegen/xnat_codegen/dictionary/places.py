"""Where everything is: a page for each data type, and on it a place for each structure and field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from ..ir import Class, Ir
from .markdown import Markdown, code, link

INDEX: Final = "index.md"
FIELDS: Final = "fields.md"


class Places:
    """The file of each data type: ``xnat-mrScanData.md``, beside it ``xnat-mrScanData.svg``."""

    def __init__(self, ir: Ir) -> None:
        """Names the files; where two differ in upper and lower case alone, the second one gets a number."""
        self._names: dict[str, str] = {}
        taken: set[str] = set()
        for label in sorted(cls.label for cls in ir.classes.values()):
            # A type's own name has no slash, and with the hyphen no page is called as the index is.
            name = first = label.replace(":", "-")
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{first}-{number}"
            taken.add(name.casefold())
            self._names[label] = name

    def name(self, cls: Class) -> str:
        """Returns the name of the page of a type, or of the type that a structure belongs to, without suffix."""
        return self._names[root_of(cls).label]

    def page(self, cls: Class) -> str:
        """Returns the address of a class, from any page of the dictionary."""
        page = f"{quote(self.name(cls))}.md"
        return page if cls.owner is None else f"{page}#{quote(anchor(cls))}"

    def class_link(self, cls: Class) -> Markdown:
        """Returns a link with the name of the class."""
        return link(code(str(cls.python_name)), self.page(cls))

    def class_links(self, classes: Iterable[Class]) -> tuple[Markdown, ...]:
        """Returns links to several classes."""
        return tuple(self.class_link(cls) for cls in classes)

    def field_link(self, cls: Class, name: str, text: Markdown) -> Markdown:
        """Returns a link to a field or listing of a class."""
        return link(text, f"{quote(self.name(cls))}.md#{quote(anchor(cls, name))}")


def root_of(cls: Class) -> Class:
    """Returns the data type that an anonymous structure stands in, at any depth; a data type is its own."""
    return cls if cls.owner is None else root_of(cls.owner)


def anchor(cls: Class, field: str = "") -> str:
    """Returns the place on a page: ``MrScanData.coil``; capitals and dots keep it apart from those of headings."""
    return f"{cls.python_name}.{field}" if field else str(cls.python_name)
