"""Reads ``xs:annotation``: documentation, and the ``xdat:`` marks of a server's own storage layer."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.xsd import XSD_NAMESPACE, Annotation
from .document import XmlNode

XS = f"{{{XSD_NAMESPACE}}}"
MARK_NAMESPACES = ("http://nrg.wustl.edu/xdat", "http://nrg.wustl.edu/security")
"""The marks sit in either namespace, depending on the file (schema-and-search 2.1)."""


def read_annotation(node: XmlNode) -> Annotation:
    """Returns what the annotation of an element, attribute or type says."""
    annotation = node.find(f"{XS}annotation")
    if annotation is None:
        return Annotation()
    return Annotation(
        documentation=_documentation(annotation),
        display_identifiers=_names(annotation, "element", "displayIdentifiers"),
        unique=_names(annotation, "field", "uniqueComposite"),
        relation_unique=_names(annotation, "field/relation", "uniqueComposite"),
        base_element=next(iter(_names(annotation, "field", "baseElement")), ""),
        is_abstract="true" in _names(annotation, "element", "abstract"),
        marks=tuple(sorted(_all_marks(annotation))),
    )


def _documentation(annotation: XmlNode) -> str:
    texts = (" ".join("".join(node.itertext()).split()) for node in annotation.iterchildren(f"{XS}documentation"))
    return " ".join(text for text in texts if text)


def _names(annotation: XmlNode, path: str, attribute: str) -> tuple[str, ...]:
    """The comma list in an attribute of a mark, in whichever namespace the mark is."""
    for mark in _marks(annotation, path.split("/")):
        return tuple(name.strip() for name in mark.get(attribute, "").split(",") if name.strip())
    return ()


def _marks(annotation: XmlNode, steps: list[str]) -> Iterator[XmlNode]:
    nodes = list(annotation.iterchildren(f"{XS}appinfo"))
    for step in steps:
        tags = [f"{{{namespace}}}{step}" for namespace in MARK_NAMESPACES]
        nodes = [child for node in nodes for child in node.iterchildren(*tags)]
    yield from nodes


def _all_marks(annotation: XmlNode) -> Iterator[tuple[str, str]]:
    """Every attribute of every mark; ``field`` and ``element`` themselves are left out of the names."""
    for kind in ("element", "field"):
        for mark in _marks(annotation, [kind]):
            yield from _attributes(mark, "")
            for child in mark.iterchildren(*(f"{{{namespace}}}*" for namespace in MARK_NAMESPACES)):
                yield from _attributes(child, f"{_local(child)}.")


def _attributes(mark: XmlNode, prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in mark.attrib.items():
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        # The order of constraints says nothing, that of the fields that stand for an item does.
        kept = sorted(parts) if name == "uniqueComposite" else parts
        yield f"{prefix}{name}", ", ".join(kept)


def _local(mark: XmlNode) -> str:
    return str(mark.tag).rpartition("}")[2]
