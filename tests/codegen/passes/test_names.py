from __future__ import annotations

import pytest

from xnat_codegen.errors import CodegenError
from xnat_codegen.read.names import NameDecisions

from ..factories import XNAT, attribute, class_of, complex_type, document, element, kinds, member_of, passed, structure


def enumerated(name: str, type_name: str, *values: str) -> str:
    inside = "".join(f'<xs:enumeration value="{value}"/>' for value in values)
    restriction = f'<xs:restriction base="{type_name}">{inside}</xs:restriction>'
    return f'<xs:element name="{name}" minOccurs="0"><xs:simpleType>{restriction}</xs:simpleType></xs:element>'


def test_structure_is_named_after_owner_and_member() -> None:
    voxel = element("voxelRes", inside=structure(attributes=attribute("x")))
    ir = passed(document(complex_type("mrScanData", element("parameters", inside=structure(voxel)))))
    assert class_of(ir, "a:mrScanData/parameters/voxelRes").python_name == "AMrScanDataParametersVoxelRes"


def test_two_types_of_one_class_name_are_refused_and_can_be_decided() -> None:
    text = document(complex_type("fooBar") + complex_type("foo_bar"))
    with pytest.raises(CodegenError, match="a:foo_bar: would be called AFooBar, which is the name of a:fooBar"):
        passed(text)
    ir = passed(text, names=NameDecisions(classes={"a:foo_bar": "AFooBarOld"}))
    assert {str(cls.python_name) for cls in ir.classes.values()} == {"AFooBar", "AFooBarOld"}


def test_type_with_the_name_of_a_runtime_class_is_refused() -> None:
    text = document(complex_type("file_data"), prefix="xnat", namespace=XNAT)
    with pytest.raises(CodegenError, match="would be called FileData, which is the name of xnat:fileData"):
        passed(text)


def test_two_types_of_one_module_are_refused() -> None:
    text = document(complex_type("fooBar") + complex_type("x"))
    with pytest.raises(CodegenError, match="would be in module a_foo_bar, as a:fooBar is"):
        passed(text, names=NameDecisions(classes={"a:x": "AFoo_Bar"}))


def test_two_members_of_one_name_are_refused_and_can_be_decided() -> None:
    text = document(complex_type("t", attributes=attribute("fooBar") + attribute("foo_bar")))
    with pytest.raises(CodegenError, match="a:t/foo_bar: would be called 'foo_bar', which is the name of a:t/fooBar"):
        passed(text)
    ir = passed(text, names=NameDecisions(fields={"a:t/foo_bar": "other"}))
    assert list(kinds(ir, "a:t")) == ["foo_bar", "other"]


def test_member_with_an_inherited_name_is_refused() -> None:
    text = document(complex_type("b", element("x")) + complex_type("t", attributes=attribute("x"), base="a:b"))
    with pytest.raises(CodegenError, match="a:t/x: would be called 'x', which is the name of a:b/x"):
        passed(text)


def test_member_with_a_name_of_the_api_is_refused_on_objects_only() -> None:
    objects = document(complex_type("subjectData", attributes=attribute("session")), prefix="xnat", namespace=XNAT)
    with pytest.raises(CodegenError, match="'session', which is the name of the API"):
        passed(objects)
    assert list(kinds(passed(document(complex_type("t", attributes=attribute("session")))), "a:t")) == ["session"]


def test_name_that_cannot_become_an_identifier_is_refused() -> None:
    with pytest.raises(CodegenError, match=r"^1\.xsd:2: a:t/_1: the name cannot become a Python identifier"):
        passed(document(complex_type("t", attributes=attribute("_1"))))
    ir = passed(
        document(complex_type("t", attributes=attribute("_1"))), names=NameDecisions(fields={"a:t/_1": "first"})
    )
    assert list(kinds(ir, "a:t")) == ["first"]


def test_decision_about_nothing_is_told() -> None:
    text = document(complex_type("t", attributes=attribute("x")))
    decisions = NameDecisions(fields={"a:t/y": "z"}, classes={"a:t": "T"}, prefixes={"urn:a": "a", "urn:b": "b"})
    found = [str(problem) for problem in passed(text, names=decisions).problems]
    message = "--names decides its name, but the schemas have no such thing"
    assert found == [f"warning: a:t/y: {message}", f"warning: urn:b: {message}"]


def test_name_that_is_too_long_for_a_file_is_refused() -> None:
    with pytest.raises(CodegenError, match="too long for the file of its module: name it in"):
        passed(document(complex_type("t" * 250)))


def test_enumerated_text_gets_an_alias_and_enumerated_numbers_do_not() -> None:
    body = enumerated("gender", "xs:string", "male", "female") + enumerated("grade", "xs:integer", "1", "2")
    ir = passed(document(complex_type("demographicData", body)))
    assert member_of(ir, "a:demographicData", "gender").alias == "ADemographicDataGender"
    assert member_of(ir, "a:demographicData", "grade").alias is None


def test_alias_with_the_name_of_a_class_is_refused() -> None:
    body = complex_type("t", enumerated("kind", "xs:string", "x")) + complex_type("tKind")
    with pytest.raises(CodegenError, match="a:t/kind: would be called ATKind, which is the name of a:tKind"):
        passed(document(body))


def test_modules_that_would_import_each_other_are_refused() -> None:
    def extends(name: str) -> str:
        extension = f'<xs:extension base="{name}"/>'
        return f"<xs:complexType><xs:complexContent>{extension}</xs:complexContent></xs:complexType>"

    text = complex_type("t", element("x", inside=extends("a:u"))) + complex_type(
        "u", element("y", inside=extends("a:t"))
    )
    with pytest.raises(CodegenError, match="extend each other: a:t -> a:u -> a:t"):
        passed(document(text))
