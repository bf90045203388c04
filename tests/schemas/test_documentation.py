"""The sentences in the XSDs: where they must be, and what they look like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .reading import SchemaReading


def sentence(component: Any) -> str:  # any component of xmlschema
    found = component.annotation.documentation if component.annotation else []
    return (found[0].text or "") if found else ""


def sentences(reading: SchemaReading) -> Iterator[str]:
    for node in reading.schema.root.iter("{http://www.w3.org/2001/XMLSchema}documentation"):
        yield node.text or ""


def test_every_named_type_and_global_element_is_described(readings: dict[str, SchemaReading]) -> None:
    bare = [
        component.prefixed_name
        for reading in readings.values()
        for components in (reading.schema.types, reading.schema.elements, reading.schema.attribute_groups)
        for component in components.values()
        if not sentence(component)
    ]
    assert bare == []


def test_most_fields_are_described(readings: dict[str, SchemaReading]) -> None:
    for name, reading in readings.items():
        fields = [row.split("\t")[2] for row in reading.lines()]
        count = sum(kind in ("element", "attribute") for kind in fields)
        assert sum(1 for _ in sentences(reading)) > 0.8 * count, name


def test_sentences_are_one_line_that_ends_with_a_full_stop(readings: dict[str, SchemaReading]) -> None:
    for reading in readings.values():
        for found in sentences(reading):
            assert found == found.strip(), found
            assert found[0].isupper(), found
            assert found.endswith("."), found
            assert not set(found) & set('\n\\"'), found


@pytest.mark.parametrize("start", ["http://", "https://"])
def test_sentences_hold_no_addresses(start: str, readings: dict[str, SchemaReading]) -> None:
    assert not [found for reading in readings.values() for found in sentences(reading) if start in found]


def test_files_are_laid_out_alike(schemas: Path) -> None:
    for path in schemas.rglob("*.xsd"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!--\n'), path.name
        assert text.endswith("</xs:schema>\n"), path.name
        for number, line in enumerate(text.splitlines(), start=1):
            assert line == line.rstrip(), f"{path.name}:{number}"
            assert "\t" not in line, f"{path.name}:{number}"
