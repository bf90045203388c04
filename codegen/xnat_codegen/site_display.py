"""The display fields that a server lists for a site's own types, as a ``display.toml``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, cast

Row: TypeAlias = Mapping[str, object]

TYPE_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*:[A-Za-z_][\w.-]*", re.ASCII)
FIELD_ID: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
PATH: Final = re.compile(r"[\w./-]+", re.ASCII)
VALUE_TYPES: Final = frozenset({"boolean", "date", "dateTime", "float", "integer", "string", "time"})
DISPLAY_FIELD: Final = "0"
"""What SRC says of display fields; the others are custom variables and labels in a project."""
HEAD: Final = """\
# Display fields of the site's own data types, as the server lists them for searches.

format = 1
"""


def rows(answer: bytes) -> list[Row]:
    """Returns the rows of a listing, none when the answer is something else (schema-and-search 3.2)."""
    try:
        document: object = json.loads(answer)
    except ValueError:
        return []
    for key in ("ResultSet", "Result"):
        document = cast("dict[str, object]", document).get(key) if isinstance(document, dict) else None
    found = cast("list[object]", document) if isinstance(document, list) else []
    return [cast("Row", row) for row in found if isinstance(row, dict)]


def own_types(elements: Iterable[Row], known: frozenset[str]) -> list[str]:
    """Returns the types of ``/data/search/elements`` that are not known already, sorted."""
    names = {str(row.get("ELEMENT_NAME", "")) for row in elements}
    return sorted(name for name in names - known if TYPE_NAME.fullmatch(name))


def display_document(fields: Mapping[str, Iterable[Row]]) -> str:
    """Returns the text of the file.

    Args:
        fields: Rows of ``/data/search/elements/{type}`` by type.
    """
    return HEAD + "".join(_element(name, fields[name]) for name in sorted(fields))


def _element(name: str, listed: Iterable[Row]) -> str:
    lines = [_field(name, row) for row in listed if _is_usable(row)]
    body = "".join(f"    {line},\n" for line in lines)
    return f'\n[[element]]\nname = "{name}"\nfields = [\n{body}]\n'


def _is_usable(row: Row) -> bool:
    return (
        str(row.get("SRC", DISPLAY_FIELD)) == DISPLAY_FIELD and FIELD_ID.fullmatch(str(row.get("FIELD_ID"))) is not None
    )


def _field(name: str, row: Row) -> str:
    parts = [f'id = "{row["FIELD_ID"]}"', "searchable = true"]
    parts.append(f"needs_value = {'true' if str(row.get('REQUIRES_VALUE')).lower() == 'true' else 'false'}")
    path = _path(name, str(row.get("SUMMARY", "")))
    parts.append(f'path = "{path}"' if path else "plain = false")
    if row.get("TYPE") in VALUE_TYPES:
        parts.append(f'type = "{row["TYPE"]}"')
    return f"{{ {', '.join(parts)} }}"


def _path(name: str, summary: str) -> str:
    """Returns the schema path that a field shows as it stands, "" for one that the server works out."""
    path = summary.removeprefix(f"{name}/")
    return path if path != summary and PATH.fullmatch(path) else ""
