"""The rules by which wire names become Python names (schema-and-search 2.7)."""

from __future__ import annotations

import pytest

from xnat_codegen.errors import CodegenError, Source
from xnat_codegen.naming import ClassName, FieldName, class_name, field_name, module_name, nested_name

HERE = Source("x.xsd", 7)


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("ID", "id"),
        ("subject_ID", "subject_id"),
        ("imageSession_ID", "image_session_id"),
        ("dcmPatientId", "dcm_patient_id"),
        ("UID", "uid"),
        ("deltaTE", "delta_te"),
        ("MT_1_1", "mt_1_1"),
        ("ZRotationAngle", "zrotation_angle"),
        ("ctDIvol", "ct_divol"),
        ("in", "in_"),
        ("pass", "pass_"),
        ("half-life", "half_life"),
        ("data-type", "data_type"),
        ("race2", "race2"),
        ("addID", "add_id"),
        ("self", "self_"),
        ("größe", "größe"),
        ("\ufb01eld", "field"),
    ],
)
def test_field_names(wire: str, python: str) -> None:
    assert field_name(wire, HERE) == python


@pytest.mark.parametrize(
    ("prefix", "local", "python"),
    [
        ("xnat", "mrSessionData", "MrSessionData"),
        ("wrk", "workflowData", "WrkWorkflowData"),
        ("xdat", "stored_search", "XdatStoredSearch"),
        ("arc", "project", "ArcProject"),
        ("xnat_a", "ybocsData", "AYbocsData"),
        ("xnat", "dx3DCraniofacialScanData", "Dx3DCraniofacialScanData"),
    ],
)
def test_class_names(prefix: str, local: str, python: str) -> None:
    assert class_name(prefix, local, HERE) == python


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("SubjectData", "subject_data"),
        ("MrScanData", "mr_scan_data"),
        ("WrkWorkflowData", "wrk_workflow_data"),
        ("ContrastBolusV2", "contrast_bolus_v2"),
        ("lower", "lower_"),
        ("Dx3DCraniofacialScanData", "dx3d_craniofacial_scan_data"),
        ("AYbocsData", "a_ybocs_data"),
        ("Import", "import_"),
    ],
)
def test_module_names(name: str, module: str) -> None:
    assert module_name(ClassName(name)) == module


def test_nested_names_keep_the_capitals_of_the_wire() -> None:
    assert nested_name(ClassName("MrScanDataParameters"), "voxelRes", HERE) == "MrScanDataParametersVoxelRes"


@pytest.mark.parametrize("wire", ["_1", "_", "-", "1x"])
def test_a_name_that_cannot_be_one_is_refused_with_its_place(wire: str) -> None:
    with pytest.raises(CodegenError, match=r"^x\.xsd:7: .*cannot become a Python identifier"):
        field_name(wire, HERE)


@pytest.mark.parametrize("text", ["class", "a b", "", "1"])
def test_an_unsafe_text_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no Python identifier"):
        FieldName(text)
