"""Fields as rows: name, type, path, limits and documentation."""

from __future__ import annotations

from collections.abc import Iterator

from ..docstrings import facet_texts
from ..explain import annotation, shown
from ..ir import Class, Kind, Member
from .markdown import Markdown, anchored, code, joined, lines, link, plain
from .places import Places, anchor
from .views import Fact, Table

TEXT_OF_ELEMENT = Markdown("(text of the element)")
HEAD = ("Field, type", "What it is, path")


def field_table(cls: Class, places: Places, heading: Markdown) -> tuple[Table, ...]:
    """Returns the table of the fields that a class declares itself; none where it has and inherits none."""
    rows = tuple(_row(member, cls, places) for member in shown(cls))
    return (Table(HEAD, rows, heading),) if any(map(shown, cls.lineage())) else ()


def _row(member: Member, cls: Class, places: Places) -> tuple[Markdown, ...]:
    name = str(member.python_name)
    path = schema_path(member, cls)
    said = joined(filter(None, (plain(member.documentation), _sentence(joined(_limits(member))))), " ")
    return (
        lines(anchored(anchor(cls, name), code(name)), type_of(member, places)),
        lines(said, code(path) if path else TEXT_OF_ELEMENT),
    )


def schema_path(member: Member, cls: Class) -> str:
    """Returns the path below the data type, which is what searches and other tools know the field by."""
    above = cls.label.partition("/")[2]
    return "/".join(step for step in (above, member.path) if step)


def type_of(member: Member, places: Places) -> Markdown:
    """Returns the Python type that the field reads as; the name of a class is a link."""
    text = annotation(member)
    generic, _, inside = text.partition("[")
    if member.kind in (Kind.NESTED, Kind.ITEMS, Kind.KEYED_ITEMS) and member.target is not None:
        held = places.class_link(member.target)
        return held if member.kind is Kind.NESTED else _list_of(generic, held)
    value = code(inside.removesuffix("]"))
    return value if member.kind in (Kind.ATTRIBUTE, Kind.KEY) else _list_of(generic, value)


def _list_of(generic: str, inside: Markdown) -> Markdown:
    return Markdown(f"{link(code(generic), 'index.md#lists')} of {inside}")


def _limits(member: Member) -> Iterator[Markdown]:
    if member.kind is Kind.KEY:
        yield Markdown("identifies")
    if member.is_required:
        yield Markdown("required")
    if member.item_key is not None:
        yield Markdown(f"told apart by {code(str(member.item_key.python_name or member.item_key.name))}")
    for text in facet_texts(member.facets, _quoted):
        yield Markdown(text)


def _sentence(text: Markdown) -> Markdown:
    """The words of the limits are this program's own, and begin with a letter."""
    return Markdown(f"*{text[:1].upper()}{text[1:]}.*") if text else text


def _quoted(value: str) -> str:
    return code(value) if value.strip() else "empty"


def inherited(cls: Class, places: Places) -> tuple[Fact, ...]:
    """Returns what each base brings, nearest first; those that bring nothing are left out."""
    bases = [base for base in cls.lineage() if base is not cls and (shown(base) or base.collections)]
    return tuple(Fact(places.class_link(base), _brought(base, places)) for base in bases)


def _brought(base: Class, places: Places) -> Markdown:
    fields = joined(_linked(str(member.python_name), base, places) for member in shown(base))
    listings = joined(_linked(str(one.property), base, places) for one in base.collections)
    return joined(filter(None, (fields, Markdown(listings and f"listings {listings}"))), "; ")


def _linked(name: str, base: Class, places: Places) -> Markdown:
    return places.field_link(base, name, code(name))
