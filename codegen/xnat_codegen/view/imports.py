"""Computes a module's import lines from the names that its annotations and calls need."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import attrs

from ..pytypes import BUILTINS, Import, Names
from .print_views import ImportsView


@attrs.define
class Scope:
    """The names of one module: what is imported, and what the schema has taken.

    Attributes:
        taken: Names of fields and classes of the module, which an import must not have.
    """

    taken: frozenset[str]
    _imports: dict[Import, bool] = attrs.Factory(dict[Import, bool])

    def names(self, one: Import) -> str:
        """Returns the local name of an import."""
        return f"_{one.local_name}" if one.local_name in self.taken else one.local_name

    def add(self, imports: Iterable[Import]) -> None:
        """Notes imports; one that is needed at run time once is imported for run time."""
        for one in imports:
            needed = self._needed(one)
            if needed is not None:
                self._imports[needed] = self._imports.get(needed, True) and one.is_typing_only

    def _needed(self, one: Import) -> Import | None:
        """Built-in names need no import, unless the schema has taken them."""
        if one.module != BUILTINS.module or not one.name:
            return one
        return BUILTINS if one.name in self.taken else None

    def view(self) -> ImportsView:
        """Returns the import lines."""
        run_time = [one for one, is_typing_only in self._imports.items() if not is_typing_only]
        typing = [one for one, is_typing_only in self._imports.items() if is_typing_only]
        return ImportsView(_groups(run_time, self.names), _groups(typing, self.names))


def _groups(imports: list[Import], names: Names) -> tuple[tuple[str, ...], ...]:
    groups = [[one for one in imports if _group(one.module) == group] for group in range(3)]
    return tuple(tuple(_lines(group, names)) for group in groups if group)


def _group(module: str) -> int:
    if module.startswith("."):
        return 2
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


def _lines(imports: list[Import], names: Names) -> list[str]:
    plain = sorted(one for one in imports if not one.name)
    lines = [f"import {_as(one, names)}" for one in plain]
    for module in sorted({one.module for one in imports if one.name}):
        members = sorted((one for one in imports if one.name and one.module == module), key=_order)
        aliased = [one for one in members if names(one) != one.name]
        lines += [f"from {module} import {_as(one, names)}" for one in aliased]
        direct = ", ".join(one.name for one in members if one not in aliased)
        lines += [f"from {module} import {direct}"] if direct else []
    return lines


def _as(one: Import, names: Names) -> str:
    imported = one.name or one.module
    local = names(one)
    return imported if local == imported else f"{imported} as {local}"


def _order(one: Import) -> tuple[int, str]:
    """Constants, then classes, then functions, as import sorters have it."""
    if one.name.isupper():
        return 0, one.name
    return (1 if one.name[:1].isupper() else 2), one.name
