"""``explain TYPE``: what each pass did to a data type, and why."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator

from .describe import describe
from .errors import CodegenError
from .ir import Class, Collection, Ir, Member
from .passes import PASSES, Pass
from .pytypes import Import
from .view.calls import Declaration


def explain(ir: Ir, name: str) -> Iterator[str]:
    """Yields lines: where a type comes from, what each pass did to it and why, and what code sees. Runs the passes.

    Args:
        ir: The model before the passes.
        name: ``xnat:mrScanData`` or a name without prefix, ``mrScanData``; upper and lower case are one.

    Raises:
        CodegenError: There is no such type.
    """
    cls = find(ir, name)
    before = describe(cls, ir)
    yield f"{cls.label} ({cls.source})"
    if cls.documentation:
        yield f"  {cls.documentation}"
    yield ""
    yield from ["as it is declared:", *(f"  {line}" for line in before)]
    for number, one in enumerate(PASSES, start=1):
        one(ir)
        after = describe(cls, ir)
        yield ""
        yield f"{number}. {one.__name__}: {reason_of(one)}"
        yield from _changes(before, after)
        before = after
    yield from ["", *_result(cls, ir)]


def reason_of(one: Pass) -> str:
    """Returns what a pass is for, in its own words."""
    text = (sys.modules[one.__module__].__doc__ or "").strip().partition("\n")[0]
    return text.removeprefix("Pass: ").rstrip(".")


def _result(cls: Class, ir: Ir) -> Iterator[str]:
    """What code sees at the end: every field with its path and its type, or why there is no class."""
    if cls.qname in ir.failed:
        yield f"result: no class: {ir.failed[cls.qname].message}"
        return
    yield f"result: class {cls.python_name} in models.{cls.module}"
    for one in cls.tree():
        if one is not cls:
            yield f"  class {one.python_name}, the structure {one.label}"
        rows = [(str(member.python_name), annotation(member), member.path or "(text)") for member in shown(one)]
        rows += [(str(found.property), f"Listing[{_item(found)}]", found.path) for found in one.collections]
        widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
        yield from (f"    {name:{widths[0]}}  {kind:{widths[1]}}  {path}" for name, kind, path in rows)


def _item(collection: Collection) -> str:
    return str(collection.item.python_name) if isinstance(collection.item, Class) else collection.item[1]


def shown(cls: Class) -> list[Member]:
    """Returns the members that became fields."""
    return [member for member in cls.members if member.kind is not None]


def annotation(member: Member) -> str:
    """Returns the type that code sees, such as ``Attribute[float]``.

    Raises:
        LookupError: The member became no field.
    """
    if member.kind is None:
        raise LookupError(member.path)
    return Declaration(member, member.kind).annotation.render(_local_name).replace("_models.", "")


def _local_name(one: Import) -> str:
    return one.local_name


def find(ir: Ir, name: str) -> Class:
    """Returns the data type of a name.

    Raises:
        CodegenError: There is none; close names are suggested.
    """
    names: dict[str, Class] = {}
    # A name without prefix means XNAT's own type first: build has an imageSessionData too.
    for cls in sorted(ir.classes.values(), key=lambda one: (not one.label.startswith("xnat:"), one.label)):
        names[cls.label.lower()] = cls
        names.setdefault(cls.label.partition(":")[2].lower(), cls)
    if name.lower() in names:
        return names[name.lower()]
    close = dict.fromkeys(names[one].label for one in difflib.get_close_matches(name.lower(), names, n=3))
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise CodegenError(f"there is no type {name!r}{hint}")


def _changes(before: list[str], after: list[str]) -> Iterator[str]:
    changed = [line for line in difflib.ndiff(before, after) if line[:1] in ("+", "-")]
    yield from (f"  {line}" for line in changed or ["(nothing to do here)"])
