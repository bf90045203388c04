"""Pass: the display fields of the search engine join their data types, with the codecs of their values."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Final

from ..ir import Class, Display, Ir, Member
from ..model.display import DisplayEntry, DisplayFieldEntry
from .report import warn

CODECS: Final[Mapping[str, str]] = {
    "boolean": "BOOLEAN",
    "date": "DATE",
    "dateTime": "DATETIME",
    "float": "FLOAT",
    "integer": "INTEGER",
    "string": "TEXT",
    "time": "TIME",
}
# What servers note about every item: moments, also where a display document says date.
MOMENTS: Final = frozenset({"meta/insert_date", "meta/last_modified", "meta/status_date"})
MOMENT_IDS: Final = frozenset({"INSERT_DATE", "LAST_MODIFIED", "LAST_LOGIN"})
_STEP: Final = re.compile(r"([^/\[]+)(?:\[@[^\]]*=([^\]]+)\])?/?")


def attach_displays(ir: Ir) -> None:
    """Gives every known type its display fields; one whose id cannot be a Python name is left out and told."""
    for entry in ir.display_entries:
        cls = ir.by_label(entry.name)
        if cls is not None:
            cls.displays = [_display(field, cls, ir) for field in _usable(entry, cls, ir)]


def _usable(entry: DisplayEntry, cls: Class, ir: Ir) -> Iterator[DisplayFieldEntry]:
    taken = {str(member.python_name) for member in cls.all_members()}
    for field in entry.fields:
        if field.id.isidentifier() and not keyword.iskeyword(field.id) and field.id not in taken:
            yield field
            taken.add(field.id)
        else:
            warn(ir, f"the display field {field.id!r} is left out: its id cannot be a name", cls.source, cls.label)


def _display(field: DisplayFieldEntry, cls: Class, ir: Ir) -> Display:
    is_own = field.is_plain and ":" not in field.path.partition("/")[0].partition("[")[0]
    return Display(
        id=field.id,
        codec=_codec(field, cls, ir),
        path=field.path if is_own and not field.needs_value else "",
        needs_value=field.needs_value,
    )


def _codec(field: DisplayFieldEntry, cls: Class, ir: Ir) -> str:
    """Returns the codec of a field's values: its type, else that of what it shows (schema-and-search 3.1)."""
    if field.id in MOMENT_IDS or field.path in MOMENTS:
        return "DATETIME"
    if field.type:
        return CODECS.get(field.type, "TEXT")
    member = _member_at(cls, field.path, ir) if field.path else None
    return member.codec if member is not None and member.codec in CODECS.values() else "TEXT"


def _member_at(cls: Class, path: str, ir: Ir) -> Member | None:
    """Returns the simple member at a path, which may begin with another type; None when the schemas have none."""
    head, _, rest = path.partition("/")
    other = ir.by_label(head) if ":" in head and "[" not in head else None
    if other is not None:
        cls, path = other, rest
    members = {member.path: member for member in cls.all_members()}
    if path in members:
        return members[path]
    step = _STEP.match(path)
    if step is None or step.end() == len(path):
        return None
    member = members.get(step[1])
    inside = ir.by_label(step[2]) if step[2] else (member.target or member.structure) if member is not None else None
    return None if inside is None else _member_at(inside, path[step.end() :], ir)
