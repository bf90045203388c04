from __future__ import annotations

from xnat_codegen.ir import Class

from ..factories import XNAT, class_of, complex_type, document, passed

TEXT = document(
    complex_type("experimentData")
    + complex_type("subjectAssessorData", base="xnat:experimentData")
    + complex_type("imageSessionData", base="xnat:subjectAssessorData")
    + complex_type("mrSessionData", base="xnat:imageSessionData")
    + complex_type("subjectData")
    + complex_type("projectData")
    + complex_type("investigatorData"),
    prefix="xnat",
    namespace=XNAT,
)


def bases(label: str) -> list[str]:
    return [name for _, name in class_of(passed(TEXT), label).bases]


def test_types_with_a_path_are_objects_and_their_heirs_too() -> None:
    ir = passed(TEXT)
    assert [cls.label for cls in ir.all_classes() if not cls.is_object] == ["xnat:investigatorData"]


def test_roots_stand_on_their_runtime_class_and_structures_on_theirs() -> None:
    assert bases("xnat:experimentData") == ["ExperimentObject"]
    assert bases("xnat:investigatorData") == ["XnatStructure"]
    assert bases("xnat:mrSessionData") == []


def test_sessions_add_a_runtime_class_before_their_base() -> None:
    assert bases("xnat:imageSessionData") == ["ImageSessionObject"]


def test_parents_are_declared_on_the_highest_type_that_no_other_narrows() -> None:
    ir = passed(TEXT)
    parents = {cls.label: cls.parent for cls in ir.classes.values() if cls.parent is not None}
    labels = {label: one.label if isinstance(one, Class) else one[1] for label, one in parents.items()}
    assert labels == {
        "xnat:projectData": "BaseSession",
        "xnat:subjectData": "xnat:projectData",
        "xnat:subjectAssessorData": "xnat:subjectData",
    }
