from __future__ import annotations

from xnat_codegen.ir import Kind

from ..factories import XNAT, attribute, class_of, complex_type, document, element, kinds, member_of, passed


def test_identifying_members_of_the_roots_are_keys() -> None:
    text = document(
        complex_type("subjectData", element("note"), attributes=attribute("ID") + attribute("label")),
        prefix="xnat",
        namespace=XNAT,
    )
    assert kinds(passed(text), "xnat:subjectData") == {"note": Kind.ATTRIBUTE, "id": Kind.KEY, "label": Kind.KEY}


def test_named_type_with_text_alone_is_read_as_text() -> None:
    named = (
        '<xs:complexType name="word"><xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent>'
        "</xs:complexType>"
    )
    ir = passed(document(complex_type("t", element("one", "a:word") + element("many", "a:word", many=True)) + named))
    assert kinds(ir, "a:t") == {"one": Kind.ATTRIBUTE, "many": Kind.VALUES}


def test_declared_type_stays_when_the_concrete_one_has_no_schema() -> None:
    text = document(
        complex_type("abstractSubjectMetadata")
        + complex_type("subjectData", element("metadata", "xnat:abstractSubjectMetadata")),
        prefix="xnat",
        namespace=XNAT,
    )
    ir = passed(text)
    assert member_of(ir, "xnat:subjectData", "metadata").target is class_of(ir, "xnat:abstractSubjectMetadata")
