"""The XSDs hold exactly the data model of the facts, read by a library that knows nothing of the generator."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import xmlschema

from .reading import SchemaReading
from .snapshot import data_model_lines, facts

XDAT = "xdat/xdat.xsd"


def test_snapshot_says_what_the_fact_file_says(snapshot: list[str]) -> None:
    source = facts("datamodel.json")
    if not source.is_file():
        pytest.skip("the fact files are not here; the snapshot stands for them")
    assert snapshot == data_model_lines(json.loads(source.read_text(encoding="utf-8")))


def test_every_field_equals_the_snapshot(snapshot: list[str], readings: dict[str, SchemaReading]) -> None:
    assert [line for reading in readings.values() for line in reading.lines()] == snapshot


def test_snapshot_is_the_whole_model(snapshot: list[str]) -> None:
    kinds = [line.split("\t") for line in snapshot]
    assert sum(row[0] == "namespace" for row in kinds) == 11
    assert sum(row[2] == "type" for row in kinds) == 186
    assert sum(row[0].startswith("xnat:") and row[2] == "type" for row in kinds) == 137
    assert sum(row[0].startswith("element xnat:") for row in kinds) == 101


def test_folder_holds_the_named_files_and_the_borrowed_types(schemas: Path, readings: dict[str, SchemaReading]) -> None:
    found = {path.relative_to(schemas).as_posix() for path in schemas.rglob("*.xsd")}
    assert found == {*readings, XDAT}


def test_borrowed_types_are_text(schemas: Path) -> None:
    schema = xmlschema.XMLSchema10(str(schemas / XDAT), allow="local")
    assert schema.types.keys() == {"LONGVARCHAR", "jsonb"}
    assert {str(type_.root_type.local_name) for type_ in schema.types.values()} == {"string"}


def test_imports_name_files_that_exist(schemas: Path) -> None:
    for path in schemas.rglob("*.xsd"):
        for location in re.findall(r'schemaLocation="([^"]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / location).is_file(), f"{path.name} imports {location}"


def test_choice_of_birth_data_may_be_left_out(schemas: Path) -> None:
    schema = xmlschema.XMLSchema10(str(schemas / "xnat/xnat.xsd"), allow="local")
    subject = '<xnat:Subject ID="S" xmlns:xnat="http://nrg.wustl.edu/xnat" {0}><xnat:demographics {1}>{2}{3}'
    document = subject + "</xnat:demographics></xnat:Subject>"
    names = ('xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', 'xsi:type="xnat:demographicData"')
    year, age = "<xnat:yob>1970</xnat:yob>", "<xnat:age>30</xnat:age>"
    assert schema.is_valid(document.format(*names, "", ""))
    assert schema.is_valid(document.format(*names, year, ""))
    assert not schema.is_valid(document.format(*names, year, age))
