from __future__ import annotations

from pathlib import Path

import pytest

from xnat_codegen.errors import CodegenError
from xnat_codegen.ir import Display, Ir
from xnat_codegen.model.display import DisplayEntry, DisplayFieldEntry
from xnat_codegen.passes import run_passes
from xnat_codegen.read.display import read_display

from ..factories import XNAT, attribute, class_of, complex_type, document, element, mapped

TEXT = document(
    complex_type(
        "subjectData",
        element("yob", "xs:int") + element("demographics", "xnat:demographicData"),
        attributes=attribute("label"),
    )
    + complex_type("demographicData", element("dob", "xs:date"))
    + complex_type("mrSessionData", element("age", "xs:float"))
    + complex_type("workflowData"),
    prefix="xnat",
    namespace=XNAT,
)


def field(
    name: str, path: str = "", *, type: str = "", plain: bool = True, needs_value: bool = False
) -> DisplayFieldEntry:
    return DisplayFieldEntry(name, needs_value, path, plain, type)


def shown(*fields: DisplayFieldEntry, label: str = "xnat:subjectData") -> Ir:
    ir = mapped(TEXT)
    ir.display_entries.append(DisplayEntry(label, fields))
    run_passes(ir)
    return ir


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (field("AGE", type="float"), Display("AGE", "FLOAT", "", needs_value=False)),
        (field("YOB", "yob"), Display("YOB", "INTEGER", "yob", needs_value=False)),
        (field("YOB", "yob", plain=False), Display("YOB", "INTEGER", "", needs_value=False)),
        (field("DOB", "demographics/dob"), Display("DOB", "DATE", "demographics/dob", needs_value=False)),
        (
            field("DOB", "demographics[@xsi:type=xnat:demographicData]/dob"),
            Display("DOB", "DATE", "demographics[@xsi:type=xnat:demographicData]/dob", needs_value=False),
        ),
        (field("MR_AGE", "xnat:mrSessionData/age"), Display("MR_AGE", "FLOAT", "", needs_value=False)),
        (
            field("INSERT_DATE", "meta/insert_date", type="date"),
            Display("INSERT_DATE", "DATETIME", "meta/insert_date", needs_value=False),
        ),
        (field("COUNT", type="integer", needs_value=True), Display("COUNT", "INTEGER", "", needs_value=True)),
        (field("RPT", "label", type="UNKNOWN"), Display("RPT", "TEXT", "label", needs_value=False)),
        (field("NOWHERE", "no/such/path"), Display("NOWHERE", "TEXT", "no/such/path", needs_value=False)),
    ],
)
def test_a_field_has_the_type_that_it_is_given_or_shows(entry: DisplayFieldEntry, expected: Display) -> None:
    assert class_of(shown(entry), "xnat:subjectData").displays == [expected]


def test_a_type_without_schema_is_left_out() -> None:
    assert not any(cls.displays for cls in shown(field("X"), label="plug:data").all_classes())


def test_a_structure_with_display_fields_is_a_record_that_searches_find() -> None:
    ir = shown(field("STATUS"), label="xnat:workflowData")
    assert class_of(ir, "xnat:workflowData").bases == (("xnat_runtime.searchable", "SearchRecord"),)
    assert class_of(ir, "xnat:demographicData").bases == (("xnat_runtime.structures", "XnatStructure"),)


@pytest.mark.parametrize("name", ["no name", "label", "1ST", "AGE", "None"])
def test_an_id_that_cannot_be_a_name_is_left_out_and_told(name: str) -> None:
    ir = shown(field("AGE"), field(name))
    assert [display.id for display in class_of(ir, "xnat:subjectData").displays] == ["AGE"]
    assert [problem.message for problem in ir.problems] == [
        f"the display field {name!r} is left out: its id cannot be a name"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = 2", "format must be 1"),
        ("format = ", "cannot be read"),
        ("format = 1\n[[element]]\nname = ''", "without name"),
        ("format = 1\n[[element]]\nname = 'a:b'\nfields = [{ needs_value = true }]", "without id"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "display.toml"
    path.write_text(text)
    with pytest.raises(CodegenError, match=message):
        read_display(path, "display.toml")
    with pytest.raises(CodegenError, match="cannot be read"):
        read_display(tmp_path / "none.toml", "none.toml")
