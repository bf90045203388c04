"""Builds the two pages that lead to all others: the index, and the fields from A to Z."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .. import overrides
from ..explain import shown
from ..ir import Class, Ir
from .markdown import Markdown, code, first_sentence, joined, lines, plain
from .places import Places
from .rest_paths import item_paths, shortened
from .views import Fact, Index, Table

TYPE_HEAD = ("Class, type", "What it is")
NAME_HEAD = ("Field", "In")
LEVELS = {
    "Project": "xnat:projectData",
    "Subject": "xnat:subjectData",
    "Experiment": "xnat:experimentData",
    "Imaging session": "xnat:imageSessionData",
    "Scan": "xnat:imageScanData",
    "Assessor": "xnat:imageAssessorData",
    "Reconstruction": "xnat:reconstructedImageData",
    "Resource": "xnat:abstractResource",
}
"""What people look for first -> its type."""


def index(ir: Ir, places: Places) -> Index:
    """Returns the first page: the levels of the archive, then all types by namespace."""
    levels = [(name, ir.by_label(label)) for name, label in LEVELS.items()]
    return Index(
        types=len(ir.classes),
        fields=sum(len(shown(cls)) for cls in ir.all_classes()),
        levels=tuple(Fact(Markdown(name), places.class_link(cls)) for name, cls in levels if cls is not None),
        namespaces=tuple(_namespaces(ir, places)),
    )


def _namespaces(ir: Ir, places: Places) -> Iterator[Table]:
    """A site's own namespaces come first, for they are what its dictionary is made for; then that of XNAT's archive."""
    for uri, prefix in sorted(ir.namespaces.items(), key=lambda pair: (pair[0] in overrides.PREFIXES, _turn(pair[1]))):
        types = sorted(
            (cls for cls in ir.classes.values() if _prefix(cls) == prefix), key=lambda cls: cls.label.lower()
        )
        if types:
            rows = tuple(_type_row(cls, ir, places) for cls in types)
            yield Table(TYPE_HEAD, rows, Markdown(f"## {plain(prefix)}"), Markdown(f"Namespace {code(uri)}"))


def _turn(prefix: str) -> tuple[bool, str]:
    return prefix != "xnat", prefix


def _prefix(cls: Class) -> str:
    return cls.label.partition(":")[0]


def _type_row(cls: Class, ir: Ir, places: Places) -> tuple[Markdown, ...]:
    path = shortened(item_paths(cls, ir))
    base = Markdown(f"Extends {places.class_link(cls.base)}" if cls.base is not None else "")
    place = joined(filter(None, (base, Markdown(path and code(path)))))
    return (
        lines(places.class_link(cls), code(cls.label)),
        lines(plain(first_sentence(cls.documentation)), place),
    )


def letters(ir: Ir, places: Places) -> tuple[Table, ...]:
    """Returns all names of fields and listings with the classes that declare them."""
    found: dict[str, list[tuple[Class, str]]] = defaultdict(list)
    for cls in ir.all_classes():
        for member in shown(cls):
            found[str(member.python_name)].append((cls, member.name))
        for collection in cls.collections:
            found[collection.property].append((cls, collection.property))
    by_letter: dict[str, list[tuple[Markdown, ...]]] = defaultdict(list)
    for name in sorted(found, key=lambda one: (one.lstrip("_").lower(), one)):
        by_letter[(name.lstrip("_") or name)[0].upper()].append(_name_row(name, found[name], places))
    headed = ((Markdown(f"## {plain(letter)}"), tuple(rows)) for letter, rows in by_letter.items())
    return tuple(Table(NAME_HEAD, rows, heading) for heading, rows in headed)


def _name_row(name: str, declared: list[tuple[Class, str]], places: Places) -> tuple[Markdown, ...]:
    """A name, with the spellings of the schemas in brackets where they differ, and the classes that have it."""
    spellings = joined(map(code, dict.fromkeys(spelling for _, spelling in declared if spelling != name)))
    links = joined(places.field_link(cls, name, plain(str(cls.python_name))) for cls, _ in declared)
    return Markdown(f"{code(name)} ({spellings})") if spellings else code(name), links
