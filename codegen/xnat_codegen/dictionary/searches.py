"""How searches know a data type: its display fields, and the short names of columns in listings."""

from __future__ import annotations

from collections.abc import Iterator

from ..explain import shown
from ..ir import Class, Collection, Display, Ir
from ..model.display import DisplayFieldEntry
from ..view.calls import VALUE_TYPES
from .fields import schema_path
from .markdown import Markdown, code, joined, plain
from .places import Places
from .views import Table

DISPLAY_HEAD = ("Search field", "Header", "Type", "Shows")
ALIAS_HEAD = ("Short name", "Path")
ALIAS_HEADING = Markdown("### Short names of columns")
ALIAS_INTRODUCTION = Markdown(
    "Names that stand for a path in `columns` and filters of its listings; a path may begin with another type."
)


def searching(cls: Class, ir: Ir) -> Table:
    """Returns the display fields that a type has itself, below whether queries find it."""
    entries = [entry for entry in ir.display_entries if entry.name == cls.label]
    # Of several documents the last one counts, and in it the first field of an id.
    known = {field.id: field for field in reversed(entries[-1].fields)} if entries else {}
    rows = tuple(_row(display, known[display.id]) for display in cls.displays)
    return Table(DISPLAY_HEAD, rows, introduction=_introduction(cls))


def _row(display: Display, entry: DisplayFieldEntry) -> tuple[Markdown, ...]:
    return (
        code(display.id),
        plain(entry.header or _last_step(entry)),
        code(VALUE_TYPES[display.codec].render(lambda source: source.local_name)),
        _shows(display, entry),
    )


def _last_step(entry: DisplayFieldEntry) -> str:
    """What servers call a column that just shows a path."""
    return entry.path.rpartition("/")[2] if entry.is_plain else ""


def _shows(display: Display, entry: DisplayFieldEntry) -> Markdown:
    if display.needs_value:
        return Markdown(f"takes a value: {code(f'{display.id}=…')}")
    if entry.is_plain and entry.path:
        return code(entry.path)
    return Markdown(f"made by the server from {code(entry.path)}" if entry.path else "worked out by the server")


def _introduction(cls: Class) -> Markdown:
    """Whether queries find the type, and what their conditions may be about."""
    if cls.displays:
        return Markdown(f"`connection.query` finds this type{_example(cls)}. These are its search fields:")
    if cls.element and any(one.is_object for one in cls.lineage()):
        return Markdown("No search fields of this type are known here; `connection.query` asks the server for some.")
    return Markdown("Servers have no search fields for this type, and `connection.query` does not take it.")


def _example(cls: Class) -> str:
    """What a condition on a field is called: in Python, and in searches of other tools."""
    for one in cls.lineage():
        for member in shown(one):
            if member.kind is not None and member.kind.is_scalar:
                term = code(f"{cls.python_name}.{member.python_name}")
                return f"; conditions name its fields, {term} for {code(f'{cls.label}/{schema_path(member, one)}')}"
    return ""


def listed(cls: Class, ir: Ir, places: Places) -> Iterator[Markdown]:
    """Yields sentences on where items of a type are listed; one that inherits it refers to the base."""
    for one in cls.lineage():
        own = [_link(collection, places) for collection in _listings(one, ir)]
        if own:
            base = f"Its listings, and the short names of their columns, are those of {places.class_link(one)}."
            yield Markdown(f"Listed by {joined(own)}." if one is cls else base)
            return


def _link(collection: Collection, places: Places) -> Markdown:
    owner = collection.owner
    if owner is None:
        return code(f"connection.{collection.property}")
    return places.field_link(owner, collection.property, code(f"{owner.python_name}.{collection.property}"))


def aliases(cls: Class, ir: Ir) -> tuple[Table, ...]:
    """Returns the table of the short names of columns in listings of a type, by name; none where there are none."""
    found = {name: path for one in _listings(cls, ir) for name, path in one.aliases.items()}
    rows = tuple((code(name), code(path)) for name, path in sorted(found.items()))
    return (Table(ALIAS_HEAD, rows, ALIAS_HEADING, ALIAS_INTRODUCTION),) if rows else ()


def _listings(cls: Class, ir: Ir) -> list[Collection]:
    return [one for one in ir.collections if one.item is cls]
