"""What all templates see: import lines and entries of mappings."""

from __future__ import annotations

import attrs


@attrs.frozen
class ImportsView:
    """Import lines of a module: groups for run time, and those for type checkers only."""

    groups: tuple[tuple[str, ...], ...]
    typing_groups: tuple[tuple[str, ...], ...]


@attrs.frozen
class EntryView:
    """One printed entry of a mapping: key and value, as Python literals."""

    key: str
    value: str
