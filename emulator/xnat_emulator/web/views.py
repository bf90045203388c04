"""What the pages show: every value ready to print, every link ready to follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..call import Call
from ..datamodel.values import to_text
from ..permissions import readable
from ..store.files import FileRow
from ..store.items import Item

SHOWN_FILES = 200
"""Files of one resource a page lists; the others are counted."""

SHOWN_CARDS = 120
"""Subjects a page shows; the others are counted."""

_UNITS = ("B", "KB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in _UNITS[:-1]:
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"


def count_text(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def part(text: str) -> str:
    """Return text as one segment of a path."""
    return quote(text, safe="")


@dataclass(frozen=True)
class Link:
    """A place and its name."""

    text: str
    url: str


@dataclass(frozen=True)
class Card:
    """One thing of a list.

    Attributes:
        title: Its name.
        url: Its page.
        lines: What is worth knowing about it.
        tag: What kind of thing it is.
        picture: URL of its preview, empty when it has none.
        links: Further places.
    """

    title: str
    url: str
    lines: Sequence[str] = ()
    tag: str = ""
    picture: str = ""
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class FileLine:
    """One file of a resource."""

    name: str
    url: str
    size: str


@dataclass(frozen=True)
class ResourceView:
    """One resource with its files.

    Attributes:
        label: Its label, or its number.
        facts: Format, content, number of files and their size.
        archive: URL of all its files in a zip, empty when it holds none.
        files: The first of its files.
        more: How many are not shown.
        listing: URL of the whole list.
    """

    label: str
    facts: str
    archive: str
    files: Sequence[FileLine]
    more: int
    listing: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        title: Its heading.
        kind: What it is about.
        trail: The way to it from the top.
        facts: Names with values.
        sections: Headings with cards.
        resources: Resources of what it is about.
        picture: URL of a large preview.
        downloads: Everything at once.
        more: How many things of the first section are not shown.
        empty: What to say when there is nothing.
    """

    title: str
    kind: str
    trail: Sequence[Link] = ()
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, Sequence[Card]]] = ()
    resources: Sequence[ResourceView] = ()
    picture: str = ""
    downloads: Sequence[Link] = ()
    more: int = 0
    empty: str = ""


def facts_of(item: Item, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the values of an object that are set.

    Args:
        item: The object.
        names: What a value is called, and its path below the object; a path may lead into a nested object.
    """
    found = ((title, _value(item, path)) for title, path in names)
    return [(title, text) for title, text in found if text]


def _value(item: Item, path: str) -> str:
    node, rest = item.node, path
    for place, children in node.children.items():
        if path.startswith(f"{place}/") and children:
            node, rest = children[0], path.removeprefix(f"{place}/")
    value = node.values.get(rest)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else to_text(value)


def resources_of(call: Call, owner: Item, base: str) -> list[ResourceView]:
    """Return the resources of an object.

    Args:
        call: The request.
        owner: The object.
        base: REST path of the object.
    """
    return [_resource(call, one, base) for one in call.archive.items.owned(owner, "resource")]


def _resource(call: Call, resource: Item, base: str) -> ResourceView:
    files = sorted(call.archive.files.of(resource.row), key=_order)
    side = resource.slot.partition("/")[0]
    owner = f"{base}/{side}" if side in {"in", "out"} else base
    listing = f"{owner}/resources/{resource.node.number}/files"
    total = sum(file.blob.size for file in files)
    kinds = [resource.node.text("format"), resource.node.text("content")]
    facts = [*dict.fromkeys(kind for kind in kinds if kind), count_text(len(files), "file"), size_text(total)]
    lines = [FileLine(file.path, f"{listing}/{quote(file.path)}", size_text(file.blob.size)) for file in files]
    return ResourceView(
        label=resource.label or str(resource.node.number),
        facts=" · ".join(facts),
        archive=f"{listing}?format=zip" if files else "",
        files=lines[:SHOWN_FILES],
        more=max(len(lines) - SHOWN_FILES, 0),
        listing=f"{listing}?format=html",
    )


def _order(file: FileRow) -> tuple[bool, int, str]:
    return file.facts.instance is None, file.facts.instance or 0, file.path


def preview_file(call: Call, scan: Item) -> FileRow | None:
    """Return the DICOM file of a scan that stands for it: the middle one, None when it has none."""
    for resource in call.archive.items.owned(scan, "resource"):
        files = sorted(call.archive.files.of(resource.row), key=_order)
        images = [file for file in files if _is_dicom(resource, file)]
        if images:
            return images[len(images) // 2]
    return None


def _is_dicom(resource: Item, file: FileRow) -> bool:
    named = {resource.node.text("format"), resource.label, file.facts.format}
    return bool(file.facts.uid) or "DICOM" in named or file.name.lower().endswith(".dcm")


def scan_url(session: Item, scan: Item) -> str:
    """Return the page of a scan."""
    return f"/browse/experiments/{part(session.id)}/scans/{part(scan.id)}"


def picture_url(call: Call, session: Item, scan: Item) -> str:
    """Return where the preview of a scan is, empty when there is nothing to show."""
    return f"{scan_url(session, scan)}/preview.png" if preview_file(call, scan) is not None else ""


def scans_of(call: Call, session: Item) -> list[Item]:
    """Return the scans of a session that the caller may see, numbers in their order."""
    scans = readable(call, call.archive.items.owned(session, "scan"))
    return sorted(scans, key=lambda scan: (not scan.id.isdigit(), int(scan.id) if scan.id.isdigit() else 0, scan.id))
