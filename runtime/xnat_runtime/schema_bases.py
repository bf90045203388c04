"""What the types of a schema document extend: the part of XML Schema that placing an unknown type needs."""

from __future__ import annotations

from typing import Final, NamedTuple
from xml.parsers import expat

SIZE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of the largest document that is read; XNAT's own largest has half a million."""
_SCHEMA: Final = "http://www.w3.org/2001/XMLSchema"
# Where an extension stands in a type of the document, and in the type that a global element holds itself.
_OF_TYPE: Final = ["schema", "complexType", "complexContent"]
_OF_ELEMENT: Final = ["schema", "element", "complexType", "complexContent"]


class QName(NamedTuple):
    """A name of a schema, which no choice of prefixes changes."""

    uri: str
    local: str


class SchemaBases:
    """The types of one document with what each extends.

    Attributes:
        bases: What a type extends, by its name; a type that an element holds itself has the element's name.
        prefix: The prefix that the document has for its own names, "" when it has none.

    Raises:
        ValueError: The document is larger than `SIZE_LIMIT`, no XML, or has a document type declaration: without
            one, no text grows while it is read, and no other address is opened.
    """

    def __init__(self, document: bytes) -> None:
        if len(document) > SIZE_LIMIT:
            msg = f"the schema document has more than {SIZE_LIMIT} bytes"
            raise ValueError(msg)
        self.bases: dict[QName, QName] = {}
        self._uri = ""
        self._owner = QName("", "")
        self._steps: list[str] = []
        self._prefixes: list[tuple[str, str]] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartNamespaceDeclHandler = self._declare
        parser.EndNamespaceDeclHandler = self._undeclare
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self.prefix = ""
        try:
            parser.Parse(document, True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None

    def _declare(self, prefix: str | None, uri: str) -> None:
        self._prefixes.append((prefix or "", uri))

    def _undeclare(self, prefix: str | None) -> None:
        del prefix
        self._prefixes.pop()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        uri, _, local = tag.rpartition(" ")
        if not self._steps:
            self._uri = attributes.get("targetNamespace", "")
            self.prefix = next((prefix for prefix, known in self._prefixes if known == self._uri and prefix), "")
        elif self._steps == ["schema"]:
            self._owner = QName(self._uri, attributes.get("name", ""))
        elif local == "extension" and self._steps in (_OF_TYPE, _OF_ELEMENT):
            self.bases[self._owner] = self._name(attributes.get("base", ""))
        self._steps.append(local if uri == _SCHEMA else tag)

    def _end(self, tag: str) -> None:
        del tag
        self._steps.pop()

    def _name(self, text: str) -> QName:
        prefix, _, local = text.strip().rpartition(":")
        uri = next((known for declared, known in reversed(self._prefixes) if declared == prefix), "")
        return QName(uri, local)


def _refuse(*declared: object) -> None:
    del declared
    msg = "the schema document has a document type declaration"
    raise ValueError(msg)
