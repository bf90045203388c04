from __future__ import annotations

import pytest

from xnat_codegen.errors import CodegenError

from ..factories import attribute, class_of, complex_type, document, element, passed

TEXT = (
    '<xs:complexType name="{0}"><xs:simpleContent><xs:extension base="{1}">{2}</xs:extension></xs:simpleContent>'
    "</xs:complexType>"
)


def test_derived_type_has_only_its_own_members() -> None:
    ir = passed(document(complex_type("b", element("x")) + complex_type("t", element("y"), base="a:b")))
    cls = class_of(ir, "a:t")
    assert [member.name for member in cls.members] == ["y"]
    assert [member.name for member in cls.all_members()] == ["x", "y"]


def test_text_type_that_extends_a_text_type_inherits_the_text() -> None:
    ir = passed(document(TEXT.format("b", "xs:float", attribute("units")) + TEXT.format("t", "a:b", attribute("more"))))
    cls = class_of(ir, "a:t")
    assert cls.base is class_of(ir, "a:b")
    assert [member.name for member in cls.members] == ["more"]


def test_base_in_another_namespace() -> None:
    plugin = document(complex_type("t", element("y"), base="xnat:b"), prefix="p", attributes='xmlns:xnat="urn:xnat"')
    ir = passed(plugin, document(complex_type("b", element("x")), prefix="xnat"))
    assert class_of(ir, "p:t").base is class_of(ir, "xnat:b")


def test_unknown_base_is_refused_with_place_and_name() -> None:
    with pytest.raises(CodegenError, match=r"^1\.xsd:2: a:t: unknown base type a:nope$"):
        passed(document(complex_type("t", base="a:nope")))


def test_base_in_a_missing_schema_is_refused_with_the_fix() -> None:
    text = document(
        '<xs:import namespace="urn:gone" schemaLocation="gone.xsd"/>' + complex_type("t", base="gone:b"),
        attributes='xmlns:gone="urn:gone"',
    )
    with pytest.raises(CodegenError, match="its schema is missing, add it with --schemas"):
        passed(text)


def test_type_derived_from_itself_is_refused() -> None:
    with pytest.raises(CodegenError, match="derived from itself"):
        passed(document(complex_type("t", base="a:u") + complex_type("u", base="a:t")))
