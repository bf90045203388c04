"""The display fields as they are written in ``display.toml``."""

from __future__ import annotations

import attrs


@attrs.frozen
class DisplayFieldEntry:
    """One field of the search engine.

    Attributes:
        id: Its id, such as ``GENDER_TEXT``.
        needs_value: Whether it takes a value, as in ``SCAN_COUNT_TYPE=T1``.
        path: Schema path below the type, or with another type in front; "" where it shows no path.
        is_plain: Whether it shows the value at the path as it stands.
        type: Type of the values, "" where the path tells.
        header: What stands above its column, "" where that is not known.
    """

    id: str
    needs_value: bool
    path: str
    is_plain: bool
    type: str
    header: str = ""


@attrs.frozen
class DisplayEntry:
    """One ``[[element]]`` table: a data type with its display fields."""

    name: str
    fields: tuple[DisplayFieldEntry, ...]
