"""Search documents: the XML that ``POST /data/search`` takes (schema-and-search 4.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from .codec import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, TIME
from .query import DisplayField
from .search_terms import EVERYTHING, AnyField, CriteriaSet, Criterion, Node

NAMESPACE: Final = "http://nrg.wustl.edu/security"
_SELECTOR: Final = re.compile(r"\[@[^\]]*\]")
_UNCLEAN: Final = re.compile(r"[/@\[\]]")
_TYPES: Final = {
    BOOLEAN.name: "boolean",
    DATE.name: "date",
    DATETIME.name: "dateTime",
    FLOAT.name: "float",
    INTEGER.name: "integer",
    TIME.name: "time",
}

ElementTree.register_namespace("xdat", NAMESPACE)


def search_document(root: str, columns: Sequence[AnyField], where: Node) -> bytes:
    """Returns the document of a search.

    Args:
        root: Type of the rows, such as ``xnat:subjectData``.
        columns: What to load for each row; a server's own choice when empty.
        where: The condition, `EVERYTHING` for none.
    """
    # Without the attribute, joined types get a column more, which tells how far away they are.
    bundle = ElementTree.Element(_name("bundle"), {"allow-diff-columns": "0"})
    _text(bundle, "root_element_name", root)
    for number, field in enumerate(columns):
        _column(bundle, field, number)
    _where(bundle, where)
    text: bytes = ElementTree.tostring(bundle, encoding="utf-8", xml_declaration=True)
    return text


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, _name(name)).text = text


def _column(bundle: ElementTree.Element, field: AnyField, number: int) -> None:
    """Adds a column; its header says which it is when the answer comes, since servers rename columns (4.6)."""
    column = ElementTree.SubElement(bundle, _name("search_field"))
    _text(column, "element_name", type_of(field))
    _text(column, "field_ID", column_id(field))
    _text(column, "sequence", str(number))
    _text(column, "type", _TYPES.get(field.codec.name, "string"))
    _text(column, "header", field.xpath)
    if isinstance(field, DisplayField) and field.value:
        # Without it a server cuts the id at "=" and "." (3.3).
        _text(column, "value", field.value)


def _where(bundle: ElementTree.Element, where: Node) -> None:
    if where == EVERYTHING:
        return
    outer = ElementTree.SubElement(bundle, _name("search_where"), {"method": "AND"})
    members = where.members if isinstance(where, CriteriaSet) and where.method == "AND" else (where,)
    _members(outer, members)


def _members(parent: ElementTree.Element, members: Sequence[Node]) -> None:
    """Adds conditions, single ones first, as the schema has them."""
    for criterion in members:
        if isinstance(criterion, Criterion):
            _criterion(parent, criterion)
    for inner in members:
        if isinstance(inner, CriteriaSet):
            _members(ElementTree.SubElement(parent, _name("child_set"), {"method": inner.method}), inner.members)


def _criterion(parent: ElementTree.Element, one: Criterion) -> None:
    criterion = ElementTree.SubElement(parent, _name("criteria"), {"override_value_formatting": "0"})
    _text(criterion, "schema_field", one.field.xpath)
    _text(criterion, "comparison_type", one.comparison)
    if one.value is not None:
        _text(criterion, "value", one.value)


def type_of(field: AnyField) -> str:
    """Returns the data type of a field; anonymous structures belong to the type that they are part of."""
    return field.xsi_type.partition("/")[0]


def column_id(field: AnyField) -> str:
    """Returns how columns name a field: without type selectors, which they cannot hold (3.3)."""
    return field.field_id if isinstance(field, DisplayField) else _SELECTOR.sub("", field.xpath)


def column_keys(field: AnyField, root: str) -> tuple[str, ...]:
    """Returns the keys under which rows may hold a column (4.6), for answers that do not describe their columns."""
    owner = type_of(field)
    prefix = "" if owner == root else f"{owner.replace(':', '_').lower()}_"
    if isinstance(field, DisplayField):
        name = f"{field.path}_{_clean(field.value)}" if field.value else field.path
        return (prefix + name.lower(),)
    path = _clean(column_id(field)).lower()
    return (prefix + path, path)


def _clean(text: str) -> str:
    plain = _UNCLEAN.sub("", text).replace(":", "_col_").replace(",", "_com_")
    return re.sub(r"\W", "_", plain)
