"""DICOM headers as the rows of ``dicomdump`` (rest-data section 14)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.entities import codepoint2name
from pathlib import Path
from typing import TYPE_CHECKING, cast

from . import shadow
from .headers import read_header
from .library import load

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

VALUE_LENGTH = 255
"""Characters of a value that a dump of one file shows."""
SUMMARY_LENGTH = 64
"""Characters of a value that a summary shows."""

_LARGEST_TAG = 0x7FFFFFFF
_ESCAPES = {code: f"&{name};" for code, name in codepoint2name.items()}

Fields = Mapping[int, frozenset[str]]
"""Wanted tags, each with the wanted fields of a Siemens shadow header; empty for everything."""


@dataclass(frozen=True, slots=True)
class DumpRow:
    """One attribute.

    Attributes:
        tag1: Its tag, ``(0008,0060)``; inside a sequence the sequence's.
        tag2: Inside a sequence its tag, in a shadow header the field's name, else empty.
        vr: Value representation.
        value: Value as text, several joined by a backslash.
        desc: What the attribute is called.
    """

    tag1: str
    tag2: str
    vr: str
    value: str
    desc: str


class FieldRefused(ValueError):  # noqa: N818 - says what happened to the field
    """A wanted field is no keyword and no tag, or is named twice."""


def parse_fields(names: Iterable[str]) -> Fields:
    """Return the tags of ``field`` parameters: a keyword or hexadecimal digits, then ``:sub`` for shadow headers.

    Raises:
        FieldRefused: One is neither, or one is named twice.
    """
    fields: dict[int, frozenset[str]] = {}
    for name in names:
        first, *subs = name.split(":")
        tag = _tag(first)
        if tag in fields:
            raise FieldRefused(f"DICOM attribute tag named twice: {first}")
        fields[tag] = frozenset(subs)
    return fields


def _tag(name: str) -> int:
    load()
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - slow to load

    found = tag_for_keyword(name) if name else None
    if found is not None:
        return found
    if name and len(name) <= 8 and all(sign in "0123456789abcdefABCDEF" for sign in name):
        number = int(name, 16)
        # The server reads tags as signed numbers, so that the groups from 8000 on cannot be asked for.
        if number <= _LARGEST_TAG:
            return number
    raise FieldRefused(f"not a valid DICOM attribute tag: {name}")


def dump(path: Path, fields: Fields) -> list[DumpRow] | None:
    """Return the header of a file, one level of nesting, HTML-escaped; None when the file is no DICOM."""
    header = read_header(path)
    if header is None:
        return None
    return [_escaped(row) for element in _elements(header) for row in _rows(header, element, fields)]


def _elements(header: Dataset) -> Iterator[DataElement]:
    """Yield the attributes of the file's meta information and of its data set; unreadable ones are left out."""
    meta = cast("Dataset | None", getattr(header, "file_meta", None))
    for dataset in (meta, header):
        for tag in sorted(dataset.keys()) if dataset is not None else ():
            element = _element(cast("Dataset", dataset), tag)
            if element is not None:
                yield element


def _element(dataset: Dataset, tag: int) -> DataElement | None:
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 - damaged values make the reader raise nearly anything; the others still count
        return None


def _rows(header: Dataset, element: DataElement, fields: Fields) -> Iterator[DumpRow]:
    if fields and element.tag not in fields:
        return
    if shadow.is_shadow(header, element):
        yield from _shadow_rows(header, element, fields)
        return
    items = _items(element)
    if not items:
        yield _row(element, "", VALUE_LENGTH)
    for item in items:
        # The sequence itself stands before each of its items, as if it were nested in itself.
        yield _row(element, tag_text(element.tag), VALUE_LENGTH)
        for inner in _inner(item):
            row = _row(inner, tag_text(inner.tag), VALUE_LENGTH)
            yield DumpRow(tag_text(element.tag), row.tag2, row.vr, row.value, row.desc)


def _shadow_rows(header: Dataset, element: DataElement, fields: Fields) -> Iterator[DumpRow]:
    wanted = fields.get(element.tag, frozenset[str]())
    for one in shadow.read(cast("bytes", element.value)):
        if not wanted or one.name in wanted:
            value = "\\".join(one.values)
            yield DumpRow(tag_text(element.tag), one.name, one.vr, value, shadow.title(header, element))


def _items(element: DataElement) -> list[Dataset]:
    return list(cast("list[Dataset]", element.value or ())) if element.VR == "SQ" else []


def _inner(item: Dataset) -> Iterator[DataElement]:
    for tag in sorted(item.keys()):
        element = _element(item, tag)
        if element is not None:
            yield element


def tag_text(tag: int) -> str:
    """Return a tag as ``(gggg,eeee)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _row(element: DataElement, tag2: str, length: int) -> DumpRow:
    value = value_text(element)[:length]
    return DumpRow(tag_text(element.tag), tag2, str(element.VR), value, _description(element))


def _description(element: DataElement) -> str:
    if element.tag.is_private_creator:
        return "Private Creator Data Element"
    if element.tag.is_private:
        return "?"
    return str(element.name) if element.name else "?"


def value_text(element: DataElement) -> str:
    """Return a value as text; bytes as hexadecimal pairs."""
    value: object = element.value
    if value is None or element.VR == "SQ":
        return ""
    if isinstance(value, bytes):
        return _bytes_text(value)
    values: list[object] = list(cast("list[object]", value)) if element.VM > 1 else [value]
    return "\\".join(map(str, values)).rstrip(" \0")


def _bytes_text(value: bytes) -> str:
    """Return bytes as text when they are, else in hexadecimal, no more than any row shows."""
    start = value[:VALUE_LENGTH]
    text = start.rstrip(b" \0")
    if text and all(32 <= byte < 127 for byte in text):
        return text.decode("ascii")
    return "\\".join(f"{byte:02X}" for byte in start)


def _escaped(row: DumpRow) -> DumpRow:
    return DumpRow(row.tag1, row.tag2, row.vr, row.value.translate(_ESCAPES), row.desc.translate(_ESCAPES))


# --- many files ---


def summarise(paths: Iterable[Path], fields: Fields) -> list[DumpRow] | None:
    """Return every attribute of many files once, with its distinct values; None when one is no DICOM.

    Rows are those of tags, in their order; nested attributes count under their own tag. The value representation is
    left empty, and nothing is escaped.
    """
    found: dict[str, list[DumpRow]] = {}
    for path in paths:
        header = read_header(path)
        if header is None:
            return None
        for element in _elements(header):
            for row in _deep_rows(header, element, fields):
                found.setdefault(row.tag1, []).append(row)
    return [_merged(tag, found[tag]) for tag in sorted(found)]


def _deep_rows(header: Dataset, element: DataElement, fields: Fields) -> Iterator[DumpRow]:
    if fields and element.tag not in fields:
        return
    if shadow.is_shadow(header, element):
        yield from _shadow_rows(header, element, fields)
        return
    items = _items(element)
    if not items:
        yield _row(element, "", SUMMARY_LENGTH)
    for item in items:
        yield _row(element, tag_text(element.tag), SUMMARY_LENGTH)
        for inner in _inner(item):
            yield from _deep_rows(header, inner, fields)


def _merged(tag: str, rows: list[DumpRow]) -> DumpRow:
    """Return one row: a value counts as known already when the values before it contain its text anywhere."""
    value = ""
    for row in rows:
        if row.value.strip() and row.value not in value:
            value = f"{value}, {row.value}" if value else row.value
    return DumpRow(tag, rows[-1].tag2, "", value, rows[-1].desc)
