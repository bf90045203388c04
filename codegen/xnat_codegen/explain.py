"""``explain TYPE``: what each pass did to a data type."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .describe import describe
from .errors import CodegenError
from .ir import Class, Ir
from .passes import PASSES


def explain(ir: Ir, name: str) -> Iterator[str]:
    """Yields lines: the type as mapped, then for each pass what it changed. Runs the passes.

    Args:
        ir: The model before the passes.
        name: ``xnat:mrScanData`` or a name without prefix, ``mrScanData``; upper and lower case are one.

    Raises:
        CodegenError: There is no such type.
    """
    cls = find(ir, name)
    before = describe(cls, ir)
    yield from ["as it is declared:", *(f"  {line}" for line in before)]
    for one in PASSES:
        one(ir)
        after = describe(cls, ir)
        yield f"{one.__name__}: {'no change' if after == before else ''}".rstrip(": ")
        yield from _changes(before, after)
        before = after


def find(ir: Ir, name: str) -> Class:
    """Returns the data type of a name.

    Raises:
        CodegenError: There is none; close names are suggested.
    """
    names: dict[str, Class] = {}
    for cls in sorted(ir.classes.values(), key=lambda one: one.label):
        names[cls.label.lower()] = cls
        names.setdefault(cls.label.partition(":")[2].lower(), cls)
    if name.lower() in names:
        return names[name.lower()]
    close = dict.fromkeys(names[one].label for one in difflib.get_close_matches(name.lower(), names, n=3))
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise CodegenError(f"there is no type {name!r}{hint}")


def _changes(before: list[str], after: list[str]) -> Iterator[str]:
    for line in difflib.ndiff(before, after):
        if line[:1] in ("+", "-"):
            yield f"  {line}"
