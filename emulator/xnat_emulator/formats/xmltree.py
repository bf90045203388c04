"""The one reader of XML that clients send: no entities, no document types, no network, no endless depth."""

from __future__ import annotations

from lxml import etree

from ..datamodel.xsd import Element


class XmlError(ValueError):
    """A text is no well-formed XML, or has a document type declaration."""


def parse(body: bytes) -> Element:
    """Return the root of an XML text.

    Entities stay unresolved, and whatever declares them is refused, so that no text grows while it is read and no file
    or address is opened. Depth and sizes keep to the limits of libxml2: 256 levels, 10 MB of text in one element.

    Raises:
        XmlError: It is not well-formed, or has a document type declaration.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError(f"Invalid XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise XmlError("Invalid XML: a document type declaration is not allowed")
    return root
