"""Parses an XML file safely: no network, no entities, no bombs, line numbers kept."""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

from ..errors import CodegenError, Source

XmlNode: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  # the stubs have no public name for it
"""A node of a parsed document."""

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""A schema document larger than this, in bytes, is refused: the largest one known has 0.2 MB."""


def parse_document(text: bytes, name: str) -> XmlNode:
    """Returns the root element of a document.

    Args:
        text: The file's content.
        name: What error messages call the file.

    Raises:
        CodegenError: The document is no XML, holds a document type declaration, or is too large.
    """
    if len(text) > MAX_DOCUMENT_BYTES:
        raise CodegenError(f"larger than {MAX_DOCUMENT_BYTES} bytes", Source(name))
    try:
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as error:
        raise CodegenError(f"not well-formed XML: {_reason(error)}", Source(name, error.lineno or 0)) from None
    doctype = root.getroottree().docinfo
    if doctype.doctype or doctype.internalDTD is not None:
        message = "holds a document type declaration; entities are refused, remove the <!DOCTYPE ...>"
        raise CodegenError(message, Source(name, 1))
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _reason(error: etree.XMLSyntaxError) -> str:
    text = (error.msg or "unknown reason").splitlines()[0]
    return text.rsplit(", line ", 1)[0]
