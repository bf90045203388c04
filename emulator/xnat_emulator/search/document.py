"""Search documents: ``xdat:bundle``, ``xdat:Search`` and ``xdat:stored_search`` (schema-and-search 4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ..datamodel.xsd import Element
from ..formats import xmltree

NAMESPACE = "http://nrg.wustl.edu/security"
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_ROOTS = frozenset({"bundle", "Search", "search", "stored_search"})


class SearchDocumentError(ValueError):
    """The text is no well-formed search document."""


@dataclass(frozen=True, slots=True)
class SearchField:
    """One column that is asked for; the value is the one of its own element, not of the id."""

    element: str
    id: str
    sequence: int = 0
    type: str = ""
    header: str = ""
    value: str | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition; ``override`` takes the value as SQL text."""

    field: str
    comparison: str = "="
    value: str = ""
    override: bool = False


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """Conditions joined by AND or OR, with sets of their own inside."""

    method: str = "AND"
    criteria: tuple[Criterion, ...] = ()
    sets: tuple[CriteriaSet, ...] = ()

    def walk(self) -> Iterator[Criterion]:
        """Yield every condition of this set and of those inside it."""
        yield from self.criteria
        for inner in self.sets:
            yield from inner.walk()


@dataclass(frozen=True)
class SearchDocument:
    """One search.

    Attributes:
        root: Type of the rows.
        id: Its ID, often empty.
        fields: Columns in the order of their sequence.
        where: Conditions; all sets have to be met.
        sort: Type and field id to sort by.
        description: Long text.
        brief_description: Short text.
        tag: Project that it belongs to.
        secure: Its results are those of who asks.
        allow_diff_columns: Joined types get a column that tells how far away they are.
        layered_sequence: What the server keeps with it.
        users: Logins that may use it.
        groups: User groups that may use it.
    """

    root: str
    id: str = ""
    fields: tuple[SearchField, ...] = ()
    where: tuple[CriteriaSet, ...] = ()
    sort: tuple[str, str] | None = None
    description: str = ""
    brief_description: str = ""
    tag: str = ""
    secure: bool = True
    allow_diff_columns: bool = True
    layered_sequence: str = ""
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = field(default=())


def read(body: bytes) -> SearchDocument:
    """Return the search that a document describes.

    Raises:
        SearchDocumentError: The text is not well-formed, has a document type declaration, or is another document.
    """
    root = parse(body)
    if etree.QName(root).localname not in _ROOTS or etree.QName(root).namespace != NAMESPACE:
        raise SearchDocumentError(f"{etree.QName(root).localname} is no stored search")
    name = _child_text(root, "root_element_name")
    if not name:
        raise SearchDocumentError("The search names no root element")
    fields = sorted((_field(node) for node in _children(root, "search_field")), key=lambda item: item.sequence)
    return SearchDocument(
        root=name,
        id=root.get("ID", ""),
        fields=tuple(fields),
        where=tuple(_set(node) for node in _children(root, "search_where")),
        sort=_sort(root),
        description=root.get("description", ""),
        brief_description=root.get("brief-description", ""),
        tag=root.get("tag", ""),
        secure=_flag(root, "secure"),
        allow_diff_columns=_flag(root, "allow-diff-columns"),
        layered_sequence=root.get("layeredSequence", ""),
        users=tuple(_texts(root, "allowed_user", "login")),
        groups=tuple(_texts(root, "allowed_groups", "groupID")),
    )


def parse(body: bytes) -> Element:
    """Return the root of an XML text.

    Raises:
        SearchDocumentError: It is not well-formed, or has a document type declaration.
    """
    try:
        return xmltree.parse(body)
    except xmltree.XmlError as error:
        raise SearchDocumentError(str(error)) from None


def _children(node: Element, name: str) -> list[Element]:
    return [child for child in node.iterchildren(etree.Element) if etree.QName(child).localname == name]


def _text(node: Element) -> str:
    """Return an element's own text; servers put comments inside."""
    return "".join(part for part in (node.text, *(inner.tail for inner in node)) if part)


def _child_text(node: Element, name: str) -> str:
    found = _children(node, name)
    return _text(found[0]).strip() if found else ""


def _texts(root: Element, outer: str, inner: str) -> Iterator[str]:
    for node in _children(root, outer):
        yield from (text for child in _children(node, inner) if (text := _text(child).strip()))


def _flag(node: Element, name: str) -> bool:
    return node.get(name, "true").strip().lower() not in {"0", "false"}


def _field(node: Element) -> SearchField:
    sequence = _child_text(node, "sequence")
    if sequence and not _NUMBER.fullmatch(sequence):
        raise SearchDocumentError("The sequence of a search field is no number")
    values = _children(node, "value")
    return SearchField(
        element=_child_text(node, "element_name"),
        id=_child_text(node, "field_ID"),
        sequence=int(sequence or 0),
        type=_child_text(node, "type"),
        header=_child_text(node, "header"),
        value=_text(values[0]) if values else None,
        visible=_flag(node, "visible"),
    )


def _set(node: Element) -> CriteriaSet:
    method = node.get("method", "").strip().upper()
    if method not in {"AND", "OR"}:
        raise SearchDocumentError("The method of a criteria set is AND or OR")
    criteria = [_criterion(child) for child in _children(node, "criteria") if not _child_text(child, "custom_search")]
    return CriteriaSet(method, tuple(criteria), tuple(_set(child) for child in _children(node, "child_set")))


def _criterion(node: Element) -> Criterion:
    values = _children(node, "value")
    return Criterion(
        field=_child_text(node, "schema_field"),
        comparison=" ".join(_child_text(node, "comparison_type").split()) or "=",
        value=_text(values[0]) if values else "",
        override=node.get("override_value_formatting", "0").strip().lower() in {"1", "true"},
    )


def _sort(root: Element) -> tuple[str, str] | None:
    nodes = _children(root, "sort_by")
    if not nodes or not _child_text(nodes[0], "field_ID"):
        return None
    return _child_text(nodes[0], "element_name"), _child_text(nodes[0], "field_ID")
