"""Reads the display document of a plugin, ``<dir>/display/<type>_display.xml`` (schema-and-search 3.1)."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from ..errors import CodegenError, Source
from ..model.display import DisplayEntry, DisplayFieldEntry
from .document import XmlNode, parse_document

ROOT = "Displays"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
SUB_QUERY = "SubQueryField"
"""Kind of the fields that take a value."""


def read_display_document(path: Path) -> DisplayEntry:
    """Returns the data type of a document with its display fields.

    Raises:
        CodegenError: The file cannot be read, is no XML, or is no display document.
    """
    try:
        root = parse_document(path.read_bytes(), str(path))
    except OSError as error:
        raise CodegenError(f"cannot be read: {error.strerror}", Source(str(path))) from None
    name = root.get("schema-element", "")
    if _local(root) != ROOT or not name:
        raise CodegenError("is no display document: <Displays schema-element=...> is missing", Source(str(path)))
    return DisplayEntry(name, tuple(_field(one, name) for one in root.iter("{*}DisplayField") if one.get("id")))


def _local(element: XmlNode) -> str:
    return etree.QName(element).localname


def _field(element: XmlNode, type_name: str) -> DisplayFieldEntry:
    shown = [one.get("schema-element", "") for one in element.iterfind("{*}DisplayFieldElement")]
    path = _path(shown[0], type_name) if len(shown) == 1 else ""
    return DisplayFieldEntry(
        id=element.get("id", ""),
        needs_value=element.get(XSI_TYPE, "").rpartition(":")[2] == SUB_QUERY,
        path=path,
        is_plain=bool(path) and element.find("{*}Content") is None,
        type=element.get("data-type", ""),
        header=element.get("header", ""),
    )


def _path(shown: str, type_name: str) -> str:
    """Returns a path below the type, or one that begins with another type; types are parted by a dot or a slash."""
    path = shown.replace(".", "/")
    return path.removeprefix(f"{type_name}/")
