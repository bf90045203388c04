"""The catalogue of display fields."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .reading import SchemaReading

Element = dict[str, Any]  # one [[element]] table

FIELD_KEYS = {"id", "searchable", "needs_value", "path", "content", "argument", "type", "header", "description"} | {
    "summary",
    "plain",
}
SCAN_COUNTS = {f"SCAN_COUNT_{what}" for what in ("TYPE", "DESC", "CLASS", "L_TYPE", "L_DESC", "L_CLASS")}


@pytest.fixture
def elements(display: dict[str, Any]) -> dict[str, Element]:
    assert display["format"] == 1
    found = {element["name"]: element for element in display["element"]}
    assert len(found) == len(display["element"]), "an element stands twice"
    return found


def fields(element: Element) -> dict[str, tuple[bool, bool]]:
    return {field["id"]: (field["searchable"], field["needs_value"]) for field in element["fields"]}


def test_elements_are_types_of_the_schemas(elements: dict[str, Element], snapshot: list[str]) -> None:
    types = {row.split("\t")[0] for row in snapshot if row.split("\t")[2:3] == ["type"]}
    assert elements.keys() <= types


def test_fields_are_complete_and_unique(elements: dict[str, Element]) -> None:
    for name, element in elements.items():
        ids = [field["id"] for field in element["fields"]]
        assert len(ids) == len(set(ids)), name
        for field in element["fields"]:
            assert {"id", "searchable", "needs_value"} <= field.keys() <= FIELD_KEYS, name
            assert re.fullmatch(r"[A-Z][A-Z0-9_]*", field["id"]), f"{name} {field['id']}"


def test_elements_have_a_source(elements: dict[str, Element]) -> None:
    allowed = {"name", "singular", "plural", "pattern", "source", "versions", "fields", "hidden", "links"}
    for name, element in elements.items():
        assert element.keys() <= allowed, name
        assert element["source"].startswith("schema-and-search 3.4"), name
        assert ("singular" in element) == ("plural" in element), name


def test_versions_and_links_name_fields(elements: dict[str, Element]) -> None:
    for name, element in elements.items():
        named = [field for fields in element.get("versions", {}).values() for field in fields]
        inserts = [part for link in element.get("links", []) for item in link["properties"] for part in item["inserts"]]
        named += [*element.get("hidden", []), *(link["field"] for link in element.get("links", []))]
        for field in [*named, *(part["field"] for part in inserts)]:
            owner, _, identifier = field.rpartition(".")
            known = {one["id"] for one in elements[owner or name]["fields"]}
            assert identifier.partition("=")[0] in known, f"{name} {field}"


@pytest.mark.parametrize(
    ("name", "count", "searchable", "valued"),
    [
        ("xnat:projectData", 30, 23, 3),
        ("xnat:subjectData", 27, 16, 3),
        ("xnat:mrSessionData", 46, 28, 10),
        ("xnat:ctSessionData", 27, 21, 9),
        ("xnat:petSessionData", 39, 33, 8),
        ("xnat:rgSessionData", 13, 7, 2),
        ("xnat:mrScanData", 61, 58, 0),
        ("xnat:rgScanData", 25, 22, 0),
        ("xnat:qcManualAssessorData", 23, 17, 2),
        ("wrk:workflowData", 20, 20, 0),
        ("xdat:user", 10, 0, 0),
    ],
)
def test_fields_that_were_read(
    name: str, count: int, searchable: int, valued: int, elements: dict[str, Element]
) -> None:
    flags = fields(elements[name]).values()
    assert (len(flags), sum(flag for flag, _ in flags), sum(flag for _, flag in flags)) == (count, searchable, valued)
    assert "pattern" not in elements[name]


def test_known_fields(elements: dict[str, Element]) -> None:
    assert fields(elements["xnat:subjectData"])["GENDER_TEXT"] == (True, False)
    assert fields(elements["xnat:subjectData"])["SUBJECT_LABEL"] == (False, False)
    assert fields(elements["xnat:subjectData"])["XNAT_SUBJECTDATA_FIELD_MAP"] == (False, True)
    assert fields(elements["xnat:mrScanData"])["PARAMETERS_VOXELRES_X"] == (True, False)
    for name in ("xnat:mrSessionData", "xnat:ctSessionData", "xnat:petSessionData"):
        assert {id_ for id_ in fields(elements[name]) if id_.startswith("SCAN_COUNT_")} == SCAN_COUNTS
        assert all(fields(elements[name])[id_] == (True, True) for id_ in SCAN_COUNTS)


def test_every_session_and_scan_with_an_element_of_its_own_is_there(
    elements: dict[str, Element], readings: dict[str, SchemaReading]
) -> None:
    schema = readings["xnat/xnat.xsd"].schema
    for base in ("imageSessionData", "imageScanData"):
        wanted = {e.type.prefixed_name for e in schema.elements.values() if e.type.is_derived(schema.types[base])}
        assert wanted <= elements.keys()


def test_pattern_is_marked_on_session_and_scan_types_only(elements: dict[str, Element]) -> None:
    marked = {name for name, element in elements.items() if element.get("pattern")}
    assert len(marked) == 77
    assert all(re.fullmatch(r"xnat:\w+(Session|Scan)Data", name) for name in marked)


def test_singular_and_plural_as_a_server_gave_them(elements: dict[str, Element]) -> None:
    found = {name: (one["singular"], one["plural"]) for name, one in elements.items() if "singular" in one}
    assert found == {
        "xnat:projectData": ("Project", "Projects"),
        "xnat:subjectData": ("Subject", "Subjects"),
        "xnat:mrSessionData": ("MR Session", "MR Sessions"),
        "xnat:petSessionData": ("PET Session", "PET Sessions"),
    }
