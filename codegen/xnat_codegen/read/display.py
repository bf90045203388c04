"""Reads ``display.toml``, the display fields of the search engine."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import cast

from ..errors import CodegenError, Source
from ..model.display import DisplayEntry, DisplayFieldEntry

FORMAT = 1


def read_display(path: Path, name: str) -> tuple[DisplayEntry, ...]:
    """Returns the data types of a file with their display fields.

    Raises:
        CodegenError: The file cannot be read, is no TOML, or has an entry without a name.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodegenError(f"cannot be read: {error}", Source(name)) from None
    if document.get("format") != FORMAT:
        raise CodegenError(f"format must be {FORMAT}", Source(name, 1))
    return tuple(_element(table, name) for table in _tables(document.get("element")))


def _tables(value: object) -> list[dict[str, object]]:
    found = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, object]", table) for table in found if isinstance(table, dict)]


def _element(table: dict[str, object], file: str) -> DisplayEntry:
    name = _text(table, "name", file)
    return DisplayEntry(name, tuple(_field(field, file) for field in _tables(table.get("fields"))))


def _field(table: dict[str, object], file: str) -> DisplayFieldEntry:
    return DisplayFieldEntry(
        id=_text(table, "id", file),
        needs_value=bool(table.get("needs_value")),
        path=str(table.get("path", "")),
        is_plain=bool(table.get("plain", "content" not in table)),
        type=str(table.get("type", "")),
        header=str(table.get("header", "")),
    )


def _text(table: dict[str, object], key: str, file: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise CodegenError(f"an entry without {key}", Source(file))
    return value
