"""Display documents of plugins, ``<dir>/display/<type>_display.xml``, as rows like those of ``display.toml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from .xsd import Element, parse_document

Row: TypeAlias = Mapping[str, object]

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SUB_QUERY = "SubQueryField"


def read_documents(schemas: Path) -> Iterator[Row]:
    """Yield a row for each display document below a schema folder (schema-and-search 1.3 and 3.1).

    What the SQL of a field works out is beyond the emulator: such a field is listed and has no value. One that does not
    say its type is text.

    Raises:
        ValueError: A document is no XML; the message names the file and the place.
    """
    for path in sorted(schemas.glob("*/display/*_display.xml")):
        root = parse_document(path)
        name = root.get("schema-element")
        if name:
            yield {
                "name": name,
                "fields": [_field(one, name) for one in root.iter("{*}DisplayField") if one.get("id")],
                "versions": {one.get("versionName", ""): _ids(one, name) for one in root.iter("{*}DisplayVersion")},
            }


def _field(element: Element, owner: str) -> Row:
    row: dict[str, object] = {
        "id": element.get("id", ""),
        "searchable": element.get("searchable") == "true",
        "needs_value": element.get(_XSI_TYPE, "").rpartition(":")[2] == _SUB_QUERY,
        "header": element.get("header", ""),
        "plain": element.find("{*}Content") is None,
    }
    if element.get("data-type"):
        row["type"] = element.get("data-type")
    shown = [one.get("schema-element", "") for one in element.iterfind("{*}DisplayFieldElement")]
    if len(shown) == 1 and row["plain"]:
        row["path"] = shown[0].replace(".", "/").removeprefix(f"{owner}/")
    return row


def _ids(version: Element, owner: str) -> list[str]:
    """Return the fields of a display version; one of another type stands behind that type."""
    found = [(one.get("element_name") or owner, one.get("id", "")) for one in version.iterfind("{*}DisplayFieldRef")]
    return [name if element == owner else f"{element}.{name}" for element, name in found]
